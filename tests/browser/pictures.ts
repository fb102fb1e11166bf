/** Pictures for README.md, taken by the tests when DOORSTEP_PICTURES=1. */
import { mkdirSync } from 'node:fs'
import type { Page } from '@playwright/test'

/** Every screen of a run goes to `test-results/screens`; with DOORSTEP_PICTURES the named ones go to `docs/pictures`. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.DOORSTEP_PICTURES ? 'docs/pictures' : 'test-results/screens'
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: `${folder}/${name}.png` })
}
