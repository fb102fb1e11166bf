import type { QuestionView } from '@contract/station'
import { looksLike, type Precision } from '@kit'

const LISTS = ['minimal', 'autocomplete', 'search']
const appears = (question: QuestionView, ...words: string[]) => question.appearance.some((word) => words.includes(word))

/** Cards or a list that can be searched. */
export function lookOf(question: QuestionView): 'cards' | 'list' {
  if (appears(question, ...LISTS)) return 'list'
  return appears(question, 'likert') ? 'cards' : looksLike(question.choices.length)
}

/** Whether its control is several, so that its label is a legend. */
export function isGroup(question: QuestionView): boolean {
  return ['select_multiple', 'rank', 'acknowledge'].includes(question.kind) || (question.kind === 'select_one' && lookOf(question) === 'cards')
}

/** Columns of its choices: `columns` are two, `columns-3` three, `horizontal-compact` as many as fit. */
export function columnsOf(question: QuestionView): number | undefined {
  const said = question.appearance.map((word) => /^(?:w\d+\s*)?columns(?:-(\d{1,2}))?$/.exec(word)).find((found) => found !== null)
  return said === undefined || said === null ? undefined : Math.max(1, Number(said[1] ?? 2))
}

/** How much of a day is asked for. */
export function precisionOf(question: QuestionView): Precision {
  if (appears(question, 'year')) return 'year'
  return appears(question, 'month-year') ? 'month' : 'day'
}
