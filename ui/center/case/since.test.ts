import type { CaseView, QuestionView } from '@contract/center-client'
import { expect, test } from 'vitest'
import { zh } from '../words/zh'
import { inWords } from './read'
import { pointsOf } from './since'

const step = {
  kind: 'correction_asked',
  request: { message: '', due: '2026-03-20', fields: [{ name: 'phone', words: '少一位' }, { name: 'name', words: '请核对' }], materials: [{ name: 'book', words: '看不清' }] },
}
const question = (name: string, label: string) => ({ name, label, kind: 'text', appearance: [] as string[], display: '', choices: [] })
const view = {
  status: 'arrived',
  events: [{ step }],
  form: { questions: [question('phone', '联系电话'), question('name', '姓名')] },
  materials: [{ asked: { code: 'book', name: '户口簿' } }],
  application: { answers: { phone: { value: '13900000002' }, name: { value: '田守福' } } },
  since_correction: [{ path: 'answers.phone', before: '1390000000' }, { path: 'materials.book.pages', before: '' }],
} as unknown as CaseView

test('each point that was asked says whether it was changed, and a value from what to what', () => {
  expect(pointsOf(zh, view).map(({ label, changed, change }) => [label, changed, change])).toEqual([
    ['联系电话', true, '1390000000 → 13900000002'],
    ['姓名', false, ''],
    ['户口簿', true, ''],
  ])
})

test('before the station has sent it again, nothing is said', () => {
  expect(pointsOf(zh, { ...view, status: 'correction_asked' }).map(({ changed, change }) => [changed, change])).toEqual([[null, ''], [null, ''], [null, '']])
})

test('an ID number is shown in the groups of the card', () => {
  const number = { ...question('id_number', '身份证号'), appearance: ['id-number'] } as unknown as QuestionView
  expect(inWords(zh, number, '999999194203070017')).toBe('999999 19420307 0017')
})
