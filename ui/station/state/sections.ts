import type { FormView, QuestionView } from '@contract/station'

/** A heading and the questions under it. */
export interface Section {
  name: string
  label: string
  hint: string
  questions: QuestionView[]
}

/** The questions asked now, under their outermost groups. Groups with nothing to show are left out. */
export function sections(form: FormView, shown: (question: QuestionView) => boolean = () => true): Section[] {
  const groups = new Map(form.questions.filter((question) => question.kind === 'group').map((group) => [group.name, group]))
  const outermost = (question: QuestionView) => {
    let group = question.group === null ? undefined : groups.get(question.group)
    // Bounded by the number of groups: a workbook cannot nest a group in itself, but a page must not hang if one did.
    for (let step = 0; group !== undefined && group.group !== null && step < groups.size; step++) group = groups.get(group.group) ?? group
    return group
  }
  const found: Section[] = []
  for (const question of form.questions) {
    if (question.kind === 'group' || !question.relevant || !shown(question)) continue
    if (question.kind === 'calculate' && question.label === '') continue
    const group = outermost(question)
    const name = group?.name ?? ''
    let section = found.at(-1)
    if (section === undefined || section.name !== name) {
      section = { name, label: group?.label ?? '', hint: group?.hint ?? '', questions: [] }
      found.push(section)
    }
    section.questions.push(question)
  }
  return found
}
