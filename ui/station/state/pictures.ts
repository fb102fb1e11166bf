import { call } from '@contract/host'
import { ref, watch, type Ref } from 'vue'
import { codeOf } from './failure'

/** At most this many pictures are kept open. */
const KEPT = 120

const open = new Map<string, string>()

/** An address for a held picture, no larger than `edge` pixels. Opened again pictures cost nothing. */
async function picture(hash: string, edge: number | null): Promise<string> {
  const key = `${hash}/${edge}`
  const held = open.get(key)
  if (held !== undefined) {
    open.delete(key)
    open.set(key, held)
    return held
  }
  const address = URL.createObjectURL(await call('file', { hash, edge }))
  open.set(key, address)
  for (const [oldest, old] of open) {
    if (open.size <= KEPT) break
    open.delete(oldest)
    URL.revokeObjectURL(old)
  }
  return address
}

/** Closes all pictures. */
export function closePictures(): void {
  for (const address of open.values()) URL.revokeObjectURL(address)
  open.clear()
}

/** The picture `hash` for a component: its address, or why there is none. */
export function usePicture(hash: () => string | undefined, edge: number | null): { src: Ref<string>; code: Ref<string> } {
  const src = ref('')
  const code = ref('')
  watch(
    hash,
    async (wanted) => {
      src.value = ''
      code.value = ''
      if (!wanted) return
      try {
        const address = await picture(wanted, edge)
        if (hash() === wanted) src.value = address
      } catch (error) {
        if (hash() === wanted) code.value = codeOf(error)
      }
    },
    { immediate: true },
  )
  return { src, code }
}
