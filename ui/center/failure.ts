import { CenterError } from '@contract/center-client'
import { named, type Words } from './words'

/** Stable code of a failure. */
export const codeOf = (error: unknown): string => (error instanceof CenterError ? error.code : 'other')

/** What went wrong, in words. */
export function failureWords(words: Words, error: unknown): string {
  const code = codeOf(error)
  if (!Object.hasOwn(words.errors, code)) return words.failure.other(code)
  const said = named(words.errors, code)
  const wait = error instanceof CenterError ? error.wait : null
  return wait === null ? said : `${said} ${words.failure.waitMinutes(Math.ceil(wait / 60))}`
}

/** What is wrong with single fields, in words, as the center says it. */
export function fieldWords(words: Words, error: unknown): Record<string, string> {
  if (!(error instanceof CenterError)) return {}
  return Object.fromEntries(Object.entries(error.fields).map(([name, code]) => [name, named(words.fieldErrors, code)]))
}
