import type { CaseView } from '@contract/center-client'
import { expect, test } from 'vitest'
import { zh } from '../words/zh'
import { deviceOf, inWords, origin } from './read'

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
