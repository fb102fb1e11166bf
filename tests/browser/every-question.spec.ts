/** A form with every type of question and with rows: filled in by keyboard and by touch, on a laptop and on a phone. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Locator, type Page, test } from '@playwright/test'
import { accessible } from './access'
import { question, widths } from './clerk'
import { picture } from './pictures'
import { about, papers, workbook } from './workbook'
import { type RunningStation, World } from './world'

const villages = Array.from({ length: 40 }, (_, i) => `village | v${i} | ${['桃花', '柳溪', '石桥', '云台'][i % 4]}${i}村`).join('\n')
const survey = `
type | name | label::中文 (zh) | hint::中文 (zh) | guidance_hint::中文 (zh) | appearance | parameters | required | relevant | calculation | media::image
begin_group | person | 个人情况 | | | | | | |
text | name | 姓名 | | | | | yes | |
date | met | 相识年月 | | | month-year | | | |
time | best | 方便的时间 | 我们上门的时间 | 一般上午 9 点到 11 点，下午 2 点到 5 点。 | | | | |
dateTime | visit | 上门时间 | | | | | | |
range | pain | 疼痛程度 | | | | start=0 end=10 step=1 | | |
rank wish | wishes | 最想要的服务 | | | | | | |
select_one village | village | 村 | | | | | | |
select_multiple village | known | 走访过的村 | | | | | | |
select_one feel | mood | 心情 | | | likert | | | |
select_multiple wish | used | 用过的服务 | | | columns-3 | | | |
barcode | card_code | 卡上的条码 | | | | | | | | card.png
geopoint | place | 住处位置 | | | | | | |
acknowledge | told | 已告知申请人 | | | | | yes | |
text | note | 备注 | | | multiline | | | |
note | thanks | 谢谢配合 | 有事请打便民电话 | | | | | |
end_group | | | | | | | | |
begin_repeat | member | 家庭成员 | 同住的人都要填 | | | | | |
text | member_name | 成员姓名 | | | | | yes | |
integer | age | 成员年龄 | | | | | | |
select_one feel | health | 健康状况 | | | | | | |
end_repeat | | | | | | | | |
calculate | people | 同住人数 | | | | | | | count(\${member})
start | begun | | | | | | | |
`
const choices = `
list_name | name | label::中文 (zh)
wish | meal | 助餐
wish | bath | 助浴
wish | clean | 助洁
feel | good | 好
feel | fair | 一般
feel | bad | 不好
${villages}
`

/** A picture of one dot. */
const dot = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

let world: World
let station: RunningStation
test.beforeAll(async () => {
  world = await World.open()
  const file = join(world.folder, '每种题目.xlsx')
  writeFileSync(file, workbook({ survey, choices, matter: about('YX-TEST-01', '每种题目'), materials: papers }))
  const shown = join(world.folder, 'card.png')
  writeFileSync(shown, Buffer.from(dot, 'base64'))
  execFileSync(world.center.binary, ['catalogue', 'publish', '--data', join(world.folder, 'center'), file, shown])
  station = await world.station(0, 'laptop')
  const staff = station.place.staff[0]!
  await station.call('unlock', { staff: staff.number, pin: staff.pin })
  await expect(async () => {
    await station.call('sync_now', {})
    expect((await station.call<{ total: number }>('matters', { query: '每种题目', tag: '' })).total).toBe(1)
  }).toPass()
})
test.afterAll(async () => {
  await world?.close()
})

async function open(page: Page, size: { width: number; height: number }): Promise<string> {
  const { id } = await station.call<{ id: string }>('begin', { matter: 'YX-TEST-01', window: `${Math.random()}` })
  await page.setViewportSize(size)
  await page.goto(station.address)
  await expect(page.getByRole('heading').first()).toBeVisible()
  await page.goto(`${station.program.url}/#/application/${id}/take/form`)
  await expect(question(page, 'name')).toBeVisible()
  return id
}
async function saved(field: Locator): Promise<void> {
  await expect(field).toContainText('已保存')
}
async function type(page: Page, name: string, text: string): Promise<void> {
  const field = question(page, name)
  await field.getByRole('textbox').fill(text)
  await field.getByRole('textbox').blur()
  await saved(field)
}
interface Answered {
  form: { questions: { name: string; value: string; display: string; kind: string }[] }
  removed_rows: { contents: string[] }[]
}
async function value(id: string, name: string): Promise<string | undefined> {
  const view = await station.call<Answered>('application', { id })
  return view.form.questions.find((one) => one.name === name)?.value
}

test('every type is typed, picked or ticked', async ({ page }) => {
  const id = await open(page, widths.laptop)
  await type(page, 'name', '田守福')
  await type(page, 'met', '1990年5月')
  expect(await value(id, 'met')).toBe('1990-05-01')
  await expect(question(page, 'met').getByRole('textbox')).toHaveValue('1990-05')
  await type(page, 'best', '下午3点半')
  expect(await value(id, 'best')).toBe('15:30:00.000+08:00')
  await expect(question(page, 'best').getByRole('textbox')).toHaveValue('15:30')
  await question(page, 'best').getByText('说明').click()
  await expect(question(page, 'best').getByText('下午 2 点到 5 点')).toBeVisible()
  await type(page, 'visit', '2026-3-2 8:30')
  expect(await value(id, 'visit')).toBe('2026-03-02T08:30:00.000+08:00')

  const slider = question(page, 'pain').getByRole('slider')
  await expect(slider).toHaveAttribute('aria-valuetext', '还没有选')
  await slider.focus()
  for (let step = 0; step < 3; step += 1) await page.keyboard.press('ArrowRight')
  await slider.blur()
  await saved(question(page, 'pain'))
  expect(await value(id, 'pain')).toBe('3')
  await question(page, 'pain').getByRole('textbox').fill('11')
  await question(page, 'pain').getByRole('textbox').blur()
  await expect(question(page, 'pain')).toContainText('请填范围以内的数字')
  await type(page, 'pain', '10')

  const rank = question(page, 'wishes')
  await rank.getByRole('button', { name: '下移：助餐' }).focus()
  await page.keyboard.press('Enter')
  await saved(rank)
  expect(await value(id, 'wishes')).toBe('bath meal clean')
  await expect(rank.getByRole('button', { name: '下移：助餐' })).toBeFocused()

  // Forty villages are found by initials, and by a piece of their names.
  const village = question(page, 'village').getByRole('combobox')
  await village.click()
  await village.pressSequentially('lx5')
  await expect(page.getByRole('option', { name: '柳溪5村' })).toBeVisible()
  await expect(page.getByRole('option')).toHaveCount(1)
  await page.getByRole('option', { name: '柳溪5村' }).click()
  await saved(question(page, 'village'))
  expect(await value(id, 'village')).toBe('v5')
  const known = question(page, 'known')
  await known.getByRole('searchbox').fill('sq')
  await known.getByLabel('石桥2村').check()
  await known.getByRole('searchbox').fill('桃花0')
  await known.getByLabel('桃花0村').check()
  await saved(known)
  await expect.poll(() => value(id, 'known')).toBe('v0 v2')

  await question(page, 'mood').getByLabel('一般').check()
  await question(page, 'used').getByLabel('助浴').check()
  await question(page, 'told').getByLabel('我已看过').check()
  await type(page, 'card_code', '6901234567892')
  await expect(question(page, 'card_code').getByRole('img', { name: '图示：卡上的条码' })).toBeVisible()
  await expect.poll(() => value(id, 'told')).toBe('OK')
  await expect(page.getByText('有事请打便民电话')).toBeVisible()
  await accessible(page, 'every question')
  for (const name of ['best', 'wishes', 'known', 'used']) {
    await question(page, name).scrollIntoViewIfNeeded()
    await picture(page, `every-question-${name}`)
  }
})

test('the place is asked for when its button is pressed, and never else', async ({ page, context }) => {
  const id = await open(page, widths.laptop)
  await question(page, 'place').getByRole('button', { name: '取当前位置' }).click()
  await expect(question(page, 'place')).toContainText('不让取位置')
  await context.grantPermissions(['geolocation'], { origin: station.program.url })
  await context.setGeolocation({ latitude: 30.123_456, longitude: 106.654_321, accuracy: 8 })
  await question(page, 'place').getByRole('button', { name: '取当前位置' }).click()
  await expect(question(page, 'place')).toContainText('误差约 8 米')
  await saved(question(page, 'place'))
  expect(await value(id, 'place')).toBe('30.123456 106.654321 0.0 8.0')
})

for (const [glass, size] of Object.entries(widths)) {
  test(`rows on a ${glass}`, async ({ page }) => {
    const id = await open(page, size)
    const rows = page.getByRole('region', { name: '家庭成员', exact: false }).first()
    const fold = rows.getByRole('button', { expanded: true })
    await expect(fold).toHaveCount(1)
    await type(page, 'member[1]/member_name', '田小禾')
    // A row that is added stands open, and its first question has the focus.
    await page.getByRole('button', { name: '添加一项：家庭成员' }).click()
    await expect(fold).toHaveCount(2)
    await page.keyboard.type('田小和')
    await page.keyboard.press('Tab')
    await page.keyboard.type('8')
    await page.keyboard.press('Tab')
    await expect(page.getByRole('button', { name: /田小和 · 8/ }).first()).toBeVisible()
    await expect(page.getByText('同住人数').locator('..')).toContainText('2')
    await accessible(page, `rows on a ${glass}`)
    await rows.scrollIntoViewIfNeeded()
    await picture(page, `rows-${glass}`)

    // Taken out, it can be read and put back.
    await page.getByRole('button', { name: /^移除：家庭成员 1/ }).click()
    await expect(fold).toHaveCount(1)
    await page.getByText('已移除 1 项').click()
    await expect(page.getByText('成员姓名：田小禾')).toBeVisible()
    await accessible(page, `a row taken out on a ${glass}`)
    await page.getByRole('button', { name: '恢复：成员姓名：田小禾' }).click()
    await expect(page.getByText('已移除')).toHaveCount(0)
    expect(await value(id, 'member[1]/member_name')).toBe('田小禾')

    // Twenty rows: folded, each by its name, and what lacks is found.
    for (let row = 0; row < 18; row += 1) {
      const { form } = await station.call<Answered>('row_add', { id, repeat: 'member' })
      const last = form.questions.filter(({ name }) => name.endsWith('/member_name')).at(-1)!
      if (row > 0) await station.call('answer_set', { id, name: last.name, value: `成员${row}`, note: '' })
    }
    await page.reload()
    await expect(page.getByRole('button', { name: /成员17/ }).first()).toBeVisible()
    await expect(fold).toHaveCount(0)
    await expect(page.getByText('还有 1 处要填')).toBeVisible()
    await page.getByRole('button', { name: /成员8/ }).first().scrollIntoViewIfNeeded()
    await picture(page, `rows-${glass}-twenty`)
    await accessible(page, `twenty rows on a ${glass}`)
    await page.locator('html').evaluate((element) => element.setAttribute('data-size', 'largest'))
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect(over, 'runs off the side').toBeLessThanOrEqual(0)
    await page.getByRole('button', { name: /成员8/ }).first().scrollIntoViewIfNeeded()
    await picture(page, `rows-${glass}-twenty-largest`)
    await page.locator('html').evaluate((element) => element.setAttribute('data-size', 'standard'))
    await page.getByRole('button', { name: '下一步' }).click()
    await expect(fold).toHaveCount(1)
    await page.getByRole('button', { name: '家庭成员 3 · 成员姓名' }).click()
    await expect(page.locator('[data-question$="/member_name"] input')).toBeFocused()

    await page.goto(`${station.program.url}/#/application/${id}`)
    await expect(page.getByRole('heading', { name: /家庭成员.*20/ })).toBeVisible()
    await page.getByRole('heading', { name: '家庭成员　2', exact: true }).scrollIntoViewIfNeeded()
    await picture(page, `rows-${glass}-answers`)
    await accessible(page, `the answers of twenty rows on a ${glass}`)
  })
}
