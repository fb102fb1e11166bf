import { expect, it } from 'vitest'
import { idGroups } from './idNumber'

it('groups a number while it is typed', () => {
  expect(idGroups('')).toBe('')
  expect(idGroups('999999')).toBe('999999')
  expect(idGroups('99999919420')).toBe('999999 19420')
  expect(idGroups('999999194203070')).toBe('999999 19420307 0')
  expect(idGroups('99999919420307001X')).toBe('999999 19420307 001X')
})

it('groups a number of the first generation', () => {
  expect(idGroups('999999420307001')).toBe('999999 420307 001')
})
