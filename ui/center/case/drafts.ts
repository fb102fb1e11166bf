import { reactive } from 'vue'
import type { ResultFile } from '@contract/center-client'

/** 受理 although a rule blocks, as far as it is typed. */
export interface AcceptDraft {
  reason: string
}

/** 下一步, as far as it is typed. */
export interface AdvanceDraft {
  opinion: string
}

/** 不予受理, as far as it is typed. */
export interface NotAcceptDraft {
  reason: string
  remedies: string
}

/** One thing to correct. Taking the tick away keeps the words. */
export interface Point {
  ticked: boolean
  words: string
}

/** 补正, as far as it is typed. */
export interface CorrectionDraft {
  fields: Record<string, Point>
  materials: Record<string, Point>
  message: string
  due: string
}

/** 办结, as far as it is typed. */
export interface DecisionDraft {
  outcome: 'granted' | 'refused' | ''
  number: string
  file: ResultFile | null
  reason: string
  remedies: string
}

/** What is typed about one case and not yet sent. */
export interface Drafts {
  accept: AcceptDraft
  advance: AdvanceDraft
  notAccept: NotAcceptDraft
  correction: CorrectionDraft
  decision: DecisionDraft
}

const fresh: { [K in keyof Drafts]: () => Drafts[K] } = {
  accept: () => ({ reason: '' }),
  advance: () => ({ opinion: '' }),
  notAccept: () => ({ reason: '', remedies: '' }),
  correction: () => ({ fields: {}, materials: {}, message: '', due: '' }),
  decision: () => ({ outcome: '', number: '', file: null, reason: '', remedies: '' }),
}

// Kept beside the pages, not in them: a closed dialog, another page, a refused request or an ended session must not
// lose typed words. In memory only, since they may name people and the browser's storage is not encrypted.
const kept = reactive(new Map<string, Drafts>())

/** The drafts of one case; the same object until they are sent. */
export function draftsOf(id: string): Drafts {
  if (!kept.has(id)) kept.set(id, { accept: fresh.accept(), advance: fresh.advance(), notAccept: fresh.notAccept(), correction: fresh.correction(), decision: fresh.decision() })
  return kept.get(id) as Drafts
}

/** Empties one draft: it was sent, or the reviewer no longer wants it. */
export function drop<K extends keyof Drafts>(id: string, which: K) {
  draftsOf(id)[which] = fresh[which]()
}

/** Empties everything: somebody else signs in. */
export function dropAll() {
  kept.clear()
}

/** Whether a draft holds anything a person typed or chose. */
export function typed(draft: Drafts[keyof Drafts]): boolean {
  return Object.values(draft).some((value) => {
    if (typeof value === 'string') return value.trim() !== ''
    return value !== null && Object.keys(value).length > 0
  })
}

/** Whether leaving the page would lose anything. */
export function anythingTyped(): boolean {
  return [...kept.values()].some((drafts) => Object.values(drafts).some(typed))
}

/** Points that are ticked, as they are sent. */
export function ticked(points: Record<string, Point>): { name: string; words: string }[] {
  return Object.entries(points)
    .filter(([, point]) => point.ticked)
    .map(([name, { words }]) => ({ name, words: words.trim() }))
}

/** Ticks or unticks one thing. `suggested` are words to begin with, such as those of the pre-check. */
export function tick(points: Record<string, Point>, name: string, on: boolean, suggested = '') {
  const before = points[name]?.words ?? ''
  points[name] = { ticked: on, words: before === '' && on ? suggested : before }
}
