/** Photographs of 12 megapixels: they appear, all arrive whole on the disk, and the test says how long the screen stood still. */
import { expect, test } from '@playwright/test'
import { photograph, widths } from './clerk'
import { World } from './world'

interface View {
  id: string
  materials: { record: { pages: { file: string; len: number }[] } }[]
}

test('three photographs of 12 megapixels', async ({ page }) => {
  const world = await World.open()
  try {
    const station = await world.station(0, 'tablet')
    const staff = station.place.staff[0]!
    await station.call('unlock', { staff: staff.number, pin: staff.pin })
    await station.call('sync_now', {})
    const { id } = await station.call<View>('begin', { matter: 'YX-MZ-001' })
    await page.setViewportSize(widths.tablet)
    await page.goto(station.address)
    await expect(page.getByRole('heading', { name: '办件' })).toBeVisible()
    await page.goto(`${station.program.url}/#/application/${id}/take/materials`)
    const card = page.getByRole('region', { name: '居民身份证' })
    await expect(card).toBeVisible()
    const pictures = []
    for (const name of ['一', '二', '三']) pictures.push(await photograph(page, 4000, name))

    // The gaps between frames, counted by the page itself.
    await page.evaluate(() => {
      const measured = window as unknown as { longest: number }
      measured.longest = 0
      let last = performance.now()
      const frame = (now: number) => {
        measured.longest = Math.max(measured.longest, now - last)
        last = now
        requestAnimationFrame(frame)
      }
      requestAnimationFrame(frame)
    })
    const begun = Date.now()
    await card.locator('input[type=file]').setInputFiles(pictures)
    await expect(card.locator('li img, li canvas').first()).toBeVisible()
    const first = Date.now() - begun
    await expect(card.getByRole('button', { name: '旋转' })).toHaveCount(3)
    const longest = await page.evaluate(() => (window as unknown as { longest: number }).longest)
    test.info().annotations.push({ type: 'figure', description: `first thumbnail ${first} ms, longest frame ${Math.round(longest)} ms` })
    process.stdout.write(`    three photographs of 12 MP: first thumbnail after ${first} ms, longest frame ${Math.round(longest)} ms\n`)

    const { materials } = await station.call<View>('application', { id })
    expect(materials.flatMap((material) => material.record.pages.map((one) => one.len))).toEqual(pictures.map((one) => one.buffer.length))
  } finally {
    await world.close()
  }
})
