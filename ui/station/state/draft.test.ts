import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Draft, PAUSE } from './draft'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A disk that answers when told. */
function disk() {
  const stored: string[] = []
  /** Who hears what is stored now, as the screen does with every reply. */
  const told: { draft?: Draft } = {}
  const answers: { done: () => void; fail: () => void }[] = []
  const store = (text: string) =>
    new Promise<void>((resolve, reject) => {
      answers.push({ done: () => (stored.push(text), told.draft?.offer(text), resolve()), fail: () => reject(new Error('full')) })
    })
  return { stored, answers, store, told }
}
const settle = () => vi.advanceTimersByTimeAsync(0)

it('saves after a pause, and says so only when the disk answered', async () => {
  const { stored, answers, store, told } = disk()
  const draft = Draft.of('', store)
  told.draft = draft
  draft.type('张')
  draft.type('张三')
  expect(answers).toHaveLength(0)
  await vi.advanceTimersByTimeAsync(PAUSE)
  expect(draft.state).toBe('saving')
  answers[0]!.done()
  await settle()
  expect(draft.state).toBe('saved')
  expect(stored).toEqual(['张三'])
})

it('saves at once when the field is left, and not when nothing changed', async () => {
  const { stored, answers, store, told } = disk()
  const draft = Draft.of('甲', store)
  told.draft = draft
  draft.leave()
  expect(answers).toHaveLength(0)
  draft.type('乙')
  draft.leave()
  answers[0]!.done()
  await settle()
  expect(stored).toEqual(['乙'])
})

it('saves again what was typed during a save', async () => {
  const { stored, answers, store, told } = disk()
  const draft = Draft.of('', store)
  told.draft = draft
  draft.type('一')
  void draft.flush()
  draft.type('一二')
  answers[0]!.done()
  await settle()
  expect(draft.unsaved).toBe(true)
  answers[1]!.done()
  await settle()
  expect(stored).toEqual(['一', '一二'])
  expect(draft.state).toBe('saved')
})

it('keeps the text of a failed save and tries again', async () => {
  const { stored, answers, store, told } = disk()
  const draft = Draft.of('', store)
  told.draft = draft
  draft.type('李四')
  draft.leave()
  answers[0]!.fail()
  await settle()
  expect(draft.state).toBe('failed')
  draft.offer('')
  expect(draft.text).toBe('李四')
  await vi.advanceTimersByTimeAsync(2000)
  answers[1]!.done()
  await settle()
  expect(stored).toEqual(['李四'])
  expect(draft.state).toBe('saved')
})

it('takes what the station made of the text only when nobody is typing', async () => {
  const { answers, store } = disk()
  const draft = Draft.of('', store)
  draft.enter()
  draft.type('１２')
  void draft.flush()
  answers[0]!.done()
  draft.offer('12')
  await settle()
  expect(draft.text).toBe('１２')
  draft.leave()
  await settle()
  expect(draft.text).toBe('12')
})

it('lets an error stand in a field that is entered, until its text changes', async () => {
  const { answers, store, told } = disk()
  const draft = Draft.of('9', store)
  told.draft = draft
  draft.enter()
  expect(draft.quiet).toBe(false)
  draft.type('99')
  void draft.flush()
  answers[0]!.done()
  await settle()
  expect(draft.state).toBe('saved')
  expect(draft.quiet).toBe(true)
  draft.leave()
  await settle()
  expect(draft.quiet).toBe(false)
})

it('knows that it was entered again before the press that left it was over', async () => {
  const draft = Draft.of('', disk().store)
  draft.enter()
  draft.leave()
  draft.enter()
  await settle()
  expect(draft.focused).toBe(true)
  expect(draft.touched).toBe(true)
})
