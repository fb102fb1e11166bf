/** Reads a day as people type it: `19460504`, `1946-5-4`, `1946/5/4`, `1946.5.4`, `1946年5月4日`. Null when it is none. */
export function readDay(typed: string): string | null {
  const text = typed.trim().replace(/[０-９]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
  const found = /^(\d{4})(\d{2})(\d{2})$/.exec(text) ?? /^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$/.exec(text)
  if (found === null) return null
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])]
  const date = new Date(Date.UTC(year, month - 1, day))
  const real = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  return real ? date.toISOString().slice(0, 10) : null
}

/** How much of a day is asked for. What is not asked for is the first: of 1946-05 the day that is kept is 1946-05-01. */
export type Precision = 'day' | 'month' | 'year'

/** Reads as much of a day as is asked for; a whole day, too. */
export function readPart(typed: string, precision: Precision): string | null {
  const text = typed.trim().replace(/[０-９]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
  const month = precision === 'month' ? (/^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?$/.exec(text) ?? /^(\d{4})(\d{2})$/.exec(text)) : null
  const year = precision === 'year' ? /^(\d{4})\s*年?$/.exec(text) : null
  if (month !== null) return readDay(`${month[1]}-${month[2]}-1`)
  if (year !== null) return readDay(`${year[1]}-1-1`)
  const day = readDay(text)
  if (day === null || precision === 'day') return day
  return precision === 'month' ? `${day.slice(0, 7)}-01` : `${day.slice(0, 4)}-01-01`
}

/** Year, month and day of an ISO day; null when it is none. */
export function partsOfDay(iso: string): [number, number, number] | null {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(iso)
  return found === null ? null : [Number(found[1]), Number(found[2]), Number(found[3])]
}
