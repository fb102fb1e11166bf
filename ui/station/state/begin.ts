import { call, thisWindow } from '@contract/host'
import { ref } from 'vue'
import { useRouter } from 'vue-router'
import { codeOf } from './failure'
import { look } from './session'

/** Begins an application of a matter, with the answers to the guide that led to it, and opens it. */
export function useBegin() {
  const router = useRouter()
  const busy = ref(false)
  const trouble = ref('')
  async function begin(matter: string, guide: string[]): Promise<void> {
    busy.value = true
    trouble.value = ''
    try {
      const view = await call('begin', { matter, guide, window: thisWindow })
      void look()
      // The way back from a begun application leads to the matters, not to a second beginning.
      await router.replace({ name: 'intake', params: { id: view.id } })
    } catch (error) {
      trouble.value = codeOf(error)
      busy.value = false
    }
  }
  return { begin, busy, trouble }
}
