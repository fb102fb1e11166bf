/** A clerk's first matter: an empty workbook, filled, checked, mended, looked at and published; then taken at a station. */
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { accessible } from './access'
import { typed } from './cells'
import { fill, idNumber, question, unlock, widths } from './clerk'
import { signIn } from './desk'
import { picture } from './pictures'
import { World } from './world'

const filled = { matter: { C2: 'YX-NEW-001', C3: '桃花节摊位登记', C4: '云溪区文化旅游委', C5: '5 工作日' } }

test('from an empty workbook to an application at the station', async ({ page, context }) => {
  test.setTimeout(420_000)
  const world = await World.open()
  try {
    const center = (...args: string[]) => spawnSync(world.center.binary, ['catalogue', ...args], { encoding: 'utf8' })
    const path = join(world.folder, '摊位登记.xlsx')
    execFileSync(world.center.binary, ['catalogue', 'new', path])
    expect(center('new', path).status, 'what is there is left alone').not.toBe(0)

    // What is still to be filled is named, cell by cell.
    const empty = center('check', path)
    expect(empty.status).not.toBe(0)
    for (const cell of ['C2', 'C3', 'C4', 'C5']) expect(empty.stdout).toContain(`matter!${cell}`)
    const blank = readFileSync(path)
    writeFileSync(path, typed(blank, filled))
    expect(center('check', path).stdout).toContain('检查通过：1 个事项')

    // At the console: two slips are shown at their cells, and nothing is published.
    await page.setViewportSize(widths.laptop)
    await signIn(page, world, 'administrator')
    await page.getByRole('link', { name: '事项', exact: true }).click()
    await page.getByRole('button', { name: '上传事项' }).click()
    await expect(page.getByRole('heading', { level: 1, name: '上传事项' })).toBeVisible()
    await accessible(page, 'upload')
    const picker = page.locator('input[type=file]').first()
    const named = (buffer: Buffer, name = '摊位登记.xlsx') => ({ name, mimeType: 'application/octet-stream', buffer })
    await picker.setInputFiles(named(Buffer.from('x'), '摊位登记.doc'))
    await expect(page.getByText('只能上传 .xlsx 工作簿')).toBeVisible()
    const wrong = typed(blank, { ...filled, survey: { G3: 'string-length(.) >=' }, materials: { B3: '村委会开的婚姻状况证明' } })
    await picker.setInputFiles(named(wrong))
    await expect(page.getByText('有 2 处要改').first()).toBeVisible()
    await expect(page.getByText('survey!G3')).toBeVisible()
    await expect(page.getByText(/清单之外无证明/)).toBeVisible()
    await expect(page.getByRole('button', { name: '发布', exact: true })).toBeHidden()
    await picture(page, 'catalogue-faults')
    for (const [glass, size] of Object.entries(widths)) {
      await page.setViewportSize(size)
      await accessible(page, `faults on a ${glass}`)
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      expect(over, `the faults run off the side on a ${glass}`).toBeLessThanOrEqual(0)
    }

    // Mended: tried as a station shows it, and published.
    await page.setViewportSize(widths.laptop)
    await picker.setInputFiles(named(readFileSync(path)))
    await expect(page.getByText('检查通过', { exact: true })).toBeVisible()
    await expect(question(page, 'change_reason')).toBeHidden()
    await question(page, 'purpose').getByRole('radio', { name: '变更' }).check()
    await expect(question(page, 'change_reason')).toBeVisible()
    await picture(page, 'catalogue-preview')
    for (const [glass, size] of Object.entries(widths)) {
      await page.setViewportSize(size)
      await accessible(page, `preview on a ${glass}`)
    }
    await page.setViewportSize(widths.laptop)
    await page.getByRole('tab', { name: '一次性告知书' }).click()
    await expect(page.getByText('能说明变更的材料')).toBeVisible()
    await accessible(page, 'notice before publishing')
    await page.getByRole('button', { name: '发布', exact: true }).click()
    await expect(page.getByText('已发布为第 2 版')).toBeVisible()

    // The station has it at next contact, and takes an application.
    const station = await world.station(0, 'laptop')
    const clerk = await context.newPage()
    await clerk.setViewportSize(widths.laptop)
    await clerk.goto(station.address)
    await unlock(clerk, station)
    await expect.poll(async () => {
      await station.call('sync_now', {})
      return (await station.call<{ total: number }>('matters', { query: '摊位', tag: '' })).total
    }).toBe(1)
    await clerk.goto(`${station.program.url}/#/new`)
    await clerk.getByLabel('找事项').fill('thj')
    await clerk.getByRole('link', { name: /桃花节摊位登记/ }).click()
    await clerk.getByRole('button', { name: '开始收件' }).click()
    await clerk.getByRole('radio', { name: '申请人本人' }).check()
    await clerk.getByRole('button', { name: '下一步' }).click()
    await fill(clerk, 'name', '田守福')
    await fill(clerk, 'id_number', idNumber('50019919420307001'))
    await expect(question(clerk, 'birth').getByRole('textbox')).toHaveValue('1942-03-07')
    await fill(clerk, 'phone', '13900000001')
    await fill(clerk, 'living_address', '桃花村3组12号')
    await question(clerk, 'declaration').getByRole('radio', { name: '是' }).check()
    await picture(clerk, 'catalogue-station')
    await clerk.getByRole('button', { name: '下一步' }).click()
    await expect(clerk.getByRole('region', { name: '居民身份证' })).toBeVisible()
    await expect(clerk.getByRole('region', { name: '能说明变更的材料' })).toBeHidden()

    // Withdrawn again, with a question before.
    await page.getByRole('link', { name: '事项', exact: true }).click()
    await page.getByLabel('查找事项').fill('摊位')
    await page.getByRole('link', { name: '桃花节摊位登记', exact: true }).click()
    await accessible(page, 'a matter, to an administrator')
    await page.getByRole('button', { name: '撤下这个事项' }).click()
    await accessible(page, 'withdraw a matter')
    await page.getByRole('dialog').getByRole('button', { name: '确认撤下' }).click()
    await expect(page.getByRole('heading', { level: 1, name: '事项', exact: true })).toBeVisible()
    await page.getByLabel('查找事项').fill('摊位')
    await expect(page.getByText('没有符合条件的事项')).toBeVisible()
  } finally {
    await world.close()
  }
})
