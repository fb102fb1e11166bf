/** What a clerk does at a station's screen, in words of the screen. */
import { expect, type Locator, type Page } from '@playwright/test'
import type { RunningStation } from './world'

export const widths = {
  laptop: { width: 1280, height: 800 },
  tablet: { width: 800, height: 1280 },
  phone: { width: 390, height: 844 },
} as const

/** An invented resident; the number's area is nobody's and its check digit is right. */
export const resident = { name: '田守福', id: '999999194203070017', phone: '13900000001' }

/** The ID number of `stem` (17 digits) with its check digit, GB 11643. */
export function idNumber(stem: string): string {
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
  const sum = weights.reduce((total, weight, i) => total + weight * Number(stem[i]), 0)
  return stem + '10X98765432'[sum % 11]
}

/** A photograph of `edge` × ¾ `edge` pixels, drawn by the browser itself: a real JPEG that no camera took. */
export async function photograph(page: Page, edge: number, words: string): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const base64 = await page.evaluate(
    async ([width, text]) => {
      const canvas = new OffscreenCanvas(Number(width), (Number(width) * 3) / 4)
      const pen = canvas.getContext('2d')!
      const light = pen.createLinearGradient(0, 0, canvas.width, canvas.height)
      light.addColorStop(0, '#f4efe2')
      light.addColorStop(1, '#c9bfa8')
      pen.fillStyle = light
      pen.fillRect(0, 0, canvas.width, canvas.height)
      pen.fillStyle = '#222'
      const size = canvas.width / 14
      pen.font = `${size}px "Noto Sans CJK SC", sans-serif`
      for (let line = 0; line < 7; line += 1) pen.fillText(`${text} ${line + 1}`, size, size * 1.4 * (line + 1))
      const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 })
      const bytes = new Uint8Array(await blob.arrayBuffer())
      let binary = ''
      for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
      return btoa(binary)
    },
    [String(edge), words] as const,
  )
  return { name: `${words}.jpg`, mimeType: 'image/jpeg', buffer: Buffer.from(base64, 'base64') }
}

export const question = (page: Page, name: string): Locator => page.locator(`[data-question="${name}"]`)

/** Types into a question and waits until the station has it on its disk. */
export async function fill(page: Page, name: string, value: string): Promise<void> {
  const field = question(page, name)
  await field.getByRole('textbox').fill(value)
  await field.getByRole('textbox').blur()
  await expect(field).toContainText('已保存')
}

export async function unlock(page: Page, station: RunningStation, person = 0): Promise<void> {
  const staff = station.place.staff[person]!
  await page.getByRole('button', { name: staff.name }).click()
  await page.getByLabel('PIN 码').fill(staff.pin)
  await page.getByRole('button', { name: '进入' }).click()
  await expect(page.getByRole('link', { name: '新收件' }).or(page.getByRole('button', { name: '新收件' }))).toBeVisible({ timeout: 60_000 })
}

/** Draws something like a name into the signature box. */
export async function draw(page: Page, box: Locator): Promise<void> {
  await box.scrollIntoViewIfNeeded()
  const area = await box.boundingBox()
  if (!area) throw new Error('no signature box')
  const strokes: [number, number][][] = [
    [[0.2, 0.3], [0.45, 0.3], [0.3, 0.7]],
    [[0.55, 0.25], [0.6, 0.75], [0.8, 0.5]],
  ]
  for (const stroke of strokes) {
    for (const [i, [x, y]] of stroke.entries()) {
      await page.mouse.move(area.x + area.width * x, area.y + area.height * y, { steps: i === 0 ? 1 : 6 })
      if (i === 0) await page.mouse.down()
    }
    await page.mouse.up()
  }
}
