import { language, partsOfDay } from '@kit'
import { words } from '../words'

/** Stations stand in China: what they show agrees with the numbers and receipts they write, wherever the browser thinks it is. */
const ZONE = 'Asia/Shanghai'
const DAY = 86_400_000

const form = (options: Intl.DateTimeFormatOptions, timeZone = ZONE) =>
  new Intl.DateTimeFormat(language.value === 'en' ? 'en-GB' : 'zh-CN', { timeZone, ...options })

// Days since 1970 in China: UTC+8 all year.
const dayNumber = (ms: number) => Math.floor((ms + 8 * 3_600_000) / DAY)

/** A moment in full: 2026年3月1日 09:12. */
export function stamp(ms: number): string {
  return form({ year: 'numeric', month: 'long', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(ms)
}

/** A moment as people speak of it. */
export function ago(ms: number, now = Date.now()): string {
  const w = words.value.time
  const minutes = Math.floor((now - ms) / 60_000)
  if (minutes >= 0 && minutes < 1) return w.now
  if (minutes >= 0 && minutes < 60) return w.minutes(minutes)
  const clock = form({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(ms)
  const days = dayNumber(now) - dayNumber(ms)
  if (days === 0) return w.today(clock)
  if (days === 1) return w.yesterday(clock)
  return stamp(ms)
}

/** An ISO day in words. */
export function day(iso: string): string {
  const parts = partsOfDay(iso)
  if (parts === null) return iso
  return form({ year: 'numeric', month: 'long', day: 'numeric' }, 'UTC').format(Date.UTC(parts[0], parts[1] - 1, parts[2]))
}

/** The ISO day `days` after today. */
export function dayAfter(days: number, now = Date.now()): string {
  return new Date((dayNumber(now) + days) * DAY).toISOString().slice(0, 10)
}

/** A size people can read. */
export function size(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let at = 0
  let left = bytes
  while (left >= 1000 && at < units.length - 1) {
    left /= 1000
    at += 1
  }
  return `${left < 10 && at > 0 ? left.toFixed(1) : Math.round(left)} ${units[at]}`
}
