/** Something of ours lies in the clipboard. */
let copied = false

/** Begins to watch what is copied out of a page. */
export function watchCopies(page: Document): void {
  for (const event of ['copy', 'cut'] as const) page.addEventListener(event, () => (copied = true), true)
  // A web view empties the clipboard only while somebody presses something.
  for (const event of ['pointerdown', 'keydown'] as const) page.addEventListener(event, () => leaving && void emptyClipboard(), true)
}

let leaving = false

/** Empties the clipboard when something was copied out of a page: now, or with the next press when the browser wants one. */
export async function emptyClipboard(): Promise<void> {
  leaving = copied
  if (!copied) return
  try {
    await navigator.clipboard.writeText('')
    copied = leaving = false
  } catch {
    // Tried again with the next press.
  }
}
