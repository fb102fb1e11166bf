import { expect, test } from 'vitest'
import { zh } from '../words/zh'
import { checkCorrection, checkDecision, checkNotAccept } from './check'
import { anythingTyped, draftsOf, drop, dropAll, tick, ticked } from './drafts'

const today = '2026-02-14'

test('a refusal needs reason and remedies', () => {
  expect(Object.keys(checkNotAccept(zh, { reason: ' ', remedies: '' }))).toEqual(['reason', 'remedies'])
  expect(checkNotAccept(zh, { reason: '不在服务区域', remedies: '可申请行政复议' })).toEqual({})
})

test('a correction names something, says what is wrong, and has a day to come', () => {
  const { correction } = draftsOf('one')
  expect(Object.keys(checkCorrection(zh, correction, today)).sort()).toEqual(['due', 'points'])
  tick(correction.fields, 'birth', true)
  for (const wrong of ['2026-02-13', '2026-02-30', '明天']) {
    correction.due = wrong
    expect(Object.keys(checkCorrection(zh, correction, today)).sort()).toEqual(['due', 'field.birth'])
  }
  correction.due = '20260220'
  correction.fields.birth = { ticked: true, words: '与身份证不一致' }
  expect(checkCorrection(zh, correction, today)).toEqual({})
})

test('a decision is granted with a number or a file, or refused with reason and remedies', () => {
  const { decision } = draftsOf('two')
  expect(Object.keys(checkDecision(zh, decision))).toEqual(['outcome'])
  decision.outcome = 'granted'
  expect(Object.keys(checkDecision(zh, decision))).toEqual(['number'])
  decision.number = 'A-1'
  expect(checkDecision(zh, decision)).toEqual({})
  decision.outcome = 'refused'
  expect(Object.keys(checkDecision(zh, decision))).toEqual(['reason', 'remedies'])
})

test('typed words outlive the page and an untick', () => {
  dropAll()
  expect(anythingTyped()).toBe(false)
  const { correction } = draftsOf('three')
  correction.fields.name = { ticked: true, words: '写错了' }
  tick(correction.fields, 'name', false)
  expect(ticked(correction.fields)).toEqual([])
  tick(draftsOf('three').correction.fields, 'name', true)
  expect(ticked(correction.fields)).toEqual([{ name: 'name', words: '写错了' }])
  expect(anythingTyped()).toBe(true)
  drop('three', 'correction')
  expect(anythingTyped()).toBe(false)
})
