import { call } from '@contract/host'
import { emptyClipboard } from './clipboard'
import { closePictures } from './pictures'
import { bringBack, flushAll, forgetAll, typed } from './record'
import { leaving, look, strip } from './session'
import { putAside, takeBack, takeKey } from './typed'

/** Longest wait for what is being saved before the screen goes blank, in milliseconds. */
const LONGEST = 3000

/** Where each person was, by staff number. Addresses hold nothing personal. */
const places = new Map<string, string>()

/** The page that `staff` comes back to. */
export const placeOf = (staff: string): string | undefined => places.get(staff)

/**
 * Whoever is at the device leaves it: what they typed is saved under their name, then the screen goes blank. With `sending`
 * the station goes on to send what waits, and is closed after that.
 */
export async function leave(sending: boolean): Promise<void> {
  if (!strip.value?.staff || leaving.value) return
  await Promise.race([flushAll(), new Promise((done) => setTimeout(done, LONGEST))])
  leaving.value = sending ? 'sending' : 'closed'
  strip.value = { ...strip.value, staff: null }
  await look()
}

/**
 * `staff` is at the device no more. They come back to `place`; nothing of theirs stays in the memory of the page but what could
 * not be saved, sealed for them.
 */
export async function gone(staff: string, place: string): Promise<void> {
  places.set(staff, place)
  const left = typed()
  forgetAll()
  closePictures()
  await Promise.all([putAside(staff, left), emptyClipboard()])
}

/** `staff` is at the device: what was sealed for them is on its way to the disk again. */
export async function come(staff: string): Promise<void> {
  try {
    await takeKey(staff)
  } catch {
    // The station went away at once. Without a key nothing can be sealed, and nothing was.
    return
  }
  bringBack(await takeBack(staff))
}

/** Unlocks. */
export async function unlock(staff: string, pin: string): Promise<void> {
  const answer = await call('unlock', { staff, pin })
  leaving.value = ''
  strip.value = answer
}
