import { expect, test } from 'vitest'
import { fromFrame } from './messages'

test('what a frame says is read, and nothing but its words', () => {
  expect(fromFrame({ kind: 'ready', more: 1 })).toEqual({ kind: 'ready' })
  expect(fromFrame({ kind: 'opened', pages: 3 })).toEqual({ kind: 'opened', pages: 3 })
  for (const said of [null, 'ready', {}, { kind: 'open' }, { kind: 'opened' }, { kind: 'opened', pages: 0 }, { kind: 'opened', pages: '<b>' }])
    expect(fromFrame(said)).toBeNull()
})
