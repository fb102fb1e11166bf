/** Typing in a long form: three hundred questions and thirty rows, every save answered with the whole of it. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { question, widths } from './clerk'
import { about, papers, workbook } from './workbook'
import { type RunningStation, World } from './world'

const many = (count: number, line: (at: number) => string) => Array.from({ length: count }, (_, at) => line(at)).join('\n')
const survey = `
type | name | label::中文 (zh) | calculation
${many(300, (at) => `text | q${at} | 第 ${at} 题 |`)}
begin_repeat | member | 家庭成员 |
${many(10, (at) => `select_one yes | m${at} | 成员第 ${at} 题 |`)}
end_repeat | | |
calculate | people | 人数 | count(\${member})`
const choices = `
list_name | name | label::中文 (zh)
yes | y | 是
yes | n | 否
yes | x | 不清楚`

let world: World
let station: RunningStation
test.beforeAll(async () => {
  world = await World.open()
  const file = join(world.folder, '长表.xlsx')
  writeFileSync(file, workbook({ survey, choices, matter: about('YX-TEST-02', '长表'), materials: papers }))
  execFileSync(world.center.binary, ['catalogue', 'publish', '--data', join(world.folder, 'center'), file])
  station = await world.station(0, 'laptop')
  const staff = station.place.staff[0]!
  await station.call('unlock', { staff: staff.number, pin: staff.pin })
  await expect(async () => {
    await station.call('sync_now', {})
    expect((await station.call<{ total: number }>('matters', { query: '长表', tag: '' })).total).toBe(1)
  }).toPass()
})
test.afterAll(async () => {
  await world?.close()
})

test('typing in a long form stays smooth', async ({ page }) => {
  const { id } = await station.call<{ id: string }>('begin', { matter: 'YX-TEST-02', window: 'long' })
  for (let row = 0; row < 29; row += 1) await station.call('row_add', { id, repeat: 'member' })
  await page.setViewportSize(widths.laptop)
  await page.goto(station.address)
  await expect(page.getByRole('heading').first()).toBeVisible()
  let bytes = 0
  page.on('response', async (response) => {
    if (response.url().endsWith('/rpc/answer_set')) bytes = (await response.body()).length
  })
  await page.goto(`${station.program.url}/#/application/${id}/take/form`)
  await expect(question(page, 'q0')).toBeVisible()
  await page.evaluate(() => {
    const seen: number[] = []
    Object.assign(window, { seen })
    // From the key to the frame that shows it, to eight milliseconds.
    new PerformanceObserver((list) => seen.push(...list.getEntries().filter(({ name }) => name === 'keydown').map(({ duration }) => duration))).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit)
  })
  for (let at = 0; at < 6; at += 1) {
    await question(page, `q${at}`).getByRole('textbox').focus()
    // Slower than the pause after which a text is saved, and faster: saves come back while keys are pressed.
    await page.keyboard.type('long', { delay: 450 })
    await page.keyboard.type('answer', { delay: 60 })
  }
  await page.keyboard.press('Tab')
  await expect(question(page, 'q5')).toContainText('已保存')
  const seen = await page.evaluate(() => (window as unknown as { seen: number[] }).seen.sort((a, b) => a - b))
  const [median, slowest] = [seen[seen.length >> 1] ?? 0, seen.at(-1) ?? 0]
  const figures = `answer_set ${bytes} bytes; of 60 keys ${seen.length} took 16 ms or more to the screen, half of them ${median} ms, the slowest ${slowest} ms`
  test.info().annotations.push({ type: 'figures', description: figures })
  expect(seen.filter((duration) => duration > 200).length, figures).toBeLessThanOrEqual(6)
})
