/**
 * Looks now, and again `pause` milliseconds after each answer: a host that is slow to answer is not asked more. Not while the page
 * is hidden. `look` does not fail. Gives what ends it.
 */
export function keepLooking(look: () => Promise<void>, pause: number): () => void {
  let ended = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const again = async () => {
    if (!document.hidden) await look()
    if (!ended) timer = setTimeout(() => void again(), pause)
  }
  void again()
  return () => {
    ended = true
    clearTimeout(timer)
  }
}
