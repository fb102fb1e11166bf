import { expect, it } from 'vitest'
import { chainWords, isSafe } from './status'

const whole = { saved: 3, reached: 3, files: 2, verified: 2, reached_at: null }

it('says that all is delivered of what was handed in only', () => {
  expect(chainWords('received', whole)).toBe('已全部送达')
  expect(isSafe('received', whole)).toBe(true)
  expect(chainWords('draft', whole)).toBe('区中心有备份，还没有提交')
  expect(isSafe('draft', whole)).toBe(false)
})

it('says what is still on its way', () => {
  expect(chainWords('draft', { ...whole, reached: 2 })).toBe('只在本机')
  expect(chainWords('received', { ...whole, verified: 1 })).toBe('照片 1/2 已送达')
  expect(isSafe('received', { ...whole, verified: 1 })).toBe(false)
})
