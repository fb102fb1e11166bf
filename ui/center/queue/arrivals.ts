import type { CaseList } from '@contract/center-client'

/** What is different between the list on the screen and the one the center has now. */
export interface Difference {
  /** Cases that were not on the page before. */
  fresh: number
  /** Something else changed: order, state, or a case that left. */
  other: boolean
}

const mark = (list: CaseList) =>
  list.rows.map((row) => [row.id, row.status, row.deadline.due, row.conflicts, row.problems, row.files_verified].join(' '))

/** Compares two answers to the same question. Null: nothing that is shown has changed. */
export function difference(shown: CaseList, now: CaseList): Difference | null {
  const known = new Set(shown.rows.map((row) => row.id))
  const grown = Math.max(0, now.total - shown.total)
  const fresh = Math.max(grown, now.rows.filter((row) => !known.has(row.id)).length)
  // A page that is full shows new cases only by pushing others off it: those were there before.
  const moved = now.total === shown.total ? 0 : fresh
  const other = mark(shown).join('\n') !== mark(now).join('\n')
  return moved > 0 || other ? { fresh: moved, other } : null
}
