import type { FormView, QuestionView } from '@contract/station'

/** A question with what stands in it: the members of a group, the rows of a repeat, the members of a row. */
export interface Part {
  question: QuestionView
  /** From 1, among all that stand beside it, shown or not: the number of a row. */
  place: number
  parts: Part[]
}

/** A heading and what stands under it. */
export interface Section {
  name: string
  label: string
  hint: string
  parts: Part[]
}

/** What people never see of a form. */
const SILENT = ['hidden', 'metadata']

/**
 * What is asked now, under the outermost groups. With `shown`, only what holds; groups with nothing to show are left out, and
 * so are repeats without rows, which a form shows so that one can be added.
 */
export function sections(form: FormView, shown?: (question: QuestionView) => boolean): Section[] {
  const found: Section[] = []
  for (const part of tree(form, shown)) {
    const { kind, name, label, hint } = part.question
    if (kind === 'group') found.push({ name, label, hint, parts: part.parts })
    else if (found.at(-1)?.name === '') found.at(-1)?.parts.push(part)
    else found.push({ name: '', label: '', hint: '', parts: [part] })
  }
  return found
}

/** One part of what is asked now. */
export function partOf(form: FormView, name: string): Part | undefined {
  const find = (parts: Part[]): Part | undefined => {
    for (const part of parts) {
      const found = part.question.name === name ? part : find(part.parts)
      if (found) return found
    }
    return undefined
  }
  return find(tree(form))
}

function tree(form: FormView, shown?: (question: QuestionView) => boolean): Part[] {
  const top: Part[] = []
  const around = new Map<string, Part>()
  for (const question of form.questions) {
    const { kind, name, label, group, relevant } = question
    if (!relevant || SILENT.includes(kind) || (kind === 'calculate' && label === '')) continue
    const holds = kind === 'group' || kind === 'repeat'
    if (!holds && shown && !shown(question)) continue
    const beside = (group === null ? undefined : around.get(group)?.parts) ?? top
    const part = { question, place: beside.length + 1, parts: [] }
    beside.push(part)
    if (holds) around.set(name, part)
  }
  return pruned(top, shown !== undefined)
}

function pruned(parts: Part[], strictly: boolean): Part[] {
  const kept: Part[] = []
  for (const part of parts) {
    const { kind } = part.question
    part.parts = pruned(part.parts, strictly)
    const empty = part.parts.length === 0 && (kind === 'group' || (kind === 'repeat' && strictly))
    if (!empty) kept.push(part)
  }
  return kept
}

/** The questions of a part that are neither groups nor repeats, at any depth; itself, when it is one. */
export function leaves({ question, parts }: Part): QuestionView[] {
  return question.kind === 'group' || question.kind === 'repeat' ? parts.flatMap(leaves) : [question]
}

/** What tells a row from the others: its first two answers, in words. What the form filled in by itself tells nothing. */
export function titleOf(row: Part): string {
  const said = leaves(row).filter((question) => question.kind !== 'note' && !question.preset && question.value !== '')
  return said.slice(0, 2).map((question) => question.display || question.value).join(' · ')
}

/** The label of a question; in a row, with the label and the number of the row: `家庭成员 2 · 姓名`. */
export function labelOf(form: FormView, question: QuestionView): string {
  const at = question.name.lastIndexOf('/')
  if (at < 0) return question.label
  const row = form.questions.find(({ name }) => name === question.name.slice(0, at))
  if (row === undefined) return question.label
  const siblings = form.questions.filter(({ group, kind }) => group === row.group && kind === 'group')
  return `${row.label} ${siblings.indexOf(row) + 1} · ${question.label}`
}

/** Whether a point of a correction names a question: itself, or the row or the repeat around it. */
export function covers(point: string, name: string): boolean {
  return name === point || name.startsWith(`${point}[`) || name.startsWith(`${point}/`)
}
