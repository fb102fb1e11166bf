import { call } from '@contract/host'
import { shallowReactive } from 'vue'
import type { Held } from './draft'

/** What of one application is not on the disk yet. */
export interface Typed {
  /** The application. */
  id: string
  texts: { path: string; text: string; under: Held }[]
  pictures: { material: string; replaces: string | null; picture: Blob }[]
}

/** Bytes under somebody's key. */
interface Sealed {
  nonce: Uint8Array<ArrayBuffer>
  bytes: ArrayBuffer
}

/** What people typed and could not be saved before the screen was locked: sealed under the key of each, by staff number. */
const aside = shallowReactive(new Map<string, { count: number; open: () => Promise<Typed[]> }>())

/** The key of whoever is at the device. The station gives it to nobody else, and the page cannot read it out. */
let own: { staff: string; key: CryptoKey } | null = null

/** Asks for the key of `staff`, who is at the device now. */
export async function takeKey(staff: string): Promise<void> {
  if (own?.staff === staff) return
  own = null
  const { key } = await call('typed_key', {})
  const bytes = Uint8Array.from(key.match(/../g) ?? [], (byte) => parseInt(byte, 16))
  own = { staff, key: await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']) }
}

/** How many texts and pictures of `staff` wait until they are back. */
export const waiting = (staff: string): number => aside.get(staff)?.count ?? 0

/** Puts aside what `staff` typed, and lets go of their key. Without one (the station was gone at once) it is only hidden. */
export async function putAside(staff: string, typed: Typed[]): Promise<void> {
  const key = own?.staff === staff ? own.key : null
  own = null
  const count = typed.reduce((sum, one) => sum + one.texts.length + one.pictures.length, 0)
  if (count === 0) return
  if (key === null) {
    aside.set(staff, { count, open: () => Promise.resolve(typed) })
    return
  }
  const pictures = typed.flatMap((one) => one.pictures.map(({ picture }) => picture))
  const [texts, ...sealed] = await Promise.all([new Blob([JSON.stringify(typed)]), ...pictures].map(async (blob) => seal(key, await blob.arrayBuffer())))
  const types = pictures.map(({ type }) => type)
  aside.set(staff, {
    count,
    open: async () => {
      if (own?.staff !== staff) throw new Error('sealed for somebody else')
      const { key } = own
      const back = JSON.parse(new TextDecoder().decode(await unseal(key, texts!))) as Typed[]
      const bytes = await Promise.all(sealed.map((one) => unseal(key, one)))
      for (const picture of back.flatMap((one) => one.pictures)) picture.picture = new Blob([bytes.shift()!], { type: types.shift()! })
      return back
    },
  })
}

/** What was put aside for `staff`, who is back. */
export async function takeBack(staff: string): Promise<Typed[]> {
  const typed = (await aside.get(staff)?.open()) ?? []
  aside.delete(staff)
  return typed
}

async function seal(key: CryptoKey, bytes: ArrayBuffer): Promise<Sealed> {
  const nonce = crypto.getRandomValues(new Uint8Array(12))
  return { nonce, bytes: await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce }, key, bytes) }
}

function unseal(key: CryptoKey, { nonce, bytes }: Sealed): Promise<ArrayBuffer> {
  return crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce }, key, bytes)
}
