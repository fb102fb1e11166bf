import type { CaseList, CaseRow } from '@contract/center-client'
import { expect, test } from 'vitest'
import { difference } from './arrivals'

const row = (id: string, status: CaseRow['status'] = 'arrived'): CaseRow => ({
  id,
  number: id,
  matter: 'glj',
  matter_name: '高龄津贴',
  applicant: '测试',
  station: { division: '500199101201', name: '桃花村' },
  status,
  deadline: { due: '2026-03-01', days_left: 3, light: 'green' },
  received: null,
  arrived: null,
  conflicts: 0,
  problems: 0,
  files: 2,
  files_verified: 1,
  bundle: null,
})
const list = (rows: CaseRow[], total = rows.length): CaseList => ({
  rows,
  total,
  counts: { open: total, accepted: 0, correction: 0, done: 0, mine: 0, all: total },
})

test('nothing to tell when nothing changed', () => {
  expect(difference(list([row('a')]), list([row('a')]))).toBeNull()
})

test('new cases are counted', () => {
  expect(difference(list([row('a')]), list([row('b'), row('a'), row('c')]))).toEqual({ fresh: 2, other: true })
})

test('a new case beyond the page is told as well', () => {
  expect(difference(list([row('a')], 30), list([row('a')], 31))).toEqual({ fresh: 1, other: false })
})

test('a change of state or an arrived scan is told, but not as a new case', () => {
  expect(difference(list([row('a')]), list([row('a', 'accepted')]))).toEqual({ fresh: 0, other: true })
  const whole = { ...row('a'), files_verified: 2 }
  expect(difference(list([row('a')]), list([whole]))).toEqual({ fresh: 0, other: true })
})
