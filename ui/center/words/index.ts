import { pick } from '@kit'
import { en } from './en'
import { zh, type Words } from './zh'

export type { Words }

/** The words of the chosen language. */
export const words = pick<Words>(zh, en)

/** A word looked up by a code that comes from the center; the code itself when there is no word for it. */
export function named(table: object, code: string): string {
  const found = Object.hasOwn(table, code) ? (table as Record<string, unknown>)[code] : undefined
  return typeof found === 'string' ? found : code
}
