import { describe, expect, it } from 'vitest'
import { readDay } from './day'

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
