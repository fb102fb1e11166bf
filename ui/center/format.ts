import type { Words } from './words'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** The district's calendar and clock: every peer there lives in one time zone, wherever the browser stands. */
const ZONE = 'Asia/Shanghai'

const parts = new Intl.DateTimeFormat('en-CA', {
  timeZone: ZONE,
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})

/** `2026-03-01 09:05`, for milliseconds since the epoch. */
export function moment(time: number): string {
  if (!Number.isFinite(time) || Math.abs(time) > 8.64e15) return ''
  const part = Object.fromEntries(parts.formatToParts(time).map(({ type, value }) => [type, value]))
  return `${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute}`
}

/** `2026-03-01`, for milliseconds since the epoch. */
export const day = (time: number): string => moment(time).slice(0, 10)

/** `09:05`, for milliseconds since the epoch. */
export const clock = (time: number): string => moment(time).slice(11)

/** How long ago, in words; beyond a month the day itself. */
export function ago(words: Words, time: number, now: number): string {
  const passed = now - time
  if (passed < MINUTE) return words.time.justNow
  if (passed < HOUR) return words.time.minutes(Math.floor(passed / MINUTE))
  if (passed < DAY) return words.time.hours(Math.floor(passed / HOUR))
  if (passed < 31 * DAY) return words.time.days(Math.floor(passed / DAY))
  return day(time)
}

/** `1.2 MB`. */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`
}

/** What the authority owes, in words: never a colour alone. */
export function owed(words: Words, deadline: { light: string; days_left: number }): string {
  const { light, days_left: left } = deadline
  if (light === 'paused') return words.light.paused
  if (light === 'done') return words.light.done
  if (left < 0) return words.light.over(-left)
  return left === 0 ? words.light.today : words.light.left(left)
}
