import { expect, it } from 'vitest'
import { type PartReport, together } from './bundle'

const report = (change: Partial<PartReport>): PartReport => ({
  bundle: 'a', parts: 2, seen: [1], items: 3, refused: 0, files_whole: 1, files_rest_count: 0, damaged: [], unread: [], stopped: '', ...change,
})

it('is complete when every part was seen by one of the reports', () => {
  expect(together([report({}), report({ seen: [2] })])).toMatchObject({ items: 6, files: 2, missing: [], complete: true })
})

it('names the parts that did not come and each kind of damage once', () => {
  const found = together([report({ damaged: [{ code: 'damaged' }, { code: 'damaged' }] })])
  expect(found).toMatchObject({ missing: [2], wrong: ['damaged'], complete: false })
})

it('does not call complete what is here in pieces or could not be opened', () => {
  expect(together([report({ parts: 1, files_rest_count: 1 })]).complete).toBe(false)
  const unread = report({ bundle: '', parts: 0, seen: [], items: 0, files_whole: 0, unread: [{ code: 'not_a_bundle' }] })
  expect(together([unread])).toMatchObject({ wrong: ['not_a_bundle'], complete: false })
})
