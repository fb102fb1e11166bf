/** The stick, as the app's own window offers it: what is plugged in is a button, and a folder can be typed all the same. */
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { accessible } from './access'
import { widths } from './clerk'
import { picture } from './pictures'
import { World } from './world'

/** What the window's host gives this page. */
interface Host {
  url: string
  token: string
  drives: { path: string; name: string; free: number }[]
}

/** The page believes to be in the app's window; its commands go to the station, but for the drives, which are ours. */
function asInApp(host: Host): void {
  const invoke = async (_: string, args: unknown, options: { headers: Record<string, string> }): Promise<unknown> => {
    const command = options.headers['x-doorstep-command']!
    if (command === 'bundle_drives') return { drives: host.drives }
    const headers = { authorization: `Bearer ${host.token}`, 'content-type': 'application/json' }
    const response = await fetch(`${host.url}/rpc/${command}`, { method: 'POST', headers, body: JSON.stringify(args) })
    const answer: unknown = await response.json()
    if (!response.ok) throw answer
    return answer
  }
  Object.assign(window, { isTauri: true, __TAURI_INTERNALS__: { invoke } })
}

test('sticks that are plugged in are large buttons, and what waits is written onto one', async ({ page }) => {
  const world = await World.open()
  try {
    const station = await world.station(0, 'laptop')
    const staff = station.place.staff[0]!
    await station.call('unlock', { staff: staff.number, pin: staff.pin })
    await station.call('sync_now', {})
    await world.center.kill()
    await station.call('begin', { matter: 'YX-MZ-001' })
    const stick = join(world.folder, '小陶的U盘')
    mkdirSync(stick)
    const drives = [
      { path: stick, name: '小陶的U盘', free: 7_600_000_000 },
      { path: '/media/clerk/KINGSTON-DATATRAVELER-2024', name: 'KINGSTON-DATATRAVELER-2024', free: 210_000_000 },
    ]
    const token = new URL(station.address).hash.replace('#token=', '')
    await page.addInitScript(asInApp, { url: station.program.url, token, drives })
    await page.goto(`${station.program.url}/#/sync`)
    await page.getByRole('button', { name: '把待上传的存到 U 盘' }).click()
    const button = page.getByRole('button', { name: '存到“小陶的U盘”' })
    await expect(button).toBeVisible()
    await expect(page.getByLabel('U 盘的文件夹')).toBeHidden()
    await expect(page.getByText(/已存好 0 个/)).toBeHidden()
    await page.getByText('没有您的 U 盘？').click()
    await expect(page.getByLabel('U 盘的文件夹')).toBeVisible()
    for (const [glass, size] of Object.entries(widths)) {
      await page.setViewportSize(size)
      await accessible(page, `stick on a ${glass}`)
      await page.getByRole('heading', { name: '用 U 盘送' }).evaluate((heading) => heading.scrollIntoView())
      await picture(page, `${glass}-stick`)
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      expect(over, `the stick runs off the side on a ${glass}`).toBeLessThanOrEqual(0)
      expect((await button.boundingBox())!.height).toBeGreaterThanOrEqual(48)
    }
    await button.click()
    await expect(page.getByText('都存好了')).toBeVisible()
    await expect(page.getByText('已存进“小陶的U盘”。请安全拔下，带到区中心。')).toBeVisible()
    expect(readdirSync(stick).filter((name) => name.endsWith('.doorstep')).length).toBe(1)
  } finally {
    await world.close()
  }
})
