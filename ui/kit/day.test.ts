import { describe, expect, it } from 'vitest'
import { readDay, readPart } from './day'

it.each([
  ['1946-5', 'month', '1946-05-01'], ['194605', 'month', '1946-05-01'], ['1946年5月', 'month', '1946-05-01'], ['1946-05-04', 'month', '1946-05-01'],
  ['1946', 'year', '1946-01-01'], ['1946年', 'year', '1946-01-01'], ['1946', 'month', null], ['1946-13', 'month', null], ['1946', 'day', null],
] as const)('reads of %s the %s', (typed, precision, day) => expect(readPart(typed, precision)).toBe(day))

describe('readDay', () => {
  it.each([
    ['19460504', '1946-05-04'],
    ['1946-5-4', '1946-05-04'],
    ['1946/05/04', '1946-05-04'],
    ['1946.5.4', '1946-05-04'],
    ['1946年5月4日', '1946-05-04'],
    [' １９４６０５０４ ', '1946-05-04'],
    ['20240229', '2024-02-29'],
  ])('reads %s', (typed, day) => expect(readDay(typed)).toBe(day))

  it.each(['', '1946', '20230229', '19461304', '1946-5', '五月四日', '194605041'])('refuses %s', (typed) =>
    expect(readDay(typed)).toBeNull(),
  )
})
