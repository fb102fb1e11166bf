/** The main job, end to end: taken with no network, decided at the center, back at the station. */
import { expect, test } from '@playwright/test'
import { accessible } from './access'
import { draw, fill, idNumber, photograph, question, resident, unlock, widths } from './clerk'
import { picture } from './pictures'
import { type RunningStation, World } from './world'

let world: World
let station: RunningStation

test.describe.configure({ mode: 'serial' })
test.beforeAll(async () => {
  world = await World.open()
  station = await world.station(0, 'laptop', false)
})
test.afterAll(async () => {
  await world?.close()
})

test('a device is enrolled, an application is taken with the center gone, and it comes back decided', async ({ page }) => {
  test.setTimeout(300_000)
  await page.setViewportSize(widths.laptop)

  // The device joins its station.
  await page.goto(station.address)
  await expect(page.getByRole('heading', { name: '启用这台设备' })).toBeVisible()
  await accessible(page, 'enrol')
  await page.getByLabel('区中心地址').fill(world.center.url)
  await page.getByLabel('启用码').fill('AAAA-AAAA-AAAA')
  await page.getByRole('button', { name: '启用设备' }).click()
  await expect(page.getByText('启用码不对')).toBeVisible()
  await page.getByLabel('启用码').fill(world.code(0).toLowerCase())
  await page.getByRole('button', { name: '启用设备' }).click()

  // A wrong PIN is told, the right one opens.
  await expect(page.getByRole('heading', { name: '请选择您的姓名' })).toBeVisible()
  await accessible(page, 'who are you')
  await page.getByRole('button', { name: station.place.staff[0]!.name }).click()
  await accessible(page, 'PIN')
  await page.getByLabel('PIN 码').fill('000000')
  await page.getByRole('button', { name: '进入' }).click()
  await expect(page.getByText('PIN 码不对')).toBeVisible()
  await page.getByLabel('PIN 码').fill(station.place.staff[0]!.pin)
  await page.getByRole('button', { name: '进入' }).click()

  // The catalogue arrives by itself; then the network is gone.
  await expect(page.getByText('还没有办件', { exact: true })).toBeVisible()
  await accessible(page, 'desk, empty')
  await expect.poll(async () => (await station.call<{ catalogue: number }>('matters', { query: '', tag: '' })).catalogue).toBeGreaterThan(0)
  await world.center.kill()

  await page.getByRole('button', { name: '新受理' }).or(page.getByRole('link', { name: '新受理' })).click()
  await page.getByLabel('找事项').fill('glj')
  await accessible(page, 'picker')
  await page.getByRole('link', { name: /高龄津贴/ }).or(page.getByRole('button', { name: /高龄津贴/ })).first().click()
  await expect(page.getByRole('heading', { name: '要准备的材料' })).toBeVisible()
  await accessible(page, 'requirements notice')
  await page.getByRole('button', { name: '开始受理' }).click()

  // Who is here.
  await expect(page.getByRole('heading', { name: '今天谁来办？' })).toBeVisible()
  await page.getByRole('radio', { name: '家属代办' }).check()
  await accessible(page, 'who')
  await page.getByRole('radio', { name: '申请人本人' }).check()
  await page.getByRole('button', { name: '下一步' }).click()

  // The form: errors in words at the field, computed answers, skip logic.
  await expect(question(page, 'name')).toBeVisible()
  await accessible(page, 'form, empty')
  await fill(page, 'name', resident.name)
  await fill(page, 'id_number', '999999194203070010')
  await expect(question(page, 'id_number').getByRole('alert').or(question(page, 'id_number').locator('[class*=error]')).first()).toBeVisible()
  await accessible(page, 'form, with an error')
  await fill(page, 'id_number', idNumber('99999919420307001'))
  await fill(page, 'phone', resident.phone)
  await picture(page, 'station-form')
})
