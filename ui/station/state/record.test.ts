import type { ApplicationView } from '@contract/station'
import { beforeEach, expect, it, vi } from 'vitest'
import { ApplicationRecord } from './record'

/** What was asked, and how it is answered. */
const asked: { command: string; args: { seen?: string[]; name?: string; value?: string }; answer: (view: object) => void }[] = []
vi.mock('@contract/host', async (actual) => ({
  ...(await actual<object>()),
  call: (command: string, args: object) => {
    if (command === 'strip') return Promise.reject(new Error('not here'))
    return new Promise((answer) => void asked.push({ command, args, answer }))
  },
}))
beforeEach(() => void asked.splice(0))

/** A view of answers that stands for `shows`. */
const view = (shows: string, answers: Record<string, string>, written: string[] = []): object => ({
  shows: [shows],
  written,
  form: { questions: Object.entries(answers).map(([name, value]) => ({ name, value })) },
  presence: {},
  offers: [],
  conflicts: [],
}) satisfies Partial<Record<keyof ApplicationView, unknown>>
const settle = () => new Promise((done) => setTimeout(done))

async function opened(): Promise<ApplicationRecord> {
  const record = new ApplicationRecord('a')
  void record.read()
  await settle()
  asked[0]!.answer(view('opened', { name: '', phone: '' }))
  await settle()
  return record
}

it('sends what is typed quickly one after the other, each made on the answer to the one before', async () => {
  const record = await opened()
  record.answer('name').choose('张三')
  record.answer('phone').choose('1')
  await settle()
  expect(asked.slice(1).map(({ args }) => [args.name, args.seen])).toEqual([['name', ['opened']]])
  asked[1]!.answer(view('one', { name: '张三', phone: '' }, ['one']))
  await settle()
  expect(asked.slice(2).map(({ args }) => [args.name, args.seen])).toEqual([['phone', ['one']]])
})

it('makes an edit on what its field stood over, not on what an answer to another brought', async () => {
  const record = await opened()
  record.answer('name').choose('张三')
  record.answer('phone').choose('1')
  await settle()
  // Somebody else filled in the telephone meanwhile.
  asked[1]!.answer(view('one and theirs', { name: '张三', phone: '2' }, ['one']))
  await settle()
  expect(asked[2]!.args).toMatchObject({ name: 'phone', value: '1', seen: ['opened'] })
})
