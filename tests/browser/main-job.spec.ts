/** The main job, end to end: taken with no network, decided at the center, back at the station. */
import { expect, test } from '@playwright/test'
import { accessible } from './access'
import { choose, draw, fill, idNumber, photograph, question, resident, widths } from './clerk'
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
  test.setTimeout(420_000)
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
  await expect(page.getByLabel('找事项')).toBeFocused()
  await page.keyboard.type('glj')
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
  const id = question(page, 'id_number')
  await id.getByRole('textbox').fill('999999194203070010')
  await id.getByRole('textbox').blur()
  await expect(id.locator('.error')).toBeVisible()
  await expect(id).not.toContainText('已保存')
  await id.getByRole('textbox').focus()
  await expect(id.locator('.error')).toBeVisible()
  await accessible(page, 'form, with an error')
  await fill(page, 'id_number', idNumber('99999919420307001'))
  await expect(question(page, 'birth').getByRole('textbox')).toHaveValue('1942-03-07')
  await fill(page, 'phone', resident.phone)
  await choose(page, 'household_village', '桃花村')
  await fill(page, 'household_address', '3组12号')
  await expect(question(page, 'living_address')).toBeHidden()
  await question(page, 'living_same').getByRole('radio', { name: '否' }).check()
  await fill(page, 'living_address', '云溪镇养老院\n二楼')
  await question(page, 'living_same').getByRole('radio', { name: '是' }).check()
  await expect(question(page, 'living_address')).toBeHidden()
  await expect(question(page, 'bank_holder').getByRole('textbox')).toHaveValue(resident.name)
  await fill(page, 'bank_account', '6200000000000000000')
  await question(page, 'declaration').getByRole('radio').first().check()
  await picture(page, 'form-filled')

  // kill -9 in the middle of everything: what was confirmed is still there, and the screen finds its way back.
  await station.program.kill()
  await station.program.resume()
  await page.reload()
  await page.getByRole('button', { name: station.place.staff[0]!.name }).click()
  await page.getByLabel('PIN 码').fill(station.place.staff[0]!.pin)
  await page.getByRole('button', { name: '进入' }).click()
  await expect(question(page, 'name').getByRole('textbox')).toHaveValue(resident.name)
  await page.getByRole('button', { name: '下一步' }).click()

  // Photographs: a picture file, a broken one, the camera; then turn, move, take out, put back.
  const card = page.getByRole('region', { name: '居民身份证' })
  await expect(card).toBeVisible()
  await accessible(page, 'materials, empty')
  await card.locator('input[type=file]').setInputFiles([await photograph(page, 1200, '身份证正面'), await photograph(page, 1200, '身份证反面')])
  await expect(card.locator('li img')).toHaveCount(2)
  await card.locator('input[type=file]').setInputFiles({ name: 'broken.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('ffd8ffe000104a46494600', 'hex') })
  await expect(card.getByText('这张图片是坏的')).toBeVisible()
  await accessible(page, 'materials, a broken picture')
  await card.getByRole('button', { name: '移除' }).click()
  await card.getByRole('button', { name: '旋转' }).first().click()
  await card.getByRole('button', { name: '往后移' }).first().click()
  await card.getByRole('button', { name: '删除' }).first().click()
  await expect(card.getByText('已删除 1 页，可以找回')).toBeVisible()
  await card.getByText('已删除 1 页，可以找回').click()
  await card.getByRole('button', { name: '找回' }).click()
  await card.getByRole('radio', { name: /我已看过原件/ }).check()

  const register = page.getByRole('region', { name: '户口簿' })
  await register.getByRole('button', { name: '拍照' }).click()
  const camera = page.getByRole('dialog')
  await expect(camera.locator('video')).toBeVisible()
  await accessible(page, 'camera')
  await camera.getByRole('button', { name: '拍照' }).click()
  await expect(camera.getByText('已拍 1 张')).toBeVisible()
  await camera.getByRole('button', { name: '拍好了' }).click()
  await expect(register.getByRole('button', { name: '旋转' })).toHaveCount(1)
  await register.getByRole('radio', { name: /我已看过原件/ }).check()

  // 容缺, only where the matter allows it.
  await expect(card.getByRole('button', { name: '以后补交' })).toBeHidden()
  const bank = page.getByRole('region', { name: '社会保障卡或银行卡' })
  await bank.getByRole('button', { name: '以后补交（容缺）' }).click()
  await bank.getByRole('button', { name: '最晚那天' }).click()
  await expect(bank.getByText(/约定 .* 前补交/)).toBeVisible()
  await expect(bank.getByText(/以后补交 · 最晚/)).toBeVisible()
  await expect(card.getByRole('button', { name: '旋转' })).toHaveCount(2)
  await accessible(page, 'materials, filled')
  await picture(page, 'materials')
  await page.getByRole('button', { name: '下一步' }).click()

  // The applicant reads and signs.
  await expect(page.getByText(resident.name).first()).toBeVisible()
  await accessible(page, 'summary and signature')
  await page.getByRole('button', { name: '提交收件' }).click()
  await expect(page.getByText('请先在框里签名')).toBeVisible()
  await draw(page, page.locator('canvas'))
  await expect(page.getByText('请先在框里签名')).toBeHidden()
  await picture(page, 'signature')
  await page.getByRole('button', { name: '提交收件' }).click()

  // The receipt says plainly what it is not.
  await expect(page.getByText('本回执不是受理通知书')).toBeVisible()
  const number = await page.getByText(/^500199101201-\d{8}-[A-Z]\d-\d{4}$/).first().innerText()
  await accessible(page, 'receipt')
  await picture(page, 'receipt')
  await page.getByRole('button', { name: '完成' }).click()

  // The list, the search and the strip tell the truth: nothing has left this device.
  const strip = page.getByRole('status').filter({ hasText: '未联网' }).or(page.getByText('未联网')).first()
  await expect(strip).toBeVisible()
  for (const words of ['田守', 'tsf', '0014', '高龄']) {
    await page.getByLabel('查找办件').fill(words)
    await expect(page.getByText(resident.name)).toBeVisible()
  }
  await page.getByLabel('查找办件').fill('没有这个人')
  await expect(page.getByText('没有找到符合的办件')).toBeVisible()
  await page.getByLabel('查找办件').fill('')
  await expect(page.getByText('只在本机')).toBeVisible()
  await accessible(page, 'desk, one application')
  await picture(page, 'desk')

  // The network is back: everything goes by itself.
  await world.center.resume()
  await expect(page.getByText('已全部送达')).toBeVisible({ timeout: 90_000 })
  await page.getByText(resident.name).click()
  await expect(page.getByText(/照片已完整送达 4\/4|照片已完整送达 3\/3/)).toBeVisible()
  await accessible(page, 'application, arrived')
  await picture(page, 'application-arrived')

  // The center: the queue, the case, a correction of one field and one material.
  const console_ = await page.context().newPage()
  await console_.setViewportSize(widths.laptop)
  await console_.goto(world.center.url)
  await expect(console_.getByRole('button', { name: '登录' })).toBeVisible()
  await accessible(console_, 'console, sign in')
  await console_.getByLabel('账号').fill(world.account('reviewer').name)
  await console_.getByRole('textbox', { name: '密码' }).fill(world.account('reviewer').password)
  await console_.getByRole('button', { name: '登录' }).click()
  await expect(console_.getByText(resident.name)).toBeVisible()
  await accessible(console_, 'console, queue')
  await picture(console_, 'center-queue')
  await console_.getByRole('link', { name: new RegExp(resident.name) }).click()
  await expect(console_.getByText(number).first()).toBeVisible()
  await accessible(console_, 'console, case')
  await picture(console_, 'center-case')
  await console_.getByRole('button', { name: '要求补正' }).first().click()
  const ask = console_.getByRole('dialog')
  await ask.getByRole('checkbox', { name: /联系电话/ }).check()
  await ask.getByLabel(/“联系电话”的问题/).fill('号码少一位，请核对')
  await ask.getByRole('checkbox', { name: /户口簿/ }).check()
  await ask.getByLabel(/“户口簿”的问题/).fill('首页看不清，请重拍')
  await ask.getByLabel(/补正期限/).fill('2099-12-31')
  await ask.getByLabel(/总的说明/).fill('请核对电话，重拍户口簿首页。')
  await accessible(console_, 'console, correction dialog')
  await ask.getByRole('button', { name: '下一步：核对' }).click()
  await accessible(console_, 'console, correction dialog, review')
  await ask.getByRole('button', { name: '确认提交' }).click()
  await expect(console_.getByText('已发出补正要求。')).toBeVisible()

  // The station sees it, opens exactly those two, sends again.
  await page.getByRole('button', { name: '立即同步' }).click()
  await expect(page.getByText('号码少一位，请核对')).toBeVisible()
  await accessible(page, 'application, correction')
  await picture(page, 'correction')
  await expect(page.locator('[data-question]')).toHaveCount(1)
  await fill(page, 'phone', '13900000002')
  const again = page.getByRole('region', { name: '户口簿' })
  await again.locator('input[type=file]').setInputFiles(await photograph(page, 1200, '户口簿首页'))
  await expect(again.getByRole('button', { name: '旋转' })).toHaveCount(2)
  await page.getByRole('button', { name: '重新提交' }).click()
  await expect(page.getByRole('status').filter({ hasText: '补正已提交，联网后自动送到区中心。' })).toBeVisible()
  await expect(page.getByText('已补正，待送达').or(page.getByText('已到区中心', { exact: true })).first()).toBeVisible()
  await page.getByRole('button', { name: '立即同步' }).click()
  await expect(page.getByText('区中心已经收到，等待审核。')).toBeVisible({ timeout: 60_000 })

  // Accepted, then decided.
  await console_.reload()
  await expect(console_.getByText('13900000002').first()).toBeVisible()
  await expect(console_.getByText('已改动')).toHaveCount(2)
  await console_.getByRole('button', { name: '受理', exact: true }).click()
  await accessible(console_, 'console, accept dialog')
  await console_.getByRole('dialog').getByRole('button', { name: '受理', exact: true }).click()
  await expect(console_.getByText('已受理。')).toBeVisible()
  await console_.getByRole('button', { name: '办结' }).click()
  const decide = console_.getByRole('dialog')
  await decide.getByRole('radio', { name: '准予', exact: true }).check()
  await decide.getByLabel('结果文号').fill('云民高〔2026〕0001号')
  await accessible(console_, 'console, decision dialog')
  await decide.getByRole('button', { name: '下一步：核对' }).click()
  await decide.getByRole('button', { name: '确认提交' }).click()
  await expect(console_.getByText('已办结。')).toBeVisible()
  await page.getByRole('button', { name: '立即同步' }).click()
  await expect(page.getByText('云民高〔2026〕0001号').first()).toBeVisible()
  await expect(page.getByText('已办结（准予）').first()).toBeVisible()
  await accessible(page, 'application, decided')
  await picture(page, 'decided')

  // The other pages of the console.
  for (const name of ['概览', '站点与设备', '事项']) {
    await console_.getByRole('link', { name }).click()
    await expect(console_.getByRole('heading', { level: 1, name })).toBeVisible()
    await accessible(console_, `console, ${name}`)
    await picture(console_, `center-${name}`)
  }
})
