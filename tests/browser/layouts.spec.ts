/** Every main screen at three sizes of glass and in 特大: nothing runs off the side, and each passes the accessibility check. */
import { expect, type Page, test } from '@playwright/test'
import { accessible } from './access'
import { photograph, widths } from './clerk'
import { picture } from './pictures'
import { type RunningStation, World } from './world'

interface View {
  id: string
  materials: { asked: { code: string } }[]
}

let world: World
let station: RunningStation
let id: string
test.beforeAll(async () => {
  world = await World.open()
  station = await world.station(0, 'laptop')
  const staff = station.place.staff[0]!
  await station.call('unlock', { staff: staff.number, pin: staff.pin })
  await station.call('sync_now', {})
  const view = await station.call<View>('begin', { matter: 'YX-MZ-001' })
  id = view.id
  await station.call('presence_set', { id, name: 'who', value: 'relative' })
  for (const [name, value] of Object.entries({ name: '范桂香', id_number: '999999193805120023', phone: '13900000021' }))
    await station.call('answer_set', { id, name, value, note: '' })
})
test.afterAll(async () => {
  await world?.close()
})

async function fits(page: Page, where: string): Promise<void> {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  expect(over, `${where} runs off the side`).toBeLessThanOrEqual(0)
}

for (const [glass, size] of Object.entries(widths)) {
  test(`the station on a ${glass}`, async ({ page }) => {
    await page.setViewportSize(size)
    await page.goto(station.address)
    const screens = {
      desk: '/',
      picker: '/new',
      notice: '/new/YX-MZ-001',
      who: `/application/${id}/take/who`,
      form: `/application/${id}/take/form`,
      materials: `/application/${id}/take/materials`,
      sign: `/application/${id}/take/sign`,
      application: `/application/${id}`,
      sync: '/sync',
      'day-end': '/day-end',
    }
    for (const [name, path] of Object.entries(screens)) {
      await page.goto(`${station.program.url}/#${path}`)
      await expect(page.getByRole('heading').first()).toBeVisible()
      if (name === 'materials' && glass === 'phone') {
        const card = page.getByRole('region', { name: '居民身份证' })
        await card.locator('input[type=file]').setInputFiles(await photograph(page, 800, '身份证'))
        await expect(card.locator('li img').first()).toBeVisible()
      }
      await picture(page, `${glass}-${name}`)
      await accessible(page, `${name} on a ${glass}`)
      await page.locator('html').evaluate((element) => element.setAttribute('data-size', 'largest'))
      await fits(page, `${name} on a ${glass}, 特大`)
      await picture(page, `${glass}-${name}-largest`)
      await page.locator('html').evaluate((element) => element.setAttribute('data-size', 'standard'))
      await fits(page, `${name} on a ${glass}`)
    }
  })
}
