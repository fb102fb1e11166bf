/** Who gets into the console, and how: a first sign-in with all its steps, a telephone that is lost, and one's own account. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { accessible } from './access'
import { widths } from './clerk'
import { nextCode, signIn, typePassword } from './desk'
import { picture } from './pictures'
import { World } from './world'

const own = '山坡上的七只白色山羊'

let world: World
test.beforeAll(async () => {
  world = await World.open()
})
test.afterAll(async () => {
  await world?.close()
})

/** A new account, as an administrator makes one at the command line; its first password. */
const account = (name: string, display: string, role: string): string =>
  execFileSync(world.center.binary, ['account', '--data', join(world.folder, 'center'), name, display, '--role', role]).toString().trim()

/** The secret on the screen, as somebody types it into a telephone. */
const secretOf = async (page: Page): Promise<string> => (await page.getByText(/^[A-Z2-7]{4}( [A-Z2-7]{4}){7}$/).innerText()).replaceAll(' ', '')

const fillPassword = async (page: Page, old: string, chosen: string, again = chosen): Promise<void> => {
  await page.getByLabel('现在的密码').fill(old)
  await page.getByRole('textbox', { name: /^新密码/ }).fill(chosen)
  await page.getByLabel('再写一遍新密码').fill(again)
}

const next = (page: Page) => page.getByRole('button', { name: '下一步' }).click()

for (const [glass, size] of Object.entries(widths)) {
  test(`a new reviewer's first sign-in, on a ${glass}`, async ({ page }) => {
    await page.setViewportSize(size)
    const name = `reviewer-${glass}`
    const given = account(name, `审核 何小雪 ${glass}`, 'reviewer')
    await page.goto(world.center.url)
    await typePassword(page, { name, password: given, role: 'reviewer', second_factor: null })

    await expect(page.getByRole('heading', { name: '请先换一个自己的密码' })).toBeVisible()
    await accessible(page, `first password, ${glass}`)
    await fillPassword(page, given, 'password2026!')
    await next(page)
    await expect(page.getByText('这个密码太容易猜到')).toBeVisible()
    await fillPassword(page, given, own, `${own}。`)
    await next(page)
    await expect(page.getByText('两遍写的不一样')).toBeVisible()
    await accessible(page, `first password with faults, ${glass}`)
    await fillPassword(page, given, own)
    await next(page)

    await expect(page.getByRole('heading', { name: '请先绑定手机验证码' })).toBeVisible()
    await expect(page.getByAltText('绑定手机验证码的二维码')).toBeVisible()
    await accessible(page, `second factor, ${glass}`)
    if (glass === 'laptop') await picture(page, 'center-second-factor')
    const secret = await secretOf(page)
    await page.getByLabel('手机上的验证码').fill('000000')
    await next(page)
    await expect(page.getByText('验证码不对')).toBeVisible()
    await page.getByLabel('手机上的验证码').fill(await nextCode(secret))
    await next(page)

    await expect(page.getByRole('listitem')).toHaveCount(10)
    await accessible(page, `codes for paper, ${glass}`)
    const paper = await page.getByRole('listitem').first().innerText()
    await expect(page.getByRole('button', { name: '完成' })).toBeDisabled()
    await page.getByText('我已经打印或抄好了').click()
    await page.getByRole('button', { name: '完成' }).click()
    await expect(page.getByRole('heading', { level: 1, name: '办件' })).toBeVisible()

    // The telephone is not there: a code on paper, once.
    await page.context().clearCookies()
    await page.reload()
    await typePassword(page, { name, password: own, role: 'reviewer', second_factor: secret })
    await expect(page.getByRole('heading', { name: '请输入验证码' })).toBeVisible()
    await accessible(page, `code, ${glass}`)
    await page.getByRole('button', { name: '手机不在身边' }).click()
    await page.getByLabel('纸上的备用码').fill(paper.toLowerCase())
    await next(page)
    await expect(page.getByRole('heading', { level: 1, name: '办件' })).toBeVisible()
  })
}

test('one’s own account: password, telephone, and where one is signed in', async ({ page, browser }) => {
  const there = await browser.newContext({ locale: 'zh-CN' })
  const elsewhere = await there.newPage()
  await elsewhere.setViewportSize(widths.laptop)
  await signIn(elsewhere, world, 'window')
  await page.setViewportSize(widths.laptop)
  await signIn(page, world, 'window')
  await page.getByRole('link', { name: '窗口 杨小禾' }).click()
  await expect(page.getByRole('heading', { level: 1, name: '我的账号' })).toBeVisible()
  await expect(page.getByText('Linux 上的 Chrome')).toHaveCount(2)
  for (const [glass, size] of Object.entries(widths)) {
    await page.setViewportSize(size)
    await accessible(page, `my account, ${glass}`)
  }
  await page.setViewportSize(widths.laptop)
  await picture(page, 'center-account')

  // The other one is signed out, and told so.
  await page.getByRole('button', { name: /^退出：/ }).click()
  await expect(page.getByText('Linux 上的 Chrome')).toHaveCount(1)
  await elsewhere.reload()
  await expect(elsewhere.getByRole('button', { name: '登录' })).toBeVisible()
  await there.close()

  await fillPassword(page, world.account('window').password, own)
  await page.getByRole('button', { name: '换密码' }).click()
  await expect(page.getByText('密码已经换好')).toBeVisible()

  await page.getByRole('button', { name: '绑定手机' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByAltText('绑定手机验证码的二维码')).toBeVisible()
  await accessible(page, 'set up a telephone')
  const secret = await secretOf(page)
  await dialog.getByLabel('手机上的验证码').fill(await nextCode(secret))
  await next(page)
  await dialog.getByText('我已经打印或抄好了').click()
  await dialog.getByRole('button', { name: '完成' }).click()
  await expect(page.getByText('还有 10 个备用码没有用')).toBeVisible()

  await page.getByRole('button', { name: '换一批备用码' }).click()
  await dialog.getByLabel('手机上的验证码').fill(await nextCode(secret))
  await accessible(page, 'new codes for paper')
  await next(page)
  await expect(dialog.getByRole('listitem')).toHaveCount(10)
  await dialog.getByText('我已经打印或抄好了').click()
  await dialog.getByRole('button', { name: '完成' }).click()

  await page.getByRole('button', { name: '全部退出' }).click()
  await expect(page.getByRole('button', { name: '登录' })).toBeVisible()
})
