/** From "can it be done at all?" to a form that nobody fills in twice; several matters in one; and a matter published anew. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { accessible } from './access'
import { draw, fill, idNumber, photograph, question, widths } from './clerk'
import { picture } from './pictures'
import { about, workbook } from './workbook'
import { type RunningStation, World } from './world'

const person = idNumber('50019919880617002')
const who = `
text | name | 姓名 | yes
text | id_number | 身份证号 | yes`
const head = 'type | name | label::中文 (zh) | required'
const yesno = `
list_name | name | label::中文 (zh)
yesno | yes | 是
yesno | no | 否`

const school = (more: string, papers: string) => ({
  survey: `${head}${who}\ntext | phone | 电话 | yes\n${more}`,
  choices: `list_name | name | label::中文 (zh)\nstage | primary | 小学\nstage | middle | 初中`,
  matter: `${about('YX-TEST-11', '入学补贴')}\nsynonyms | 读书钱\nconditions | 家有学生 [?]`,
  materials: `code | name::中文 (zh) | exempt::中文 (zh) | sample | evidence\n${papers}`,
  guide: `
step | question::中文 (zh) | answer | label::中文 (zh) | go | fill | materials | message::中文 (zh)
age | 孩子多大了？ | small | 6 到 12 岁 | place | stage=primary | |
age | | baby | 不到 6 岁 | not_eligible | | | 满 6 岁再来办
place | 户口在本区吗？ | here | 在 | eligible | | | 请带齐材料
place | | away | 不在 | eligible | | | 要写一份说明`,
  shared: 'question | source\nphone | application',
})
const before = school('select_one stage | stage | 学段 | yes\ntext | nickname | 小名 |', 'id_card | 身份证 | 公安户籍库已有 | |\nhukou | 户口簿 | | 样图.jpg | B')
const anew = school('select_one stage | stage | 学段 | yes\ntext | school | 学校 | yes', 'hukou | 户口簿 | | 样图.jpg | B\nproof | 学籍证明 | | |')
const small = (code: string, name: string, own: string) => ({
  survey: `${head}${who}\n${own}`,
  choices: 'list_name | name | label::中文 (zh)',
  matter: about(code, name),
  materials: 'code | name::中文 (zh)\nbirth | 出生医学证明',
})
const bundle = {
  bundle: about('YX-TEST-20', '新生儿一件事'),
  survey: `${head}\nselect_one yesno | insured | 要参保吗 | yes`,
  choices: yesno,
  matters: "matter | relevant | label::中文 (zh)\nYX-TEST-21 | | 上户口\nYX-TEST-22 | ${insured} = 'yes' | 参加医保",
}

interface View {
  id: string
  materials: { asked: { code: string; required: boolean } }[]
}

let world: World
let station: RunningStation
let sample: Buffer

function publish(files: Record<string, Buffer>) {
  const paths = Object.entries(files).map(([name, bytes]) => {
    const path = join(world.folder, name)
    writeFileSync(path, bytes)
    return path
  })
  execFileSync(world.center.binary, ['catalogue', 'publish', '--data', join(world.folder, 'center'), ...paths])
}
const others = () => ({
  '户口.xlsx': workbook(small('YX-TEST-21', '户口登记', 'text | village | 落户地 | yes')),
  '医保.xlsx': workbook(small('YX-TEST-22', '医保参保', 'text | phone | 电话 | yes')),
  '一件事.xlsx': workbook(bundle),
  '样图.jpg': sample,
})

/** All that a draft lacks but its signature, by commands. */
async function complete(page: Page, id: string, answers: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(answers)) await station.call('answer_set', { id, name, value, note: '' })
  const view = await station.call<View>('presence_set', { id, name: 'who', value: 'applicant' })
  for (const { asked } of view.materials.filter(({ asked }) => asked.required)) {
    await station.send('page_add', { id, material: asked.code, replaces: null }, (await photograph(page, 400, asked.code)).buffer)
    await station.call('material_set', { id, material: asked.code, evidence: 'B', deferred_until: null, declared: null })
  }
}
async function open(page: Page, path: string): Promise<void> {
  // Arriving once more by the printed address loads the page anew, in the midst of the next step.
  if (!page.url().startsWith(station.program.url)) {
    await page.goto(station.address)
    await expect(page.getByRole('heading').first()).toBeVisible()
  }
  await page.goto(`${station.program.url}/#${path}`)
  await expect(page.getByRole('heading').first()).toBeVisible()
}
/** Nothing runs off the side at any size of glass and of letters, and each passes the accessibility check. */
async function good(page: Page, name: string): Promise<void> {
  const was = page.viewportSize()
  for (const [glass, size] of Object.entries(widths)) {
    await page.setViewportSize(size)
    for (const letters of ['standard', 'largest']) {
      await page.locator('html').evaluate((element, value) => element.setAttribute('data-size', value), letters)
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      expect.soft(over, `${name} on a ${glass}, ${letters}, runs off the side`).toBeLessThanOrEqual(0)
      await picture(page, `matters-${name}-${glass}-${letters}`)
    }
    await page.locator('html').evaluate((element) => element.setAttribute('data-size', 'standard'))
  }
  if (was) await page.setViewportSize(was)
  await accessible(page, name)
}

test.beforeAll(async ({ browser }) => {
  world = await World.open()
  const page = await browser.newPage()
  sample = (await photograph(page, 300, '样图')).buffer
  await page.close()
  publish({ '入学.xlsx': workbook(before), ...others() })
  station = await world.station(0, 'laptop')
  const staff = station.place.staff[0]!
  await station.call('unlock', { staff: staff.number, pin: staff.pin })
  await station.call('sync_now', {})
})
test.afterAll(async () => {
  await world?.close()
})

test('a matter is found by another word, the guide leads to a begun form, and nobody answers twice', async ({ page }) => {
  const { id } = await station.call<View>('begin', { matter: 'YX-TEST-11' })
  await complete(page, id, { name: '祝小满', id_number: person, phone: '13900000031', stage: 'middle' })
  await station.send('sign', { id }, await page.screenshot({ clip: { x: 0, y: 0, width: 200, height: 80 } }))
  await station.call('receive', { id })

  await open(page, '/new')
  await page.getByLabel('找事项').fill('读书钱')
  await expect(page.getByText('也叫：读书钱')).toBeVisible()
  await good(page, 'picker')
  await page.getByRole('link', { name: /入学补贴/ }).click()
  await expect(page.locator('[data-test="needed-id_card"]')).toContainText('不用带：公安户籍库已有')
  await page.locator('[data-test="needed-hukou"]').getByRole('button', { name: /看样图/ }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('img', { name: /看样图/ })).toBeVisible()
  await dialog.getByRole('button', { name: '关闭' }).click()
  await expect(dialog).toBeHidden()
  await page.getByText('谁能办、办理时限、依据').click()
  await expect(page.getByText('待区里确认')).toBeVisible()
  await good(page, 'notice')

  await page.getByRole('button', { name: '不清楚能不能办？问几个问题' }).click()
  await expect(page.getByRole('heading', { name: '孩子多大了？' })).toBeVisible()
  await good(page, 'guide')
  await page.getByRole('button', { name: '不到 6 岁' }).click()
  await expect(page.getByRole('heading', { name: '暂不能办' })).toBeVisible()
  await expect(page.getByText('满 6 岁再来办')).toBeVisible()
  await page.getByRole('button', { name: '上一个问题' }).click()
  await page.getByRole('button', { name: '6 到 12 岁' }).click()
  await page.getByRole('button', { name: '在', exact: true }).click()
  await expect(page.getByRole('heading', { name: '可以办' })).toBeVisible()
  await good(page, 'guided')
  await page.getByRole('button', { name: '开始收件' }).click()

  await expect(page.getByRole('heading', { name: '今天谁来办？' })).toBeVisible()
  await page.getByText('申请人本人').first().click()
  await page.getByRole('button', { name: '下一步' }).click()
  await expect(question(page, 'stage').getByRole('radio', { name: '小学' })).toBeChecked()
  await fill(page, 'name', '祝小满')
  await fill(page, 'id_number', person)
  await expect(page.locator('[data-test="offers"]')).toContainText('入学补贴')
  await expect(question(page, 'phone').getByRole('textbox')).toHaveValue('13900000031')
  await good(page, 'offers')
  await page.getByRole('button', { name: '下一步' }).click()
  await expect(page.getByRole('heading', { name: '拍下材料' })).toBeVisible()
  await expect(page.locator('[data-test="material-id_card"]')).toContainText('免于提交')
  await good(page, 'materials')
})

test('several matters in one: one form, one signature, one receipt, each on its own from then on', async ({ page }) => {
  const { id } = await station.call<View>('begin', { matter: 'YX-TEST-20' })
  await complete(page, id, { insured: 'yes', name: '祝小雨', id_number: person, village: '桃花村', phone: '13900000032' })
  await open(page, '/new/YX-TEST-20')
  await expect(page.getByRole('heading', { name: '一件事，含 2 个事项' })).toBeVisible()
  await good(page, 'bundle-notice')
  await open(page, `/application/${id}/take/sign`)
  await expect(page.locator('[data-test="part-YX-TEST-22"]')).toContainText('参加医保')
  await draw(page, page.locator('canvas'))
  await page.getByRole('button', { name: '提交收件' }).click()
  await expect(page.locator('[data-test="parts"]')).toContainText('上户口')
  await expect(page.locator('[data-test="parts"] li')).toHaveCount(2)
  await good(page, 'bundle-receipt')
  await open(page, `/application/${id}`)
  await expect(page.locator('[data-test="parts"]')).toContainText(/已收件|已到区中心/)
  await good(page, 'bundle')
  await page.getByRole('link', { name: '参加医保' }).click()
  await expect(page.getByRole('heading', { name: /医保参保/ })).toBeVisible()
  await page.getByRole('link', { name: /属于“新生儿一件事”/ }).click()
  await expect(page.getByRole('heading', { name: '各事项办到哪了' })).toBeVisible()
})

test('a matter is published anew: the draft goes on, is moved, keeps all, and is moved back', async ({ page }) => {
  const { id } = await station.call<View>('begin', { matter: 'YX-TEST-11' })
  for (const [name, value] of Object.entries({ name: '祝小寒', nickname: '寒寒', stage: 'middle' })) await station.call('answer_set', { id, name, value, note: '' })
  publish({ '入学.xlsx': workbook(anew), ...others() })
  await station.call('sync_now', {})
  await expect.poll(async () => (await station.call<{ newer: number | null }>('application', { id })).newer).not.toBeNull()
  await open(page, `/application/${id}/take/form`)
  await expect(page.locator('[data-test="edition"]')).toContainText('事项已更新')
  await page.getByRole('button', { name: '看看改了什么' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('学校')
  await expect(dialog).toContainText('寒寒')
  await good(page, 'edition')
  await dialog.getByRole('button', { name: '改用新版' }).click()
  await expect(dialog).toBeHidden()
  await expect(page.locator('[data-test="moved"]')).toContainText('寒寒')
  await expect(question(page, 'school')).toBeVisible()
  await expect(question(page, 'name').getByRole('textbox')).toHaveValue('祝小寒')
  await good(page, 'moved')
  await page.getByRole('button', { name: '退回原来的版本' }).click()
  await expect(question(page, 'nickname').getByRole('textbox')).toHaveValue('寒寒')
})
