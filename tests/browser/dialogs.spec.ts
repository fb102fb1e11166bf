/** Dialogs and pages the main job does not pass through, and the console on three glasses; each passes the accessibility check. */
import { expect, type Page, test } from '@playwright/test'
import { accessible } from './access'
import { idNumber, photograph, question, widths } from './clerk'
import { signIn } from './desk'
import { picture } from './pictures'
import { type RunningStation, World } from './world'

interface View {
  id: string
  missing: string[]
  materials: { asked: { code: string } }[]
}

let world: World
let station: RunningStation
test.beforeAll(async () => {
  world = await World.open()
  station = await world.station(0, 'laptop')
  const staff = station.place.staff[0]!
  await station.call('unlock', { staff: staff.number, pin: staff.pin })
  await station.call('sync_now', {})
})
test.afterAll(async () => {
  await world?.close()
})

const draft = async (): Promise<string> => {
  const { id } = await station.call<View>('begin', { matter: 'YX-MZ-001' })
  await station.call('answer_set', { id, name: 'name', value: '施远帆', note: '' })
  return id
}

/** An application with everything, handed in. */
async function received(page: Page): Promise<string> {
  const id = await draft()
  await station.call('presence_set', { id, name: 'who', value: 'applicant' })
  const answers = { id_number: idNumber('99999919410915002'), phone: '13900000031', household_village: '500199101201', household_address: '5组2号', bank_account: '6200000000000000000', declaration: 'yes' }
  let view = await station.call<View>('application', { id })
  for (const [name, value] of Object.entries(answers)) view = await station.call<View>('answer_set', { id, name, value, note: '' })
  const { buffer } = await photograph(page, 900, '材料')
  for (const { asked } of view.materials) {
    await station.send('page_add', { id, material: asked.code, replaces: null }, buffer)
    await station.call('material_set', { id, material: asked.code, evidence: 'B', deferred_until: null, declared: null })
  }
  const png = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(60, 20)
    canvas.getContext('2d')!.fillRect(5, 5, 40, 3)
    const blob = await canvas.convertToBlob({ type: 'image/png' })
    return [...new Uint8Array(await blob.arrayBuffer())]
  })
  view = await station.send<View>('sign', { id }, Buffer.from(png))
  expect(view.missing).toEqual([])
  await station.call('receive', { id })
  await expect
    .poll(async () => {
      await station.call('sync_now', {})
      return await station.call<{ waiting_items: number; waiting_files: number }>('strip', {})
    })
    .toMatchObject({ waiting_items: 0, waiting_files: 0 })
  return id
}

test('the dialogs of the station', async ({ page }) => {
  await page.setViewportSize(widths.laptop)
  const id = await draft()
  await page.goto(station.address)
  await page.getByRole('button', { name: '更多' }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await accessible(page, 'sync and settings')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()

  // What the desk calls for is one press away; a draft that the district has a copy of is not called delivered.
  await expect(page.getByText('区中心有备份，还没有提交').or(page.getByText('只在本机'))).toBeVisible()
  await page.getByRole('button', { name: '去看看' }).click()
  await expect(page.getByRole('heading', { level: 1, name: /施远帆/ })).toBeVisible()
  await expect(page.getByText('还没有提交，填的都已存好。')).toBeVisible()
  await expect(page.locator('li:not(.done)').getByText('还没有拍材料')).toBeVisible()

  // A number that fails its check is kept with a note: old papers are wrong sometimes.
  await page.goto(`${station.program.url}/#/application/${id}/take/form`)
  await expect(question(page, 'id_number')).toBeVisible()
  // What is lacking is named, and leads to its field.
  await page.getByRole('button', { name: '下一步' }).click()
  await page.getByRole('button', { name: '联系电话', exact: true }).click()
  await expect(question(page, 'phone').getByRole('textbox')).toBeFocused()
  await question(page, 'id_number').getByRole('textbox').fill('999999194203070010')
  await question(page, 'id_number').getByRole('textbox').blur()
  await question(page, 'id_number').getByRole('button', { name: /仍按此填写/ }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await accessible(page, 'keep a value')
  await page.getByRole('dialog').getByLabel('说明').fill('身份证原件上就是这个号码')
  await page.getByRole('dialog').getByRole('button', { name: '按此填写' }).click()
  await expect(question(page, 'id_number').getByText('身份证原件上就是这个号码')).toBeVisible()

  await page.goto(`${station.program.url}/#/application/${id}/take/materials`)
  const card = page.getByRole('region', { name: '居民身份证' })
  await card.locator('input[type=file]').setInputFiles(await photograph(page, 900, '身份证'))
  await card.getByRole('button', { name: /查看居民身份证第 1 页/ }).click()
  await expect(page.getByRole('dialog').locator('img')).toBeVisible()
  await accessible(page, 'a page, large')
  await page.keyboard.press('Escape')

  await page.goto(`${station.program.url}/#/application/${id}`)
  await page.getByRole('button', { name: '作废草稿' }).click()
  await accessible(page, 'set a draft aside')
  await page.getByRole('dialog').getByLabel('为什么撤回').fill('重复收件')
  await page.getByRole('dialog').getByRole('button', { name: '作废草稿' }).click()
  await expect(page.getByText('已撤回').first()).toBeVisible()
})

test('English is complete at both ends', async ({ page }) => {
  await page.setViewportSize(widths.laptop)
  await page.goto(station.address)
  await page.getByRole('button', { name: '更多' }).click()
  await page.getByRole('dialog').getByText('English', { exact: true }).click()
  await page.keyboard.press('Escape')
  await page.goto(`${station.program.url}/#/new/YX-MZ-001`)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await accessible(page, 'notice in English')
  await picture(page, 'notice-english')
  await station.call('preferences_set', { size: 'standard', language: 'zh-CN', idle_minutes: 5 })
  await signIn(page, world, 'reviewer')
  await page.getByText('English', { exact: true }).click()
  await expect(page.getByRole('heading', { level: 1 })).not.toContainText('办件')
  await accessible(page, 'queue in English')
})

for (const [glass, size] of Object.entries(widths)) {
  test(`the console on a ${glass}`, async ({ page }) => {
    await page.setViewportSize(size)
    await page.goto(world.center.url)
    await received(page)
    await signIn(page, world, 'reviewer')
    await accessible(page, `queue on a ${glass}`)
    await picture(page, `console-${glass}-queue`)
    await page.getByRole('link', { name: /施远帆/ }).first().click()
    await expect(page.getByRole('button', { name: '受理', exact: true })).toBeVisible()
    await accessible(page, `case on a ${glass}`)
    await picture(page, `console-${glass}-case`)
    for (const tab of await page.getByRole('tab').all()) {
      await tab.click()
      await accessible(page, `case on a ${glass}, ${await tab.innerText()}`)
    }
    await page.getByRole('button', { name: '不予受理' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: '下一步：核对' }).click()
    await expect(dialog.getByText('请写明理由。')).toBeVisible()
    await accessible(page, `not accepted on a ${glass}, with errors`)
    await dialog.getByLabel('理由').fill('户籍不在本区')
    await dialog.getByRole('button', { name: '填入常用告知' }).click()
    await dialog.getByRole('button', { name: '下一步：核对' }).click()
    await dialog.getByRole('button', { name: '确认提交' }).click()
    await expect(page.getByText('已作出不予受理决定。')).toBeVisible()
  })
}

test('a device is enrolled and revoked from the console', async ({ page }) => {
  await page.setViewportSize(widths.laptop)
  await signIn(page, world, 'administrator')
  await page.getByRole('link', { name: '站点与设备' }).click()
  await page.getByRole('button', { name: '生成启用码' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel(/设备名称/).fill('前台笔记本')
  await dialog.getByRole('button', { name: '生成', exact: true }).click()
  await expect(dialog.getByText(/启用码只显示这一次/)).toBeVisible()
  await accessible(page, 'one-time code')
  await dialog.getByRole('button', { name: '我已记下' }).click()
  await page.getByRole('button', { name: '停用' }).first().click()
  await page.getByRole('dialog').getByLabel(/停用原因/).fill('设备遗失')
  await accessible(page, 'revoke a device')
  await page.getByRole('dialog').getByRole('button', { name: '确认停用' }).click()
  await expect(page.getByText(/已停用/).first()).toBeVisible()
})
