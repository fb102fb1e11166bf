/** A device that has not met the network yet says so, and asks for nothing it cannot do. */
import { expect, test } from '@playwright/test'
import { accessible } from './access'
import { unlock } from './clerk'
import { World } from './world'

test('before the first catalogue the network is asked for once', async ({ page }) => {
  const world = await World.open()
  try {
    const station = await world.station(1, 'new')
    await world.center.kill()
    await page.goto(station.address)
    await unlock(page, station)
    await expect(page.getByText('要先联一次网')).toBeVisible()
    await expect(page.getByText('没有网络也能办。', { exact: false })).toHaveCount(1)
    await accessible(page, 'desk, no catalogue')
    await page.getByRole('button', { name: '新收件' }).click()
    await expect(page.getByText('要先联一次网')).toBeVisible()
    await expect(page.getByText('这台设备上还没有事项目录')).toBeVisible()
    await accessible(page, 'picker, no catalogue')
    await page.getByRole('button', { name: '首页' }).click()

    await world.center.resume()
    await page.getByRole('button', { name: '立即上传' }).click()
    await expect(page.getByText('点“新收件”开始第一件')).toBeVisible()
  } finally {
    await world.close()
  }
})
