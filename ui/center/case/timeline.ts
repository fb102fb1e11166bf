import type { CaseView, ResultFile } from '@contract/center-client'
import { spoken } from '@kit/words'
import type { Words } from '../words'
import { eventName, person, placeOf } from './read'

/** One line of the timeline. */
export interface Moment {
  key: string
  /** Milliseconds; by the station's clock when `center` is false. */
  time: number
  center: boolean
  name: string
  who: string
  /** What it says, as label and words. */
  says: { label: string; words: string }[]
  file: ResultFile | null
}

const pair = (label: string, words: string) => (words === '' ? [] : [{ label, words }])

function stageLabel(view: CaseView, name: string): string {
  const step = view.events.findLast((event) => event.step.kind === 'stage_begun' && event.step.stage.name === name)?.step
  return step?.kind === 'stage_begun' ? spoken(step.stage.label) : name
}

/** What both sides did, oldest first. */
export function timelineOf(words: Words, view: CaseView): Moment[] {
  const t = words.timeline
  const { application } = view
  const begun: Moment = { key: 'begun', time: application.created, center: false, name: t.created, who: person(view, application.first_responder), says: [], file: null }
  const station = application.events.map(
    (event, at): Moment => ({
      key: `station-${at}`,
      time: event.time,
      center: false,
      name: t.application[event.step],
      who: person(view, event.staff),
      // The note of a resubmission is the id of the correction: nothing to read.
      says: event.step === 'withdrawn' ? pair(t.reason, event.note) : [],
      file: null,
    }),
  )
  const center = view.events.map((event): Moment => {
    const { step } = event
    const says =
      step.kind === 'prechecked'
        ? [
            { label: '', words: step.problems.length === 0 ? t.clean : `${t.found(step.problems.length)}${words.common.colon}\n${step.problems.join('\n')}` },
            ...(step.rules ?? []).map(({ name, message }) => ({ label: words.rules.name(name), words: message })),
          ]
        : step.kind === 'accepted'
          ? [...pair('', step.due === '' ? '' : t.due(step.due)), ...pair(words.rules.reason, step.reason ?? '')]
          : step.kind === 'stage_begun'
            ? [...pair('', [step.stage.label, step.stage.office].map(spoken).filter(Boolean).join(' · ')), ...pair('', step.stage.due === '' ? '' : words.light.due(step.stage.due)), ...pair('', step.stage.pauses ? words.flow.pauses : '')]
          : step.kind === 'stage_ended'
            ? [...pair('', stageLabel(view, step.stage)), ...pair(words.flow.opinion, step.opinion)]
          : step.kind === 'material_verified'
            ? pair('', step.name)
          : step.kind === 'not_accepted'
            ? [...pair(t.reason, step.reason), ...pair(t.remedies, step.remedies)]
            : step.kind === 'correction_asked'
              ? [
                  ...pair('', step.request.message),
                  ...pair('', t.correctionDue(step.request.due)),
                  ...step.request.fields.map((point) => ({ label: placeOf(words, view, point.name), words: point.words })),
                  ...step.request.materials.map((point) => ({ label: view.materials.find(({ asked }) => asked.code === point.name)?.asked.name ?? point.name, words: point.words })),
                ]
              : step.kind === 'decided'
                ? [...pair(t.resultNumber, step.number), ...pair(words.people.underSeal, step.seal ?? ''), ...pair(t.reason, step.reason), ...pair(t.remedies, step.remedies)]
                : []
    return {
      key: event.id,
      time: event.time,
      center: true,
      name: eventName(words, event),
      who: event.stands_for ? words.people.standsFor(event.staff, event.stands_for) : event.staff || t.automatic,
      says,
      file: step.kind === 'decided' ? (step.file ?? null) : null,
    }
  })
  return [begun, ...station, ...center].sort((a, b) => a.time - b.time)
}
