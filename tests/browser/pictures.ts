/** Pictures of screens: all of them for whoever runs the tests, and those of README.md when DOORSTEP_PICTURES=1. */
import { mkdirSync } from 'node:fs'
import type { Page } from '@playwright/test'

const readme = new Set(['form-filled', 'phone-materials', 'center-case', 'catalogue-faults', 'catalogue-preview', 'catalogue-station'])

export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.DOORSTEP_PICTURES && readme.has(name) ? 'docs/pictures' : 'test-results/screens'
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: `${folder}/${name}.png` })
}
