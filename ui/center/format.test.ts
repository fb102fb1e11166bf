import { expect, test } from 'vitest'
import { ago, day, moment, owed, size } from './format'
import { zh } from './words/zh'

test('times are the district’s, wherever the browser stands', () => {
  expect(moment(Date.UTC(2026, 1, 28, 16, 5))).toBe('2026-03-01 00:05')
  expect(day(Date.UTC(2026, 1, 28, 15, 59))).toBe('2026-02-28')
  expect(moment(Number.NaN)).toBe('')
})

test('deadlines speak in words', () => {
  expect(owed(zh, { light: 'green', days_left: 5 })).toBe('剩 5 个工作日')
  expect(owed(zh, { light: 'yellow', days_left: 0 })).toBe('今天到期')
  expect(owed(zh, { light: 'red', days_left: -1 })).toBe('已超期 1 个工作日')
  expect(owed(zh, { light: 'paused', days_left: 3 })).toBe('计时暂停')
})

test('how long ago, in words', () => {
  const now = Date.UTC(2026, 2, 1)
  expect(ago(zh, now - 30_000, now)).toBe('刚刚')
  expect(ago(zh, now - 3 * 3_600_000, now)).toBe('3 小时前')
  expect(ago(zh, now + 5_000, now)).toBe('刚刚')
  expect(ago(zh, now - 40 * 86_400_000, now)).toBe('2026-01-20')
})

test('lengths of files', () => {
  expect(size(900)).toBe('900 B')
  expect(size(2_048)).toBe('2 KB')
  expect(size(3_500_000)).toBe('3.3 MB')
})
