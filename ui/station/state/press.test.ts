import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { released, watchPointers } from './press'

const page = new EventTarget()
const point = (type: string) => page.dispatchEvent(Object.assign(new Event(type), { pointerId: 1 }))
watchPointers(page as Window)
beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('holds back while something is pressed, until after the click', async () => {
  let shown = false
  point('pointerdown')
  void released().then(() => (shown = true))
  await vi.advanceTimersByTimeAsync(500)
  expect(shown).toBe(false)
  point('pointerup')
  await Promise.resolve()
  expect(shown).toBe(false)
  await vi.advanceTimersByTimeAsync(0)
  expect(shown).toBe(true)
})

it('holds nothing back for ever when the release is swallowed', async () => {
  let shown = false
  point('pointerdown')
  void released().then(() => (shown = true))
  await vi.advanceTimersByTimeAsync(2001)
  expect(shown).toBe(true)
})
