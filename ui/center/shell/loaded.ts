import { onMounted, ref, shallowRef, watch } from 'vue'
import { preferences } from '../preferences'

/** Something read from the center when the page opens, and again when the language changes. */
export function useLoaded<T>(read: () => Promise<T>) {
  const value = shallowRef<T | null>(null)
  const failed = ref<unknown>(null)
  const busy = ref(false)
  let asked = 0

  async function load() {
    const turn = ++asked
    busy.value = true
    try {
      const answer = await read()
      // Only the newest question counts.
      if (turn !== asked) return
      value.value = answer
      failed.value = null
    } catch (error) {
      if (turn === asked) failed.value = error
    } finally {
      if (turn === asked) busy.value = false
    }
  }
  onMounted(load)
  watch(() => preferences.language, load)
  return { value, failed, busy, load }
}
