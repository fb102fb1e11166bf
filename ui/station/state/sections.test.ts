import type { QuestionView } from '@contract/station'
import { expect, it } from 'vitest'
import { covers, labelOf, leaves, type Part, sections, titleOf } from './sections'

const question = (name: string, more: Partial<QuestionView> = {}): QuestionView => ({
  name, kind: 'text', group: null, label: name, hint: '', guidance: '', picture: '', parameters: {}, appearance: [], relevant: true, required: false, readonly: false, value: '', preset: false, display: '', choices: [], error: null, ...more,
})
const form = (...questions: QuestionView[]) => ({ title: '', incomplete: [], questions })
const household = form(
  question('name'),
  question('member', { kind: 'repeat', label: '家庭成员' }),
  question('member[1]', { kind: 'group', group: 'member', label: '家庭成员' }),
  question('member[1]/name', { group: 'member[1]', label: '姓名', value: '田小禾' }),
  question('member[1]/age', { group: 'member[1]', value: '8', display: '8' }),
  question('member[1]/school', { group: 'member[1]', value: '柳溪小学' }),
  question('member[b]', { kind: 'group', group: 'member', label: '家庭成员' }),
  question('member[b]/name', { group: 'member[b]', label: '姓名' }),
  question('member[b]/income', { group: 'member[b]', value: '0', preset: true }),
)
const names = (part: Part): unknown => (part.parts.length === 0 ? part.question.name : [part.question.name, part.parts.map(names)])

it('puts questions under their outermost group and leaves out what is not asked', () => {
  const shown = form(
    question('loose'),
    question('person', { kind: 'group', label: '个人' }),
    question('name', { group: 'person' }),
    question('inner', { kind: 'group', group: 'person', label: '联系' }),
    question('phone', { group: 'inner' }),
    question('away', { group: 'inner', relevant: false }),
    question('silent', { kind: 'calculate', label: '' }),
    question('start', { kind: 'metadata' }),
    question('secret', { kind: 'hidden' }),
    question('empty', { kind: 'group' }),
  )
  expect(sections(shown).map((section) => [section.name, section.parts.map(names)])).toEqual([
    ['', ['loose']],
    ['person', ['name', ['inner', ['phone']]]],
  ])
})

it('does not hang on a group within itself', () => {
  expect(sections(form(question('g', { kind: 'group', group: 'g' }), question('a', { group: 'g' })))).toHaveLength(1)
})

it('puts rows into their repeat', () => {
  expect(sections(household)[0]?.parts.map(names)).toEqual([
    'name',
    ['member', [['member[1]', ['member[1]/name', 'member[1]/age', 'member[1]/school']], ['member[b]', ['member[b]/name', 'member[b]/income']]]],
  ])
  const repeat = sections(household)[0]!.parts[1]!
  expect(titleOf(repeat.parts[0]!)).toBe('田小禾 · 8')
  expect(titleOf(repeat.parts[1]!)).toBe('')
  expect(repeat.parts.map(({ place }) => place)).toEqual([1, 2])
  expect(leaves(repeat)).toHaveLength(5)
})

it('shows a repeat without rows in a form, and not among the answers', () => {
  const bare = form(question('member', { kind: 'repeat' }))
  expect(sections(bare)).toHaveLength(1)
  expect(sections(bare, () => true)).toEqual([])
  expect(sections(household, ({ value, preset }) => value !== '' && !preset)[0]?.parts.map(names)).toEqual([['member', [['member[1]', ['member[1]/name', 'member[1]/age', 'member[1]/school']]]]])
})

it('names a question in a row by its row', () => {
  expect(labelOf(household, household.questions[7]!)).toBe('家庭成员 2 · 姓名')
  expect(labelOf(household, household.questions[0]!)).toBe('name')
})

it('knows what a point of a correction covers', () => {
  expect(['member', 'member[1]', 'member[1]/name', 'members', 'member2[1]/name'].filter((name) => covers('member', name))).toEqual(['member', 'member[1]', 'member[1]/name'])
  expect(covers('member[1]', 'member[12]/name')).toBe(false)
})
