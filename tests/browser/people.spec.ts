/** People and their rights: an administrator keeps accounts, staff and stand-ins; a stand-in's day; what a supervisor reads. */
import { expect, type Page, test } from '@playwright/test'
import { accessible } from './access'
import { widths } from './clerk'
import { World } from './world'

let world: World
test.beforeAll(async () => {
  world = await World.open()
})
test.afterAll(async () => {
  await world?.close()
})

async function signIn(page: Page, role: string): Promise<void> {
  const account = world.account(role)
  await page.context().clearCookies()
  await page.goto(world.center.url)
  await page.reload()
  await page.getByLabel('账号').fill(account.name)
  await page.getByRole('textbox', { name: '密码' }).fill(account.password)
  await page.getByRole('button', { name: '登录' }).click()
  await expect(page.getByRole('button', { name: '登录', exact: true })).toBeHidden()
}

const openPeople = async (page: Page, tab: string): Promise<void> => {
  await page.goto(`${world.center.url}/#/people`)
  await page.getByRole('tab', { name: tab }).click()
}

async function pick(page: Page, label: string, option: string): Promise<void> {
  await page.getByLabel(label).click()
  const open = page.getByRole('option').filter({ visible: true })
  await open.filter({ hasText: option }).click()
  await expect(open).toHaveCount(0)
}

/** Today in China, as it is typed. */
const today = (): string => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '')

test('an administrator keeps accounts and staff, and the secret is shown once', async ({ page }) => {
  await page.setViewportSize(widths.laptop)
  await signIn(page, 'administrator')
  await openPeople(page, '账号')
  await expect(page.getByText('这是您自己的账号')).toBeVisible()
  await accessible(page, 'accounts')
  await page.getByRole('button', { name: '新增账号' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: '确认新增' }).click()
  await expect(dialog.getByText('这一项必须填写。')).toHaveCount(3)
  await dialog.getByLabel('登录账号').fill('window2')
  await dialog.getByLabel('姓名').fill('窗口 白鹭')
  await dialog.getByText('窗口', { exact: true }).click()
  await accessible(page, 'new account')
  await dialog.getByRole('button', { name: '确认新增' }).click()
  await expect(dialog.getByText('只显示这一次')).toBeVisible()
  await accessible(page, 'one-time password')
  await dialog.getByRole('button', { name: '已交给本人' }).click()
  await expect(dialog).toBeHidden()
  await page.getByRole('button', { name: '停用 窗口 白鹭' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '确认停用' }).click()
  await expect(page.getByText('已停用')).toBeVisible()

  await page.getByRole('tab', { name: '站点人员' }).click()
  await page.getByRole('button', { name: '新增人员 桃花村便民服务站' }).click()
  await dialog.getByLabel('工号').fill('T0109')
  await dialog.getByLabel('姓名').fill('云归处')
  await dialog.getByText('代办员', { exact: true }).click()
  await dialog.getByRole('button', { name: '确认新增' }).click()
  await expect(dialog.locator('.secret')).toHaveText(/^\d{6}$/)
  await dialog.getByRole('button', { name: '已交给本人' }).click()
  const member = page.getByRole('listitem').filter({ hasText: 'T0109' })
  await expect(member).toBeVisible()
  await accessible(page, 'staff')
  await page.getByRole('button', { name: '移除 云归处' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '确认移除' }).click()
  await expect(member).toBeHidden()
})

test('a stand-in’s day: arranged, seen by the stand-in, and read by the supervisor', async ({ page }) => {
  await page.setViewportSize(widths.tablet)
  await signIn(page, 'administrator')
  await openPeople(page, '代岗（AB 角）')
  await page.getByRole('button', { name: '安排代岗' }).click()
  await pick(page, '谁来代岗', '窗口 杨小禾')
  await pick(page, '代替谁', '审核 秦明舟')
  await page.getByLabel('第一天').fill(today())
  await page.getByLabel('最后一天').fill(today())
  await page.getByLabel('最后一天').blur()
  await accessible(page, 'arrange a stand-in')
  await page.getByRole('button', { name: '确认新增' }).click()
  await expect(page.getByText('窗口 杨小禾 代 审核 秦明舟')).toBeVisible()
  await expect(page.getByText('正在代岗')).toBeVisible()
  await accessible(page, 'stand-ins')

  await signIn(page, 'window')
  await expect(page.getByText('您正在代岗：代 审核 秦明舟')).toBeVisible()
  await page.goto(`${world.center.url}/#/people`)
  await expect(page.getByRole('heading', { name: '首席代表' })).toBeVisible()
  await expect(page.locator('[data-role="agent"]').getByText('两人填写不一致时选定一个')).toBeHidden()
  await accessible(page, 'who may do what')

  await signIn(page, 'supervisor')
  await openPeople(page, '管理记录')
  await expect(page.getByText('安排代岗：窗口 杨小禾 代 审核 秦明舟')).toBeVisible()
  await page.setViewportSize(widths.phone)
  await accessible(page, 'administration log')
  await page.getByRole('tab', { name: '用章记录' }).click()
  await expect(page.getByText('还没有记录。')).toBeVisible()
  await accessible(page, 'seal log')
})
