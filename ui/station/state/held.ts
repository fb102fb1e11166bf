import { type ShallowRef, shallowRef, watch } from 'vue'

/**
 * What was so before the text became newer than anything the station has judged: an error goes on standing where it
 * stood, muted, so that it can be read while it is mended and nothing below it moves.
 */
export function held<T>(now: () => T, quiet: () => boolean): Readonly<ShallowRef<T>> {
  const kept = shallowRef(now()) as ShallowRef<T>
  watch([now, quiet], () => {
    if (!quiet()) kept.value = now()
  })
  return kept
}
