/** The program behind an open page stops, starts again, and is reached by its printed address. */
import { expect, test } from '@playwright/test'
import { accessible } from './access'
import { unlock, widths } from './clerk'
import { World } from './world'

let world: World
test.beforeAll(async () => {
  world = await World.open()
})
test.afterAll(async () => {
  await world?.close()
})

test('a station that is gone is said once, and its printed address opens a page that is open already', async ({ page }) => {
  const station = await world.station(0, 'laptop')
  await page.setViewportSize(widths.laptop)
  await page.goto(station.address)
  await unlock(page, station)
  const strip = page.locator('[data-test=strip]')
  await expect(strip).toContainText('已联网')

  await station.program.kill()
  await expect(strip).toHaveText('程序没有回应')
  await page.getByRole('button', { name: '新收件' }).click()
  await page.getByLabel('找事项').fill('glj')
  await expect(page.getByRole('alert')).toHaveCount(1)
  await accessible(page, 'the program is gone')
  await station.program.resume()
  await expect(page.getByRole('alert')).toHaveCount(0)

  await page.evaluate(() => sessionStorage.clear())
  await page.reload()
  await expect(page.getByText('把程序启动时显示的完整地址贴到地址栏里')).toBeVisible()
  await page.goto(station.address)
  await unlock(page, station)
})
