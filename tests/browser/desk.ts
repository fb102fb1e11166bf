/** Signing in to the console as people do: name and password, then the code of the telephone where the role needs one. */
import { createHmac } from 'node:crypto'
import { expect, type Page } from '@playwright/test'
import type { DemoAccount, World } from './world'

const STEP = 30_000
const now = () => Math.floor(Date.now() / STEP)

/** The code of a secret (base32) for a step: TOTP, RFC 6238. */
export function totp(secret: string, step: number): string {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', key).update(counter).digest()
  const at = mac.at(-1)! & 15
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** The last step of which a secret showed its code: none is taken twice. */
const shown = new Map<string, number>()

/** A code that was not used yet; waits for one where somebody signs in more often than telephones can follow. The code of the
 *  step before counts too, unless that may be over before it is typed. */
export async function nextCode(secret: string): Promise<string> {
  const oldest = now() - (Date.now() % STEP < STEP - 10_000 ? 1 : 0)
  const step = Math.max((shown.get(secret) ?? 0) + 1, oldest)
  await expect.poll(() => now() + 1 >= step, { timeout: 2 * STEP }).toBe(true)
  shown.set(secret, step)
  return totp(secret, step)
}

/** Types name and password. */
export async function typePassword(page: Page, account: DemoAccount): Promise<void> {
  await page.getByLabel('账号').fill(account.name)
  await page.getByRole('textbox', { name: '密码' }).fill(account.password)
  await page.getByRole('button', { name: '登录' }).click()
}

/** Signs in at the center's page, and sets up a telephone where one is needed for the first time. */
export async function signIn(page: Page, world: World, role: string): Promise<void> {
  const account = world.account(role)
  await page.goto(world.center.url)
  await page.reload()
  await typePassword(page, account)
  const code = page.getByLabel('手机上的验证码')
  // On a phone the way about lies behind a button.
  const inside = page.getByRole('navigation').or(page.getByRole('button', { name: '菜单' })).first()
  await expect(code.or(inside).first()).toBeVisible()
  if (await code.isVisible()) {
    const setUp = page.getByText(/^[A-Z2-7]{4}( [A-Z2-7]{4}){7}$/)
    if (await setUp.isVisible()) account.second_factor = (await setUp.innerText()).replaceAll(' ', '')
    await code.fill(await nextCode(account.second_factor ?? ''))
    await page.getByRole('button', { name: '下一步' }).click()
    const kept = page.getByText('我已经打印或抄好了')
    await expect(kept.or(inside).first()).toBeVisible()
    if (await kept.isVisible()) {
      await kept.click()
      await page.getByRole('button', { name: '完成' }).click()
    }
  }
  await expect(inside).toBeVisible()
}
