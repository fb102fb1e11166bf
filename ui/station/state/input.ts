/** What a person does at a screen. */
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart', 'input'] as const
/** Milliseconds between two looks, and between two words to the other windows of this browser. */
const PAUSE = 1000

/** When somebody last did something, by both clocks: one stands still while a machine sleeps, the other can be set back. */
let last = { date: Date.now(), steady: performance.now() }
let told = 0
const others = 'BroadcastChannel' in globalThis ? new BroadcastChannel('doorstep-input') : null

/** Somebody is at the screen, or something runs on it that must not be cut off. */
export function touched(): void {
  last = { date: Date.now(), steady: performance.now() }
  if (last.steady - told < PAUSE) return
  told = last.steady
  others?.postMessage(null)
}

/** Calls `away` when nobody has done anything in any window for `minutes()`, for as long as that lasts. */
export function watchInput(page: Window, minutes: () => number, away: () => void): void {
  for (const sign of SIGNS) page.addEventListener(sign, touched, { capture: true, passive: true })
  if (others) others.onmessage = () => (last = { date: Date.now(), steady: performance.now() })
  page.setInterval(() => {
    const idle = Math.max(Date.now() - last.date, performance.now() - last.steady)
    if (idle >= minutes() * 60_000) away()
  }, PAUSE)
}
