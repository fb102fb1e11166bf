/** Every way to the district, as people see it: what waits and why, the device nearby, the stick, and back. */
import { readFileSync } from 'node:fs'
import { expect, type Page, test } from '@playwright/test'
import { accessible } from './access'
import { photograph, unlock, widths } from './clerk'
import { signIn } from './desk'
import { picture } from './pictures'
import { type RunningStation, World } from './world'

interface View {
  id: string
  materials: { asked: { code: string } }[]
}

const name = '阮有田'
let world: World
test.beforeEach(async () => {
  world = await World.open()
})
test.afterEach(async () => {
  await world?.close()
})

/** Somebody begins an application there and photographs a page. */
async function take(station: RunningStation, page: Page, person = 0): Promise<string> {
  const staff = station.place.staff[person]!
  await station.call('unlock', { staff: staff.number, pin: staff.pin })
  const { id, materials } = await station.call<View>('begin', { matter: 'YX-MZ-001' })
  await station.call('answer_set', { id, name: 'name', value: name, note: '' })
  const { buffer } = await photograph(page, 3600, '身份证')
  await station.send('page_add', { id, material: materials[0]!.asked.code, replaces: null }, buffer)
  return id
}

/** Opens the page about sending by the buttons that a clerk sees. */
async function openSending(page: Page, station: RunningStation): Promise<void> {
  await page.goto(station.address)
  await page.locator('[data-test=strip]').click()
  await page.getByRole('button', { name: '上传情况和 U 盘' }).click()
  await expect(page.getByRole('heading', { name: '上传情况', level: 1 })).toBeVisible()
}

test('what waits, why and how much is told; pictures go as a person chooses; a report names nobody', async ({ page }) => {
  const station = await world.station(0, 'laptop')
  await page.goto(station.address)
  await unlock(page, station)
  await station.call('sync_now', {})
  await world.center.kill()
  await take(station, page)

  await openSending(page, station)
  const waiting = page.locator('[data-test=waiting]')
  await expect(waiting).toContainText('待上传')
  await expect(page.getByRole('heading', { name: '待上传的照片（1）' })).toBeVisible()
  await page.getByRole('button', { name: '立即上传' }).last().click()
  await expect(page.getByRole('cell', { name: '没连上' }).first()).toBeVisible()
  await page.getByText('省流量', { exact: true }).click()
  await expect(page.getByText('原图等您按“现在传原图”再走')).toBeVisible()
  for (const [device, size] of Object.entries(widths)) {
    await page.setViewportSize(size)
    await accessible(page, `sending, ${device}`)
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect(wide, `sending on a ${device} runs off the side`).toBeLessThanOrEqual(0)
    await picture(page, `sending-${device}`)
  }
  await page.setViewportSize(widths.laptop)

  const [report] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: '存一份情况说明' }).click()])
  const text = readFileSync(await report.path(), 'utf8')
  expect(text.length).toBeGreaterThan(100)
  for (const secret of [name, ...station.place.staff.map((staff) => staff.name)]) expect(text).not.toContain(secret)

  await world.center.resume()
  await page.getByRole('button', { name: '立即上传' }).last().click()
  await expect(page.getByText('小图已送到，原图还在路上')).toBeVisible()
  await page.getByRole('button', { name: '现在传原图' }).click()
  await expect(waiting).toContainText('都已送到区中心', { timeout: 60_000 })
  await expect(page.getByRole('cell', { name: '成功' }).first()).toBeVisible()
})

test('a device nearby takes everything along when the district cannot be reached', async ({ page }) => {
  const [laptop, tablet] = [await world.station(0, 'laptop', true, ['--neighbours']), await world.station(0, 'tablet', true, ['--neighbours'])]
  for (const [station, person] of [[laptop, 0], [tablet, 1]] as const) {
    const staff = station.place.staff[person]!
    await station.call('unlock', { staff: staff.number, pin: staff.pin })
    await station.call('sync_now', {})
  }
  // The laptop learns of the tablet, which joined later.
  await laptop.call('sync_now', {})
  await world.center.kill()
  const id = await take(tablet, page, 1)
  await laptop.call('neighbours_set', { enabled: true })
  await tablet.call('neighbours_set', { enabled: true })
  const { code } = await laptop.call<{ code: string | null }>('neighbours', {})
  if (code === null) throw new Error('the laptop cannot be reached')

  await page.setViewportSize(widths.tablet)
  await openSending(page, tablet)
  // Folded away where the laptop was found by itself.
  await page.locator('details', { hasText: '找不到对方的设备？' }).evaluate((details: HTMLDetailsElement) => (details.open = true))
  await page.getByLabel('填对方的连接码').fill(code)
  await page.getByRole('button', { name: '加上' }).click()
  await page.getByRole('button', { name: /现在互传/ }).first().click()
  await expect(page.getByText('对方也有了')).toBeVisible({ timeout: 60_000 })
  await accessible(page, 'neighbours, tablet')
  await picture(page, 'neighbours')
  await page.goto(`${tablet.program.url}/#/application/${id}`)
  await expect(page.getByText('已交给附近的“')).toBeVisible()
  await accessible(page, 'handed on, tablet')
  await picture(page, 'handed')

  // The laptop meets the network, the tablet never does.
  await tablet.program.kill()
  await world.center.resume()
  await expect
    .poll(async () => {
      await laptop.call('sync_now', {})
      return await laptop.call<{ carried_items: number }>('neighbours', {}).then((list) => list.carried_items)
    }, { timeout: 60_000 })
    .toBe(0)
})

test('a stick takes what waits to the district and brings its answer back', async ({ page, browser }) => {
  const station = await world.station(0, 'laptop')
  const staff = station.place.staff[0]!
  await station.call('unlock', { staff: staff.number, pin: staff.pin })
  await station.call('sync_now', {})
  // The center is there, and the station does not reach it: its way is the stick alone.
  await world.center.kill()
  await take(station, page)
  await openSending(page, station)
  const [out] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: '把待上传的存到 U 盘' }).click()])
  expect(out.suggestedFilename()).toMatch(/\.doorstep$/)
  await expect(page.getByText('都存好了')).toBeVisible()
  await accessible(page, 'stick, out')
  const stick = await out.path()
  expect(readFileSync(stick).includes(Buffer.from(name))).toBe(false)
  await station.program.kill()
  await world.center.resume()

  const desk = await (await browser.newContext({ viewport: widths.laptop, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })).newPage()
  await signIn(desk, world, 'administrator')
  await desk.getByRole('link', { name: '站点与设备' }).click()
  await desk.getByRole('button', { name: '从 U 盘接收' }).click()
  await desk.locator('input[type=file]').setInputFiles({ name: out.suggestedFilename(), mimeType: 'application/octet-stream', buffer: readFileSync(stick) })
  await expect(desk.getByText('都收进来了')).toBeVisible({ timeout: 30_000 })
  await desk.getByRole('button', { name: '做一份带回的 U 盘' }).click()
  const link = desk.getByRole('link', { name: /\.doorstep$/ }).first()
  await accessible(desk, 'stick at the district')
  await picture(desk, 'stick-center')
  const [back] = await Promise.all([desk.waitForEvent('download'), link.click()])
  const answer = readFileSync(await back.path())
  await world.center.kill()

  await station.program.resume()
  await page.goto(station.address)
  await unlock(page, station)
  await openSending(page, station)
  await page.locator('input[type=file]').setInputFiles({ name: back.suggestedFilename(), mimeType: 'application/octet-stream', buffer: answer })
  await expect(page.getByText('都取回来了')).toBeVisible({ timeout: 30_000 })
  await accessible(page, 'stick, back')
  await picture(page, 'stick-station')
  await expect(page.locator('[data-test=waiting]')).toContainText('都已送到区中心')
})
