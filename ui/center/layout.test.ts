import { expect, test } from 'vitest'
import { layoutFor } from './layout'

const screens: [number, number][] = [[1280, 800], [800, 1280], [390, 844]]
const at = (text: number) => screens.map(([width, height]) => layoutFor(width / text, height / text))

test('each screen has its own layout, and larger text a simpler one', () => {
  expect(at(20)).toEqual(['beside', 'stacked', 'tabs'])
  expect(at(24)).toEqual(['beside', 'stacked', 'tabs'])
  expect(at(30)).toEqual(['beside', 'tabs', 'tabs'])
})
