import type { CaseMaterial, CaseView, CorrectionPoint, QuestionView, Schemas } from '@contract/center-client'
import { partsOfDay } from '@kit/day'
import { idGroups } from '@kit/idNumber'
import { moment } from '../format'
import type { Words } from '../words'

/** A person by name; the number when the name is not known. */
export const person = (view: CaseView, number: string): string => view.people[number] ?? number

/** A value of a question in words: the labels of choices, else as it stands. */
export function inWords(words: Words, question: QuestionView | undefined, value: string): string {
  if (value === '') return words.case.unanswered
  const label = (name: string) => question?.choices.find((choice) => choice.name === name)?.label ?? name
  if (question?.kind === 'select_one') return label(value)
  if (question?.kind === 'select_multiple') return value.split(/\s+/).map(label).join(words.common.comma)
  if (question?.kind === 'rank') return value.split(/\s+/).map((name, at) => `${at + 1}. ${label(name)}`).join(' ')
  if (question?.kind === 'acknowledge') return words.case.acknowledged
  return question?.appearance.includes('id-number') ? idGroups(value) : question?.value === value && question.display !== '' ? question.display : value
}

/** Whose signature it is: a representative signs with their name. */
export function signatureLabel(words: Words, view: CaseView): string {
  const represented = ['agent', 'relative'].includes(view.presence['who']?.value ?? '')
  return represented ? words.case.signatureFor(view.presence['name']?.value ?? '') : words.case.signature
}

/** What the pre-check says about one place. */
export const problemsAt = (view: CaseView, place: Schemas['ProblemPlace'], name: string): string[] =>
  view.problems.filter((problem) => problem.place === place && problem.name === name).map((problem) => problem.words)

/** Whether a material these answers need was deferred and has still no page. */
export const isOwed = ({ asked, record }: CaseMaterial): boolean => asked.relevant && record.deferred_until.value !== '' && record.pages.length === 0

/** The deferred materials that were not brought, in one sentence; empty when there are none. */
export function owedWords(words: Words, view: CaseView): string {
  const owed = view.materials.filter(isOwed)
  if (owed.length === 0) return ''
  const dayOf = (iso: string) => {
    const parts = partsOfDay(iso)
    return parts === null ? iso : words.time.day(...parts)
  }
  const named = owed.map(({ asked, record }) => words.action.owedBy(asked.name, dayOf(record.deferred_until.value)))
  return words.action.owed(owed.length, named.join(words.common.comma))
}

/** The materials that nobody needs to bring and nobody has looked up, in one sentence; empty when there are none. */
export function unverifiedWords(words: Words, view: CaseView): string {
  const open = view.materials.filter(({ asked, looked_up }) => asked.relevant && asked.exempt !== '' && !looked_up)
  return open.length === 0 ? '' : words.material.notLookedUp(open.map(({ asked }) => asked.name).join(words.common.comma))
}

/** How many stages of the flow are still to begin. */
export const stagesLeft = (view: CaseView): number => view.flow.filter(({ begun }) => !begun).length

/** The acceptance that stands, when there is one. */
export function acceptedBy(view: CaseView): { rule?: string | null; reason?: string | null } | null {
  const step = view.events.findLast((event) => event.step.kind === 'accepted')?.step
  return step?.kind === 'accepted' ? step : null
}

/** Whether it is a row of a repeat, and not a question. */
export const isRow = (name: string): boolean => name.endsWith(']')

/** What a row is called: its repeat, and which one it is. */
export function rowTitle(words: Words, view: CaseView, row: QuestionView): string {
  const rows = view.form.questions.filter(({ name, group }) => group === row.group && isRow(name))
  return words.case.row(row.label, rows.findIndex(({ name }) => name === row.name) + 1)
}

/** What a question or a row is called where its form is not in sight: with the rows around it. */
export function placeOf(words: Words, view: CaseView, name: string): string {
  const find = (key: string) => view.form.questions.find((question) => question.name === key)
  const around = [...name.matchAll(/\]/g)].map(({ index }) => find(name.slice(0, index + 1)))
  const rows = around.filter((row) => row !== undefined).map((row) => rowTitle(words, view, row))
  const own = isRow(name) ? [] : [find(name)?.label ?? name]
  return [...rows, ...own].join(' · ') || name
}

/** The rival values at a path such as `answers.NAME`. */
export const conflictAt = (view: CaseView, path: string) => view.conflicts.find((conflict) => conflict.path === path)

/** The device that wrote a version, as people call it: found by who saved in that second. */
export function deviceOf(view: CaseView, version: Schemas['Version']): string {
  const second = Math.floor(version.time / 1000)
  const entry = view.custody.find(({ staff, time, device }) => device !== '' && staff === version.staff && Math.floor(time / 1000) === second)
  return entry ? `${entry.device} ${entry.device_code}`.trim() : version.device.slice(0, 8)
}

/** Who wrote a version, on which device, when. */
export const origin = (words: Words, view: CaseView, version: Schemas['Version']): string =>
  words.case.conflictAt(person(view, version.staff), deviceOf(view, version), moment(version.time))

/** The newest correction that was asked for, while the case is still open. */
export function lastCorrection(view: CaseView): Schemas['CorrectionRequest'] | null {
  if (['granted', 'refused', 'not_accepted', 'withdrawn'].includes(view.status)) return null
  const asked = view.events.findLast((event) => event.step.kind === 'correction_asked')
  return asked?.step.kind === 'correction_asked' ? asked.step.request : null
}

/** The words the newest correction has for one thing. */
export const askedAt = (points: CorrectionPoint[] | undefined, name: string): string => points?.find((point) => point.name === name)?.words ?? ''

/** Kinds of questions that nobody answers. */
const unasked = new Set<QuestionView['kind']>(['group', 'repeat', 'note', 'calculate', 'hidden', 'metadata'])

/** Whether a person answers it. */
export const isAsked = ({ kind }: QuestionView): boolean => !unasked.has(kind)

/** What a station can be asked to correct: the questions that it asks now and that a person types, and whole rows. */
export const correctable = (view: CaseView): QuestionView[] =>
  view.form.questions.filter((question) => question.relevant && !question.readonly && (isAsked(question) || isRow(question.name)))

/** What a case event is called. */
export function eventName(words: Words, event: Schemas['CaseEvent']): string {
  const { step } = event
  if (step.kind === 'accepted' && step.rule) return words.rules.accepted(step.rule)
  if (step.kind === 'decided') return step.granted ? words.timeline.case.granted : words.timeline.case.refused
  return words.timeline.case[step.kind]
}

/** Who did what and when, in one line: told to a second reviewer. */
export function eventLine(words: Words, event: Schemas['CaseEvent']): string {
  return [event.staff || words.timeline.automatic, eventName(words, event), moment(event.time)].join(' · ')
}
