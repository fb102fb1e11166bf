import { call, HostFailure } from '@contract/host'
import type { Preferences, Right, Strip } from '@contract/station'
import { ref } from 'vue'

/** What the strip says; null until the station answered once. */
export const strip = ref<Strip | null>(null)

/** What had not reached the district when the device was locked; null as long as it was not locked here. */
export const leftBehind = ref<{ items: number; files: number } | null>(null)

/** Whether whoever is at the device may do this; the station refuses it as well. */
export const may = (right: Right): boolean => strip.value?.rights.includes(right) ?? false

/** Why nothing answers behind the screen: `host_gone`, `no_token`, or empty when it does. */
export const silence = ref('')

/** How the screen looks, kept on the device. */
export const preferences = ref<Preferences>({ size: 'standard', language: 'zh-CN', idle_minutes: 5 })

/** The screen is locked and the station does not know it yet: whether it goes on to send what waits. */
export const leaving = ref<'' | 'sending' | 'closed'>('')

/** Milliseconds between two looks at the strip. */
const BETWEEN_LOOKS = 3000

/** Asks for the strip once. A station that does not answer is shown, never thrown. */
export async function look(): Promise<void> {
  try {
    if (leaving.value) {
      await call('lock', { sending: leaving.value === 'sending' })
      leaving.value = ''
    }
    const said = await call('strip', {})
    // Asked before somebody left the device, answered after.
    const now = leaving.value ? { ...said, staff: null } : said
    const before = strip.value
    if (now.staff !== null || !now.enrolled) leftBehind.value = null
    else if (before?.staff) leftBehind.value = { items: before.waiting_items, files: before.waiting_files }
    strip.value = now
    silence.value = ''
  } catch (error) {
    if (error instanceof HostFailure && (error.code === 'host_gone' || error.code === 'no_token')) silence.value = error.code
  }
}

/** Reads the preferences, then keeps the strip true as long as the page is open. */
export async function start(): Promise<void> {
  try {
    preferences.value = await call('preferences', {})
  } catch {
    // The standard look serves until the station answers.
  }
  await look()
  const again = async () => {
    if (!document.hidden) await look()
    window.setTimeout(again, silence.value ? 1000 : BETWEEN_LOOKS)
  }
  window.setTimeout(again, BETWEEN_LOOKS)
  document.addEventListener('visibilitychange', () => void (document.hidden || look()))
}

/** Keeps a changed look on the device; the screen changes at once, whether or not it could be kept. */
export async function prefer(change: Partial<Preferences>): Promise<void> {
  preferences.value = { ...preferences.value, ...change }
  await call('preferences_set', preferences.value).catch(() => undefined)
}
