/** Pointers that are down now. */
const pressed = new Set<number>()
/** No press holds anything back for longer, in milliseconds: some systems swallow the release when a menu opens. */
const LONGEST = 2000
let waiting: (() => void)[] = []

function release(event: PointerEvent) {
  pressed.delete(event.pointerId)
  settle()
}

function settle() {
  // The click comes right after the release: first it, then what was held back.
  if (pressed.size === 0) setTimeout(() => {
    const due = waiting
    waiting = []
    for (const go of due) go()
  })
}

/** Begins to watch the pointers of a page. */
export function watchPointers(page: Window): void {
  page.addEventListener('pointerdown', (event) => pressed.add(event.pointerId), true)
  page.addEventListener('pointerup', release, true)
  page.addEventListener('pointercancel', release, true)
}

/**
 * Settles when nothing is pressed. Leaving a field by pressing a button below it makes an error or a new question appear
 * above the button; were it shown at once, the button would move away under the finger and the press be lost.
 */
export function released(): Promise<void> {
  if (pressed.size === 0) return Promise.resolve()
  return new Promise((resolve) => {
    waiting.push(resolve)
    setTimeout(() => {
      pressed.clear()
      settle()
    }, LONGEST)
  })
}
