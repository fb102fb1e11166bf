import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { keepLooking } from './looks'

const page = { hidden: false }
let asked = 0
let answer: () => void = () => undefined
const look = () => new Promise<void>((resolve) => {
  asked += 1
  answer = resolve
})
beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('document', page)
  asked = 0
  page.hidden = false
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

it('asks again only after the answer, and not while hidden', async () => {
  const end = keepLooking(look, 3000)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toBe(1)
  answer()
  await vi.advanceTimersByTimeAsync(2999)
  expect(asked).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(asked).toBe(2)
  page.hidden = true
  answer()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toBe(2)
  page.hidden = false
  await vi.advanceTimersByTimeAsync(3000)
  expect(asked).toBe(3)
  end()
})

it('ends, between two looks or in the middle of one', async () => {
  for (const answered of [true, false]) {
    asked = 0
    const end = keepLooking(look, 3000)
    if (answered) answer()
    await vi.advanceTimersByTimeAsync(0)
    end()
    answer()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toBe(1)
  }
})
