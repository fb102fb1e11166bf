import { expect, it } from 'vitest'
import { keys } from '../../kit/words'
import { en } from './en'
import { zh } from './zh'

it('has every word in both languages', () => expect(keys(en)).toEqual(keys(zh)))

it('leaves no Chinese in the English words', () => {
  const left = (tree: object): string[] =>
    Object.values(tree).flatMap((value) => (typeof value === 'object' && value !== null ? left(value) : /[\u4e00-\u9fff]/.test(String(value)) ? [String(value)] : []))
  expect(left(en)).toEqual([])
})
