import type { QuestionView } from '@contract/station'
import { expect, it } from 'vitest'
import { sections } from './sections'

const question = (name: string, more: Partial<QuestionView> = {}): QuestionView => ({
  name, kind: 'text', group: null, label: name, hint: '', guidance: '', parameters: {}, appearance: [], relevant: true, required: false, readonly: false, value: '', preset: false, display: '', choices: [], error: null, ...more,
})

it('puts questions under their outermost group and leaves out what is not asked', () => {
  const form = {
    title: '', incomplete: [],
    questions: [
      question('loose'),
      question('person', { kind: 'group', label: '个人' }),
      question('name', { group: 'person' }),
      question('inner', { kind: 'group', group: 'person' }),
      question('phone', { group: 'inner' }),
      question('hidden', { group: 'inner', relevant: false }),
      question('silent', { kind: 'calculate', label: '' }),
      question('empty', { kind: 'group' }),
    ],
  }
  expect(sections(form).map((section) => [section.name, section.questions.map((one) => one.name)])).toEqual([
    ['', ['loose']],
    ['person', ['name', 'phone']],
  ])
})

it('does not hang on a group within itself', () => {
  const form = { title: '', incomplete: [], questions: [question('g', { kind: 'group', group: 'g' }), question('a', { group: 'g' })] }
  expect(sections(form)).toHaveLength(1)
})
