import type { ApplicationView } from '@contract/station'
import { covers } from './sections'

function named(view: ApplicationView) {
  const request = view.correction?.request
  return {
    questions: view.form.questions.filter(({ name }) => request?.fields.some((point) => covers(point.name, name))),
    materials: view.materials.filter(({ asked }) => request?.materials.some((point) => point.name === asked.code)),
  }
}

/** What stands at the points that the open correction names; to be compared, nothing else. */
export function stateOf(view: ApplicationView): string {
  const { questions, materials } = named(view)
  return JSON.stringify([questions.map(({ name, value }) => [name, value, view.notes[name]]), materials.map(({ record }) => record)])
}

/**
 * Labels of the points that the open correction names, when none of them was changed: they stand as they did `before`, and no
 * page is newer than the correction. Empty when anything was changed, or nothing was named.
 */
export function unmended(view: ApplicationView, before: string): string[] {
  const { questions, materials } = named(view)
  const since = view.correction?.time ?? 0
  const changed = stateOf(view) !== before || materials.some(({ record }) => [...record.pages, ...record.removed].some((page) => page.time > since))
  return changed ? [] : [...questions.filter(({ name }) => view.correction?.request.fields.some((point) => point.name === name)).map(({ label }) => label), ...materials.map(({ asked }) => asked.name)]
}
