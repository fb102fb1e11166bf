import { HostFailure } from '@contract/host'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Draft, type Held, PAUSE } from './draft'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** What is held, told as of `seen`. */
const held = (text: string, seen = '0', rivals = false): Held => ({ text, seen: [seen], rivals })

/** A disk that answers when told. */
function disk() {
  const stored: string[] = []
  /** What each save was made on. */
  const under: string[] = []
  /** Who hears what is stored now, as the screen does with every reply. */
  const told: { draft?: Draft } = {}
  const answers: { done: (rival?: string) => void; fail: (error?: Error) => void }[] = []
  const store = (text: string, seen: () => string[]) =>
    new Promise<string[]>((resolve, reject) => {
      under.push(seen().join())
      const count = String(under.length)
      const done = (rival?: string) => {
        stored.push(text)
        told.draft?.offer(rival === undefined ? held(text, count) : held(rival, `${count} with rivals`, true))
        resolve([count])
      }
      answers.push({ done, fail: (error = new Error('full')) => reject(error) })
    })
  return { stored, under, answers, store, told }
}
const settle = () => vi.advanceTimersByTimeAsync(0)

it('saves after a pause, and says so only when the disk answered', async () => {
  const { stored, answers, store, told } = disk()
  const draft = Draft.of(held(''), store)
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
  const draft = Draft.of(held('甲'), store)
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
  const draft = Draft.of(held(''), store)
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
  const draft = Draft.of(held(''), store)
  told.draft = draft
  draft.type('李四')
  draft.leave()
  answers[0]!.fail()
  await settle()
  expect(draft.state).toBe('failed')
  draft.offer(held(''))
  expect(draft.text).toBe('李四')
  await vi.advanceTimersByTimeAsync(2000)
  answers[1]!.done()
  await settle()
  expect(stored).toEqual(['李四'])
  expect(draft.state).toBe('saved')
})

it('takes what the station made of the text only when nobody is typing', async () => {
  const { answers, store } = disk()
  const draft = Draft.of(held(''), store)
  draft.enter()
  draft.type('１２')
  void draft.flush()
  answers[0]!.done()
  draft.offer(held('12'))
  await settle()
  expect(draft.text).toBe('１２')
  draft.leave()
  await settle()
  expect(draft.text).toBe('12')
})

it('lets an error stand in a field that is entered, until its text changes', async () => {
  const { answers, store, told } = disk()
  const draft = Draft.of(held('9'), store)
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
  const draft = Draft.of(held(''), disk().store)
  draft.enter()
  draft.leave()
  draft.enter()
  await settle()
  expect(draft.focused).toBe(true)
  expect(draft.touched).toBe(true)
})

it('goes on from what it wrote, and not from what came behind it while it is typed', async () => {
  const { answers, store, told, under } = disk()
  const draft = Draft.of(held(''), store)
  told.draft = draft
  draft.enter()
  // The field stands as it was: what else has come is seen. Then somebody fills it.
  draft.offer(held('', 'other fields'))
  draft.type('张')
  draft.offer(held('李', 'filled elsewhere'))
  void draft.flush()
  answers[0]!.done('李')
  await settle()
  draft.type('张三')
  void draft.flush()
  answers[1]!.done('李')
  await settle()
  draft.offer(held('李', 'read again', true))
  draft.type('张三丰')
  void draft.flush()
  answers[2]!.done('李')
  await settle()
  expect(under).toEqual(['other fields', '1', '2'])
  // Left, with both values before one's eyes: what is typed now is a choice.
  draft.leave()
  await settle()
  expect(draft.text).toBe('李')
  draft.choose('王')
  expect(under[3]).toBe('3 with rivals')
})

it('is typed over what there is when what it was typed over is no more', async () => {
  const { answers, store, told, under } = disk()
  const draft = Draft.of(held('', 'refused since'), store)
  told.draft = draft
  draft.enter()
  draft.type('张三')
  void draft.flush()
  draft.offer(held('张', 'now'))
  answers[0]!.fail(new HostFailure('unseen', 'no such'))
  await vi.advanceTimersByTimeAsync(2000)
  answers[1]!.done()
  await settle()
  expect(under).toEqual(['refused since', 'now'])
  expect(draft.state).toBe('saved')
})
