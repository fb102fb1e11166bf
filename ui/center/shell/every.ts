import { onBeforeUnmount } from 'vue'

/** Does something again and again while the page is there and can be seen. */
export function every(milliseconds: number, what: () => unknown) {
  let timer: ReturnType<typeof setInterval> | undefined
  const tick = () => {
    if (document.visibilityState === 'visible') void what()
  }
  const stop = () => clearInterval(timer)
  const start = () => {
    stop()
    timer = setInterval(tick, milliseconds)
  }
  onBeforeUnmount(stop)
  return { start, stop }
}
