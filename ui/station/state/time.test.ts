import { afterAll, expect, it, vi } from 'vitest'
import { ago, day, dayAfter, stamp } from './time'

// A browser set to another part of the world.
vi.stubEnv('TZ', 'America/New_York')
afterAll(() => void vi.unstubAllEnvs())

// 2026-03-01 23:30 in UTC, 2026-03-02 07:30 in China.
const moment = Date.UTC(2026, 2, 1, 23, 30)

it('shows moments as clocks in China do', () => {
  expect(stamp(moment)).toContain('2026年3月2日')
  expect(stamp(moment)).toContain('07:30')
  expect(stamp(Date.UTC(2026, 2, 1, 16, 5))).toContain('00:05')
})

it('turns the day at midnight in China', () => {
  const noon = Date.UTC(2026, 2, 2, 4)
  expect(ago(moment, noon)).toBe('今天 07:30')
  expect(ago(Date.UTC(2026, 2, 1, 15, 59), noon)).toBe('昨天 23:59')
  expect(dayAfter(0, moment)).toBe('2026-03-02')
  expect(dayAfter(7, Date.UTC(2026, 1, 28, 15, 59))).toBe('2026-03-07')
})

it('leaves a written day the day it is', () => expect(day('2026-03-01')).toBe('2026年3月1日'))
