import type { CaseMaterial, CaseView, Page } from '@contract/center-client'
import type { Words } from '../words'
import { signatureLabel } from './read'

/** One thing to look at in the viewer. */
export interface Sheet {
  /** Unique within the case. */
  key: string
  /** Material code; empty for a signature. */
  material: string
  /** The material in words. */
  label: string
  /** Which of how many. */
  number: number
  total: number
  /** Hash of the picture. */
  file: string
  /** Turn the station gave it: 0, 90, 180, 270. */
  rotation: number
  /** Whether the picture has reached the center, whole and verified. */
  here: boolean
  /** It has not, but a small picture of it has, and is shown until it comes. */
  preview: boolean
  /** Taken out at the station, kept on record. */
  removed: boolean
  /** Who took it, and when; the signature has no taker. */
  staff: string
  time: number
}

function pagesOf(view: CaseView, material: CaseMaterial, pages: Page[], removed: boolean): Sheet[] {
  const here = new Set([...view.verified, ...material.verified])
  return pages.map((page, at) => ({
    key: page.id,
    material: material.asked.code,
    label: material.asked.name,
    number: at + 1,
    total: pages.length,
    file: page.file,
    rotation: page.rotation,
    here: here.has(page.file),
    preview: view.previews.includes(page.file),
    removed,
    staff: page.staff,
    time: page.time,
  }))
}

/** The pages of one material that stand. */
export const sheetsOf = (view: CaseView, material: CaseMaterial): Sheet[] => pagesOf(view, material, material.record.pages, false)

/** Its pages that were taken out. */
export const removedSheets = (view: CaseView, material: CaseMaterial): Sheet[] => pagesOf(view, material, material.record.removed, true)

/** The signatures, newest first. */
export function signatureSheets(words: Words, view: CaseView): Sheet[] {
  const { signatures } = view.application
  return signatures.map((signature, at) => ({
    key: `signature-${signature.file}-${at}`,
    material: '',
    label: signatureLabel(words, view),
    number: at + 1,
    total: signatures.length,
    file: signature.file,
    rotation: 0,
    here: view.verified.includes(signature.file),
    preview: view.previews.includes(signature.file),
    removed: false,
    staff: '',
    time: signature.time,
  })).reverse()
}

/** Everything that can be looked at, in the order of the list: standing pages first, then signatures, then what was taken out. */
export function allSheets(words: Words, view: CaseView): Sheet[] {
  return [
    ...view.materials.flatMap((material) => sheetsOf(view, material)),
    ...signatureSheets(words, view),
    ...view.materials.flatMap((material) => removedSheets(view, material)),
  ]
}

/** How many pictures the case names that are not here yet. */
export const missing = (words: Words, view: CaseView): number => allSheets(words, view).filter((sheet) => !sheet.here && !sheet.removed).length
