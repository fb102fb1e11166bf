import { readDay } from '@kit/day'
import type { Words } from '../words'
import { ticked, type AcceptDraft, type AdvanceDraft, type CorrectionDraft, type DecisionDraft, type NotAcceptDraft } from './drafts'

/** What is wrong, in words, by the name of the control. Empty: it can be sent. */
export type Problems = Record<string, string>

const blank = (text: string) => text.trim() === ''

/** Who accepts although a rule blocks says why. */
export function checkAccept(words: Words, draft: AcceptDraft, blocked: boolean): Problems {
  return blocked && blank(draft.reason) ? { reason: words.action.reasonMissing } : {}
}

/** A stage ends with an opinion. */
export function checkOpinion(words: Words, draft: AdvanceDraft): Problems {
  return blank(draft.opinion) ? { opinion: words.flow.opinionMissing } : {}
}

/** A refusal must say why and where to turn. */
export function checkNotAccept(words: Words, draft: NotAcceptDraft): Problems {
  const problems: Problems = {}
  if (blank(draft.reason)) problems.reason = words.action.reasonMissing
  if (blank(draft.remedies)) problems.remedies = words.action.remediesMissing
  return problems
}

/** Everything asked at one time, each with words. `today` is `2026-02-14`. */
export function checkCorrection(words: Words, draft: CorrectionDraft, today: string): Problems {
  const problems: Problems = {}
  const points = [
    ...ticked(draft.fields).map((point) => ({ ...point, at: `field.${point.name}` })),
    ...ticked(draft.materials).map((point) => ({ ...point, at: `material.${point.name}` })),
  ]
  if (points.length === 0) problems.points = words.action.correctionNone
  for (const point of points) if (blank(point.words)) problems[point.at] = words.action.correctionPointMissing
  const due = readDay(draft.due)
  if (blank(draft.due)) problems.due = words.action.correctionDueMissing
  else if (due === null) problems.due = words.action.correctionDueWrong
  else if (due < today) problems.due = words.action.correctionDuePast
  return problems
}

/** Granted with a number or a file, and only at the last stage; refused with reason and remedies. */
export function checkDecision(words: Words, draft: DecisionDraft, stagesLeft = 0): Problems {
  if (draft.outcome === '') return { outcome: words.action.decideOutcomeMissing }
  if (draft.outcome === 'refused') return checkNotAccept(words, draft)
  if (stagesLeft > 0) return { outcome: words.flow.left(stagesLeft) }
  return blank(draft.number) && !draft.file ? { number: words.action.resultMissing } : {}
}
