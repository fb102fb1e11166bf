/** Two people edit the same application apart: what differs merges, what clashes is shown, both values, until one chooses. */
import { expect, test } from '@playwright/test'
import { accessible } from './access'
import { fill, question, widths } from './clerk'
import { picture } from './pictures'
import { World } from './world'

interface View {
  id: string
}
interface List {
  rows: View[]
}

test('both values of one field are shown with who and when, and a person chooses', async ({ browser }) => {
  const world = await World.open()
  try {
    const [first, second] = [await world.station(0, 'laptop'), await world.station(0, 'tablet')]
    const people = first.place.staff
    await first.call('unlock', { staff: people[0]!.number, pin: people[0]!.pin })
    await second.call('unlock', { staff: people[1]!.number, pin: people[1]!.pin })
    await first.call('sync_now', {})
    await second.call('sync_now', {})

    // One application, known on both devices.
    const { id } = await first.call<View>('begin', { matter: 'YX-MZ-001' })
    await first.call('answer_set', { id, name: 'name', value: '贺长青', note: '' })
    await expect
      .poll(async () => {
        await first.call('sync_now', {})
        await second.call('sync_now', {})
        return (await second.call<List>('applications', { query: '', status: [], limit: 10, offset: 0 })).rows.map((row) => row.id)
      })
      .toEqual([id])

    // The line goes down; each writes: one field in common, one of their own.
    await world.center.kill()
    const open = async (station: typeof first, size: { width: number; height: number }) => {
      const page = await (await browser.newContext({ viewport: size, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })).newPage()
      await page.goto(station.address)
      await expect(page.getByRole('heading', { name: '办件' })).toBeVisible()
      await page.goto(`${station.program.url}/#/application/${id}/take/form`)
      await expect(question(page, 'name')).toBeVisible()
      return page
    }
    const left = await open(first, widths.laptop)
    const right = await open(second, widths.tablet)
    await fill(left, 'name', '贺长庆')
    await fill(left, 'phone', '13900000011')
    await fill(right, 'name', '贺常青')
    await fill(right, 'household_address', '2组8号')

    // The line is back: nothing is hidden.
    await world.center.resume()
    await left.goto(`${first.program.url}/#/application/${id}`)
    const clash = left.getByRole('region', { name: '姓名' })
    await expect(async () => {
      await second.call('sync_now', {})
      await first.call('sync_now', {})
      await expect(clash).toBeVisible({ timeout: 2_000 })
    }).toPass({ timeout: 60_000 })
    await expect(clash).toContainText('贺长庆')
    await expect(clash).toContainText('贺常青')
    await expect(clash).toContainText(people[0]!.name)
    await expect(clash).toContainText(people[1]!.name)
    await expect(left.getByText('13900000011')).toBeVisible()
    await expect(left.getByText('2组8号')).toBeVisible()
    await accessible(left, 'application with rival values')
    await picture(left, 'two-people')

    // A choice settles it on both devices.
    await clash.getByRole('button', { name: /贺常青/ }).click()
    await expect(clash).toBeHidden()
    await right.goto(`${second.program.url}/#/application/${id}`)
    await expect(async () => {
      await first.call('sync_now', {})
      await second.call('sync_now', {})
      await expect(right.getByRole('region', { name: '姓名' })).toBeHidden({ timeout: 2_000 })
      await expect(right.getByText('贺常青').first()).toBeVisible({ timeout: 2_000 })
    }).toPass({ timeout: 60_000 })
  } finally {
    await world.close()
  }
})

test('two windows of one station overwrite nothing that the other has not shown', async ({ browser }) => {
  const world = await World.open()
  try {
    const station = await world.station(0, 'laptop')
    const person = station.place.staff[0]!
    await station.call('unlock', { staff: person.number, pin: person.pin })
    await station.call('sync_now', {})
    const { id } = await station.call<View>('begin', { matter: 'YX-MZ-001' })
    const context = await browser.newContext({ viewport: widths.laptop, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })
    const window = async () => {
      const page = await context.newPage()
      await page.goto(station.address)
      await expect(page.getByRole('heading', { name: '办件' })).toBeVisible()
      await page.goto(`${station.program.url}/#/application/${id}/take/form`)
      await expect(question(page, 'name')).toBeVisible()
      return page
    }
    const [left, right] = [await window(), await window()]
    await fill(right, 'name', '贺长青')
    await fill(right, 'phone', '13900000011')

    // The left one still shows both fields empty; what is typed there quickly, field after field, is no rival of itself.
    await question(left, 'name').getByRole('textbox').fill('贺长庆')
    await question(left, 'household_address').getByRole('textbox').fill('2组8号')
    await fill(left, 'bank_account', '6222000000000000')
    const clash = left.getByRole('region', { name: '姓名' })
    await expect(clash).toContainText('贺长庆')
    await expect(clash).toContainText('贺长青')
    await expect(clash).toContainText(person.name)
    await expect(left.locator('.conflict')).toHaveCount(1)
    await expect(question(left, 'phone').getByRole('textbox')).toHaveValue('13900000011')
    await accessible(left, 'form with rival values')
    await picture(left, 'two-windows')

    // The program is killed and comes back: the open window goes on from what it wrote.
    await station.program.kill()
    await station.program.resume()
    await station.call('unlock', { staff: person.number, pin: person.pin })
    await expect(left.locator('[data-test=strip]')).not.toContainText('程序没有回应', { timeout: 10_000 })
    await fill(left, 'household_address', '2组9号')
    await expect(left.locator('.conflict')).toHaveCount(1)
    await clash.getByRole('button', { name: /贺长青/ }).click()
    await expect(clash).toBeHidden()
    await expect(question(left, 'name').getByRole('textbox')).toHaveValue('贺长青')
  } finally {
    await world.close()
  }
})
