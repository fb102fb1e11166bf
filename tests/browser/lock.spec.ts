/** One device, several people: it locks itself, nobody's half-typed field is lost or taken over, and PINs are wrong, locked and changed. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { accessible } from './access'
import { question, unlock, widths } from './clerk'
import { type RunningStation, World } from './world'

/** A PIN takes a core for seconds on purpose, and longer on a machine that has much to do. */
test.use({ actionTimeout: 60_000 })
test.setTimeout(600_000)
const patient = expect.configure({ timeout: 60_000 })

let world: World
test.beforeAll(async () => {
  world = await World.open()
})
test.afterAll(async () => {
  await world?.close()
})

const choosing = (page: Page) => page.getByRole('heading', { name: '请选择您的姓名' })

/** Whoever is `person` unlocks; unlike at the beginning of a day the page may lead anywhere. */
async function comeBack(page: Page, station: RunningStation, person: number, pin = station.place.staff[person]!.pin): Promise<void> {
  await page.getByRole('button', { name: station.place.staff[person]!.name }).click()
  await page.getByLabel('PIN 码').fill(pin)
  await page.getByRole('button', { name: '进入' }).click()
}

/** Opens the form of a new application. */
async function form(page: Page, station: RunningStation): Promise<string> {
  const { id } = await station.call<{ id: string }>('begin', { matter: 'YX-MZ-001' })
  await page.evaluate((there) => (window.location.hash = there), `#/application/${id}/take/form`)
  await patient(question(page, 'name')).toBeVisible()
  return id
}

async function opened(page: Page, name: string, place = 0): Promise<RunningStation> {
  const station = await world.station(place, name)
  await page.setViewportSize(widths.laptop)
  await page.clock.install()
  await page.goto(station.address)
  await unlock(page, station)
  await patient.poll(async () => (await station.call<{ catalogue: number }>('matters', { query: '', tag: '' })).catalogue).toBeGreaterThan(0)
  return station
}

const nameOf = async (station: RunningStation, id: string) =>
  (await station.call<{ form: { questions: { name: string; value: string }[] } }>('application', { id })).form.questions.find(({ name }) => name === 'name')?.value

test('a device that nobody touches locks itself, and everybody comes back to where they were', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const station = await opened(page, 'idle')
  const id = await form(page, station)
  const field = question(page, 'name').getByRole('textbox')
  await field.pressSequentially('田守福')
  await field.selectText()
  await page.keyboard.press('Control+C')
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('田守福')
  await field.press('End')
  await field.pressSequentially('山')

  await page.clock.fastForward('04:30')
  await patient(field).toBeVisible()
  await page.clock.fastForward('00:31')
  await patient(choosing(page)).toBeVisible()
  expect(await page.content()).not.toContain('田守')
  expect(await page.title()).toBe('到家办')
  await patient.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('')
  await accessible(page, 'locked by itself')
  await page.goBack()
  await patient(choosing(page)).toBeVisible()
  await patient(question(page, 'name')).toHaveCount(0)
  await patient(station.call('application', { id })).rejects.toThrow('locked_device')

  // Somebody else comes, at their own first page; what the first typed is saved.
  await comeBack(page, station, 1)
  await patient(page.getByRole('heading', { name: '办件' })).toBeVisible()
  expect(await nameOf(station, id)).toBe('田守福山')
  await page.getByRole('button', { name: '换人' }).click()
  await patient(choosing(page)).toBeVisible()
  await comeBack(page, station, 0)
  await patient(field).toHaveValue('田守福山')
  await patient(page).toHaveURL(new RegExp(`${id}/take/form$`))

  // How long that takes is set at the device.
  await page.getByRole('button', { name: '更多', exact: true }).click()
  await page.getByText('1 分钟', { exact: true }).click()
  await accessible(page, 'more')
  await page.clock.fastForward('01:01')
  await patient(choosing(page)).toBeVisible()
})

test('what could not be saved waits, sealed, for the one who typed it', async ({ page }) => {
  const station = await opened(page, 'sealed')
  const id = await form(page, station)
  await station.program.kill()
  await question(page, 'name').getByRole('textbox').pressSequentially('柳青禾')
  await patient(page.getByText('没有存上')).not.toHaveCount(0)
  await page.clock.fastForward('05:01')
  await patient(question(page, 'name')).toHaveCount(0)
  expect(await page.content()).not.toContain('柳青')
  await station.program.resume()
  await patient(choosing(page)).toBeVisible()

  await comeBack(page, station, 1)
  await patient(page.getByRole('heading', { name: '办件' })).toBeVisible()
  await page.evaluate((there) => (window.location.hash = there), `#/application/${id}/take/form`)
  await patient(question(page, 'name').getByRole('textbox')).toHaveValue('')
  await page.getByRole('button', { name: '换人' }).click()

  await page.getByRole('button', { name: station.place.staff[0]!.name }).click()
  await patient(page.getByText('您有 1 处内容还没有存上')).toBeVisible()
  await accessible(page, 'PIN, something waits')
  await page.getByLabel('PIN 码').fill(station.place.staff[0]!.pin)
  await page.getByRole('button', { name: '进入' }).click()
  await patient(question(page, 'name').getByRole('textbox')).toHaveValue('柳青禾')
  await patient.poll(() => nameOf(station, id)).toBe('柳青禾')
})

test('too many wrong PINs: a wait, then a colleague', async ({ page }) => {
  const station = await opened(page, 'wrong')
  const [first, second] = station.place.staff as [{ number: string; name: string; pin: string }, { name: string; pin: string }]
  await page.getByRole('button', { name: '锁定' }).click()
  await page.getByRole('button', { name: first.name }).click()
  for (let tries = 0; tries < 4; tries += 1) {
    await page.getByLabel('PIN 码').fill('000000')
    await Promise.all([page.waitForResponse('**/rpc/unlock'), page.getByRole('button', { name: '进入' }).click()])
    await patient(page.getByText('PIN 码不对')).toBeVisible()
  }
  await patient(page.getByText('输错次数多了')).toBeVisible()
  await accessible(page, 'wait')
  // Nobody else waits for it.
  await page.getByRole('button', { name: '换一个人' }).click()
  await page.getByRole('button', { name: second.name }).click()
  await patient(page.getByText('输错次数多了')).toHaveCount(0)

  // As after six tries more, which take an hour and a half.
  await station.program.kill()
  const keys = join(world.folder, 'wrong', 'keys.json')
  const document = JSON.parse(readFileSync(keys, 'utf8')) as { slots: { number: string; failures: number }[] }
  for (const slot of document.slots) if (slot.number === first.number) slot.failures = 10
  writeFileSync(keys, JSON.stringify(document))
  await station.program.resume()
  // From elsewhere: the page that lost its station may load itself anew, and two loadings at once end one of them.
  await page.goto('about:blank')
  await page.goto(station.address)
  await patient(page.getByText('已锁住，请同事帮忙解开')).toBeVisible()
  await page.getByRole('button', { name: first.name }).click()
  await patient(page.getByRole('heading', { name: `${first.name} 的 PIN 码已锁住` })).toBeVisible()
  await accessible(page, 'locked PIN')
  await page.getByRole('button', { name: '换一个人' }).click()
  await comeBack(page, station, 1)
  await patient(page.getByText(`${first.name} 的 PIN 码输错太多次`)).toBeVisible()
  await accessible(page, 'a colleague is locked out')
  await page.getByRole('button', { name: '允许再试' }).click()
  await patient(page.getByRole('button', { name: '允许再试' })).toHaveCount(0)
  await page.getByRole('button', { name: '锁定' }).click()
  await comeBack(page, station, 0)
  await patient(page.getByRole('heading', { name: '办件' })).toBeVisible()
})

test('a PIN is changed at the device, without a network', async ({ page }) => {
  // The first station has no one-time code left by now.
  const station = await opened(page, 'change', 1)
  const { pin } = station.place.staff[0]!
  await world.center.kill()
  await page.getByRole('button', { name: '更多', exact: true }).click()
  await page.getByRole('button', { name: '修改 PIN 码' }).click()
  const dialog = page.getByRole('dialog', { name: '修改 PIN 码' })
  await patient(dialog.getByText('只在这台设备上用')).toBeVisible()
  const change = async (now: string, wanted: string, again: string) => {
    await dialog.getByLabel('现在的 PIN 码').fill(now)
    await dialog.getByLabel('新的 PIN 码', { exact: true }).fill(wanted)
    await dialog.getByLabel('再输一遍新的 PIN 码').fill(again)
    await dialog.getByRole('button', { name: '修改' }).click()
  }
  await change('', '12', '13')
  await patient(dialog.getByText('请输入 6 到 12 位数字')).toBeVisible()
  await patient(dialog.getByText('两次输入的不一样')).toBeVisible()
  await accessible(page, 'change of PIN, wrong')
  await change(pin, '123456', '123456')
  await patient(dialog.getByText('这个 PIN 码太容易被猜到')).toBeVisible()
  await change('000000', '739164', '739164')
  await patient(dialog.getByText('PIN 码不对')).toBeVisible()
  await change(pin, '739164', '739164')
  await patient(dialog.getByText('PIN 码已修改')).toBeVisible()
  await accessible(page, 'PIN changed')
  await dialog.getByRole('button', { name: '完成' }).click()
  await page.getByRole('dialog', { name: '更多' }).getByRole('button', { name: '锁定' }).click()
  await comeBack(page, station, 0)
  await patient(page.getByText('PIN 码不对')).toBeVisible()
  await page.getByLabel('PIN 码').fill('739164')
  await page.getByRole('button', { name: '进入' }).click()
  await patient(page.getByRole('heading', { name: '办件' })).toBeVisible()
  await world.center.resume()
})
