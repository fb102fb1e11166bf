import type { CaseView } from '@contract/center-client'
import { expect, test } from 'vitest'
import { zh } from '../words/zh'
import { correctable, deviceOf, inWords, origin, placeOf } from './read'

const question = { kind: 'select_multiple', choices: [{ name: 'alone', label: '独居' }, { name: 'ill', label: '失能' }] } as never
const entry = { item: 'a', kind: 'change', document: 'application', device: '上门平板', device_code: 'A2', staff: 'T0102', staff_name: '', time: 61_000, arrived: 90_000, changed: [] }
const view = { people: { T0102: '向远山' }, custody: [entry] } as unknown as CaseView

test('stored values are read as their labels, and unknown ones as they stand', () => {
  expect(inWords(zh, question, 'alone ill')).toBe('独居、失能')
  expect(inWords(zh, question, 'other')).toBe('other')
  expect(inWords(zh, undefined, '')).toBe('未填写')
})

test('a rival value says who, on which device, when', () => {
  const version = { value: '甲', staff: 'T0102', device: 'aabbccddeeff', time: 61_400 }
  expect(origin(zh, view, version)).toBe('向远山 · 上门平板 A2 · 1970-01-01 08:01')
  expect(deviceOf(view, { ...version, time: 0 })).toBe('aabbccdd')
})

test('what stands in rows is called by its rows, and a whole row can be asked for', () => {
  const shown = (name: string, kind: string, label: string, group: string | null) => ({ name, kind, label, group, relevant: true, readonly: false })
  const questions = [
    shown('member', 'repeat', '家庭成员', null),
    shown('member[a]', 'group', '家庭成员', 'member'),
    shown('member[a]/relation', 'text', '关系', 'member[a]'),
    shown('member[b]', 'group', '家庭成员', 'member'),
    shown('member[b]/relation', 'text', '关系', 'member[b]'),
    shown('secret', 'hidden', '', null),
  ]
  const form = { form: { questions } } as unknown as CaseView
  expect(placeOf(zh, form, 'member[b]/relation')).toBe('家庭成员 第 2 项 · 关系')
  expect(placeOf(zh, form, 'member[b]')).toBe('家庭成员 第 2 项')
  expect(placeOf(zh, form, 'gone')).toBe('gone')
  expect(correctable(form).map(({ name }) => name)).toEqual(['member[a]', 'member[a]/relation', 'member[b]', 'member[b]/relation'])
})
