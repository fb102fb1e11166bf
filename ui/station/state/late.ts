import type { ApplicationView, MaterialState } from '@contract/station'

/**
 * Papers promised for later that can be brought now: not what was handed over at 收件 all the same, and not what an open
 * correction names, which belongs to it.
 */
export function late(view: ApplicationView): MaterialState[] {
  const received = view.events.find((event) => event.step === 'received')?.time
  if (received === undefined) return []
  const named = new Set(view.correction?.request.materials.map((point) => point.name))
  return view.materials.filter(
    ({ asked, record }) =>
      view.editable_materials.includes(asked.code) && !named.has(asked.code) && !record.pages.some((page) => page.time <= received),
  )
}
