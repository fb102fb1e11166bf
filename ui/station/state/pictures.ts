import { call } from '@contract/host'
import { ref, watch, type Ref } from 'vue'
import { codeOf } from './failure'

/** At most this many pictures are kept open. */
const KEPT = 120

const open = new Map<string, string>()

/** An address for a picture. Opened again pictures cost nothing. */
async function picture(key: string, load: () => Promise<Blob>): Promise<string> {
  const held = open.get(key)
  if (held !== undefined) {
    open.delete(key)
    open.set(key, held)
    return held
  }
  const address = URL.createObjectURL(await load())
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

/** A picture for a component: its address, or why there is none. */
interface Shown {
  src: Ref<string>
  code: Ref<string>
}

/** The held picture `hash`, no larger than `edge` pixels. */
export function usePicture(hash: () => string | undefined, edge: number | null): Shown {
  return show(hash, (wanted) => picture(`${wanted}/${edge}`, () => call('file', { hash: wanted, edge })))
}

/** The picture `name` of the catalogue that the application `id` goes by; of the newest for none. */
export function useCataloguePicture(id: string | null, name: () => string | undefined): Shown {
  return show(name, (wanted) => picture(`${id}/${wanted}`, () => call('catalogue_file', { id, name: wanted })))
}

function show(name: () => string | undefined, find: (name: string) => Promise<string>): Shown {
  const src = ref('')
  const code = ref('')
  watch(
    name,
    async (wanted) => {
      src.value = ''
      code.value = ''
      if (!wanted) return
      try {
        const address = await find(wanted)
        if (name() === wanted) src.value = address
      } catch (error) {
        if (name() === wanted) code.value = codeOf(error)
      }
    },
    { immediate: true },
  )
  return { src, code }
}
