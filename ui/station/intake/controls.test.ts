import type { QuestionView } from '@contract/station'
import { expect, it } from 'vitest'
import { columnsOf, isGroup, lookOf, precisionOf } from './controls'

const question = (kind: QuestionView['kind'], appearance: string, choices = 3) => ({ kind, appearance: appearance.split(' '), choices: Array.from({ length: choices }) }) as unknown as QuestionView

it('shows choices as they are wanted', () => {
  expect(lookOf(question('select_one', ''))).toBe('cards')
  expect(lookOf(question('select_one', '', 8))).toBe('list')
  expect(lookOf(question('select_one', 'minimal'))).toBe('list')
  expect(lookOf(question('select_one', 'quick search'))).toBe('list')
  expect(lookOf(question('select_one', 'likert', 9))).toBe('cards')
  expect(columnsOf(question('select_one', 'columns'))).toBe(2)
  expect(columnsOf(question('select_multiple', 'columns-4 no-buttons'))).toBe(4)
  expect(columnsOf(question('select_one', 'horizontal'))).toBeUndefined()
})

it('knows whose label is a legend', () => {
  expect(['rank', 'acknowledge', 'select_multiple'].every((kind) => isGroup(question(kind as 'rank', '')))).toBe(true)
  expect(isGroup(question('select_one', 'minimal'))).toBe(false)
  expect(isGroup(question('range', ''))).toBe(false)
})

it('asks for as much of a day as is wanted', () => {
  expect(['', 'month-year', 'year', 'no-calendar'].map((words) => precisionOf(question('date', words)))).toEqual(['day', 'month', 'year', 'day'])
})
