import { keys } from '@kit/words'
import { expect, test } from 'vitest'
import { en } from './en'
import { zh } from './zh'

test('both languages have the same words', () => {
  expect(keys(en).sort()).toEqual(keys(zh).sort())
})

test('no word is empty', () => {
  for (const words of [zh, en]) expect(JSON.stringify(words)).not.toMatch(/:\s*""/)
})

test('English has no Chinese', () => {
  expect(JSON.stringify(en)).not.toMatch(/[\u4e00-\u9fff]/)
})
