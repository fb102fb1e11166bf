import { HostFailure } from '@contract/host'
import { words } from '../words'

/** Words for a code of the station; for one it does not know, those for a failed step. */
export function failureWords(code: string): string {
  const all: Record<string, string> = words.value.failure
  return all[code] ?? words.value.failure.bad_request
}

/** The code of whatever was thrown. */
export function codeOf(error: unknown): string {
  return error instanceof HostFailure ? error.code : 'bad_request'
}
