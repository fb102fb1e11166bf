import { expect, it } from 'vitest'
import { readMoment, readTime, storedMoment, storedTime } from './moment'

it.each([
  ['0830', '08:30'], ['830', '08:30'], ['8:30', '08:30'], ['８：３０', '08:30'], ['8点', '08:00'], ['8点半', '08:30'], ['8时5分', '08:05'],
  ['下午3点20', '15:20'], ['晚上 8:05', '20:05'], ['中午12点', '12:00'], ['中午1点', '13:00'], ['上午 9:00', '09:00'], ['08:30:00.000+08:00', '08:30'],
])('reads %s as a time', (typed, time) => expect(readTime(typed)).toBe(time))

it.each(['', '25:00', '8:61', '八点', '12', '20260214'])('does not take %s for a time', (typed) => expect(readTime(typed)).toBeNull())

it.each([
  ['2026-2-14 8:30', '2026-02-14 08:30'], ['202602140830', '2026-02-14 08:30'], ['2026年2月14日下午3点', '2026-02-14 15:00'],
  ['2026-02-14T08:30:00.000+08:00', '2026-02-14 08:30'], ['20260214 0830', '2026-02-14 08:30'],
])('reads %s as a moment', (typed, moment) => expect(readMoment(typed)).toBe(moment))

it.each(['', '2026-02-14', '2026-02-30 08:30', '08:30'])('does not take %s for a moment', (typed) => expect(readMoment(typed)).toBeNull())

it('is kept as forms keep it, and read again', () => {
  expect(storedTime('08:30')).toBe('08:30:00.000+08:00')
  expect(storedMoment('2026-02-14 08:30')).toBe('2026-02-14T08:30:00.000+08:00')
  expect(readMoment(storedMoment('2026-02-14 08:30'))).toBe('2026-02-14 08:30')
})
