/** An accessibility check, contrast included, that a test calls on every page and dialog in all three sizes. */
import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

export const sizes = ['standard', 'large', 'largest'] as const

/** The rules that the size of letters can break; names, roles and headings are the same in every size. */
const ofSize = ['color-contrast', 'target-size', 'scrollable-region-focusable', 'avoid-inline-spacing', 'css-orientation-lock']

/** Fails with a line for each violation. `where` names the page in the message. */
export async function accessible(page: Page, where: string): Promise<void> {
  const html = page.locator('html')
  const before = await html.getAttribute('data-size')
  const window = page.viewportSize()
  for (const size of sizes) {
    await html.evaluate((element, value) => element.setAttribute('data-size', value), size)
    // As tall as the page: what a bar that stays in place happens to cover now can be scrolled free.
    if (window) {
      const height = await page.evaluate(() => document.documentElement.scrollHeight)
      await page.setViewportSize({ width: window.width, height: Math.max(window.height, Math.min(height + 400, 8000)) })
    }
    // Colours fade in and out; a half-faded one is nobody's colour.
    await page.evaluate(() => Promise.all(document.getAnimations().map((a) => a.finished.catch(() => undefined))))
    // One document without frames: it needs no second page to put results together, which costs more than the check.
    const check = new AxeBuilder({ page }).setLegacyMode()
    const { violations } = await (size === 'standard'
      ? check.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
      : check.withRules(ofSize)
    ).analyze()
    const lines = violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')} — ${n.failureSummary ?? ''}`))
    expect.soft(lines, `${where}, ${size}`).toEqual([])
  }
  if (window) await page.setViewportSize(window)
  await html.evaluate((element, value) => {
    if (value === null) element.removeAttribute('data-size')
    else element.setAttribute('data-size', value)
  }, before)
}
