import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Uploads } from './uploads'

/** The host refuses what is no picture, and takes all else. */
vi.mock('@contract/host', () => ({
  call: async (command: string, _args: unknown, bytes?: Blob) => {
    if (command === 'page_add' && (await bytes?.text()) === 'pdf') throw Object.assign(new Error(), { code: 'picture_pdf' })
    return {}
  },
}))
vi.mock('./failure', () => ({ codeOf: (error: { code: string }) => error.code }))
vi.mock('./session', () => ({ look: async () => {} }))
beforeEach(() => void vi.stubGlobal('createImageBitmap', () => Promise.reject(new Error('no browser here'))))
afterEach(() => void vi.unstubAllGlobals())

it('a wrong file is said loudly until the person goes on, then quietly, and stays until it is taken out', async () => {
  const uploads = new Uploads('one', () => [], async () => {})
  uploads.add('card', [new Blob(['pdf'])])
  await vi.waitFor(() => expect(uploads.list.map((one) => [one.code, one.past])).toEqual([['picture_pdf', false]]))
  // Another paper says nothing about this one.
  uploads.add('register', [new Blob(['jpg'])])
  await vi.waitFor(() => expect(uploads.list.map((one) => [one.code, one.past])).toEqual([['picture_pdf', false]]))
  uploads.add('card', [new Blob(['jpg'])])
  await vi.waitFor(() => expect(uploads.list.map((one) => [one.code, one.past])).toEqual([['picture_pdf', true]]))
  uploads.discard(uploads.list[0]!)
  expect(uploads.list).toEqual([])
})
