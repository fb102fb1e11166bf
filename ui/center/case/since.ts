import type { CaseView, CorrectionPoint } from '@contract/center-client'
import type { Words } from '../words'
import { inWords, isRow, lastCorrection, placeOf } from './read'

/** One thing that was asked to be corrected, and what became of it. */
export interface Point {
  /** `answers.NAME` or `materials.CODE`. */
  path: string
  label: string
  /** What was asked. */
  words: string
  /** Whether it is different now; null while the station has not sent it again. */
  changed: boolean | null
  /** Value before and now, in words; empty where there is nothing to compare. */
  change: string
}

/** Whether a path lies in a row. */
const within = (row: string, path: string): boolean => path === row || path.startsWith(`${row}/`)

/** What the newest correction asked, point by point. */
export function pointsOf(words: Words, view: CaseView): Point[] {
  const asked = lastCorrection(view)
  if (!asked) return []
  const answered = view.status !== 'correction_asked'
  const field = (point: CorrectionPoint): Point => {
    const path = `answers.${point.name}`
    const question = view.form.questions.find(({ name }) => name === point.name)
    const difference = view.since_correction.find((one) => one.path === path)
    const now = inWords(words, question, view.application.answers[point.name]?.value ?? '')
    const before = difference ? inWords(words, question, difference.before) : ''
    return {
      path,
      label: placeOf(words, view, point.name),
      words: point.words,
      changed: answered ? (isRow(point.name) ? view.since_correction.some((one) => within(path, one.path)) : difference !== undefined) : null,
      // Rival values have no single "now": they stand at the field.
      change: answered && difference && before !== now ? words.case.correctionNow(before, now) : '',
    }
  }
  const material = (point: CorrectionPoint): Point => {
    const path = `materials.${point.name}`
    return {
      path,
      label: view.materials.find(({ asked: { code } }) => code === point.name)?.asked.name ?? point.name,
      words: point.words,
      changed: answered ? view.since_correction.some((one) => one.path.startsWith(`${path}.`)) : null,
      change: '',
    }
  }
  return [...asked.fields.map(field), ...asked.materials.map(material)]
}
