import { language, partsOfDay } from '@kit'
import { words } from '../words'

const form = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(language.value === 'en' ? 'en-GB' : 'zh-CN', options)

/** A moment in full: 2026年3月1日 09:12. */
export function stamp(ms: number): string {
  return form({ year: 'numeric', month: 'long', day: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false }).format(ms)
}

/** A moment as people speak of it. */
export function ago(ms: number, now = Date.now()): string {
  const w = words.value.time
  const minutes = Math.floor((now - ms) / 60_000)
  if (minutes >= 0 && minutes < 1) return w.now
  if (minutes >= 0 && minutes < 60) return w.minutes(minutes)
  const clock = form({ hour: '2-digit', minute: '2-digit', hour12: false }).format(ms)
  const midnight = new Date(now).setHours(0, 0, 0, 0)
  if (ms >= midnight && ms < midnight + 86_400_000) return w.today(clock)
  if (ms < midnight && ms >= midnight - 86_400_000) return w.yesterday(clock)
  return stamp(ms)
}

/** An ISO day in words. */
export function day(iso: string): string {
  const parts = partsOfDay(iso)
  if (parts === null) return iso
  return form({ year: 'numeric', month: 'long', day: 'numeric' }).format(new Date(parts[0], parts[1] - 1, parts[2]))
}

/** The ISO day `days` after today, by the device's calendar. */
export function dayAfter(days: number, now = new Date()): string {
  const then = new Date(now.getFullYear(), now.getMonth(), now.getDate() + days)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())}`
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
