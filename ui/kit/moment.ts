import { readDay } from './day'

/** A time of the day in China, as forms keep it. */
const STORED = /^(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?$/
const ZONE = '+08:00'
const TWELVE = /^(上午|早上|早|中午|下午|晚上|晚)/

/** Reads a time as people type it: `0830`, `8:30`, `8点半`, `下午3点20`, or as forms keep it. `HH:MM`; null when it is none. */
export function readTime(typed: string): string | null {
  let text = typed.trim().replace(/[０-９]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).replace(/\s+/g, '').replaceAll('：', ':')
  const stored = STORED.exec(text)
  if (stored !== null) return clock(Number(stored[1]), Number(stored[2]))
  const part = TWELVE.exec(text)?.[1] ?? ''
  text = text.slice(part.length).replace(/半$/, '30分')
  const found = /^(\d{1,2})(?:[:点时](\d{1,2})?分?)$/.exec(text) ?? /^(\d{1,2})(\d{2})$/.exec(text)
  if (found === null) return null
  const hour = Number(found[1])
  const late = ['下午', '晚上', '晚'].includes(part) || (part === '中午' && hour < 3)
  return clock(late && hour < 12 ? hour + 12 : hour, Number(found[2] ?? 0))
}

function clock(hour: number, minute: number): string | null {
  return hour < 24 && minute < 60 ? `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}` : null
}

/** Reads a day and a time: `2026-2-14 8:30`, `202602140830`, `2026年2月14日下午3点`. `YYYY-MM-DD HH:MM`; null when it is none. */
export function readMoment(typed: string): string | null {
  const text = typed.trim()
  const found = /^(\d{8})(\d{4})$/.exec(text) ?? /^(\S*日)\s*(.+)$/.exec(text) ?? /^([^\sT]+)[\sT]+(.+)$/.exec(text)
  const day = readDay(found?.[1] ?? '')
  const time = readTime(found?.[2] ?? '')
  return day === null || time === null ? null : `${day} ${time}`
}

/** As forms keep a time: `08:30:00.000+08:00`. */
export const storedTime = (time: string): string => `${time}:00.000${ZONE}`

/** As forms keep a moment: `2026-02-14T08:30:00.000+08:00`. */
export const storedMoment = (moment: string): string => storedTime(moment.replace(' ', 'T'))
