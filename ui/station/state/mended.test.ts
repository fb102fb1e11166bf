import type { ApplicationView } from '@contract/station'
import { expect, it } from 'vitest'
import { stateOf, unmended } from './mended'

const view = (phone: string, pages: { id: string; time: number }[], name = '田守福') =>
  ({
    correction: { time: 1000, request: { fields: [{ name: 'phone', words: '' }], materials: [{ name: 'book', words: '' }] } },
    notes: {},
    form: { questions: [{ name: 'name', label: '姓名', value: name }, { name: 'phone', label: '联系电话', value: phone }] },
    materials: [{ asked: { code: 'book', name: '户口簿' }, record: { pages, removed: [] } }, { asked: { code: 'card', name: '身份证' }, record: { pages: [], removed: [] } }],
  }) as unknown as ApplicationView
const old = [{ id: 'a', time: 500 }]
const before = stateOf(view('1390', old))

it('names the points when nothing was changed at any of them', () => {
  expect(unmended(view('1390', old), before)).toEqual(['联系电话', '户口簿'])
  expect(unmended(view('1390', old, '施远帆'), before)).toEqual(['联系电话', '户口簿'])
})

it('is content when one of them was changed, on this screen or before it was opened', () => {
  expect(unmended(view('1391', old), before)).toEqual([])
  expect(unmended(view('1390', []), before)).toEqual([])
  const mended = view('1390', [...old, { id: 'b', time: 2000 }])
  expect(unmended(mended, stateOf(mended))).toEqual([])
})

it('asks nothing when nothing was named', () => {
  const other = { ...view('1390', old), correction: null }
  expect(unmended(other, stateOf(other))).toEqual([])
})
