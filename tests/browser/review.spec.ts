/** The district's own work as a workbook describes it: rules that block and accept, stages, rows, papers looked up, the parts of a bundle. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { accessible } from './access'
import { photograph, widths } from './clerk'
import { signIn } from './desk'
import { hostilePdf } from './pdf'
import { picture } from './pictures'
import { about, workbook } from './workbook'
import { type RunningStation, World } from './world'

const survey = `
type | name | label::中文 (zh) | required
text | name | 姓名 | yes
text | id_number | 身份证号码 |
integer | age | 年龄 | yes
text | phone | 电话 |
begin_repeat | member | 家庭成员 |
text | relation | 关系 |
end_repeat | | |`
const materials = `
code | name::中文 (zh) | evidence | exempt::中文 (zh)
id_card | 居民身份证 | B |
household | 户口簿 | | 公安户籍库已有`
const rules = `
name | expression | effect | message::中文 (zh)
adult | \${age} >= 18 | blocks | 未满十八岁
reachable | \${phone} != '' | warns | 没有电话
elder | \${age} >= 60 and material('id_card') = 'given' | auto_accept | 六十岁以上`
const steps = `
name | label::中文 (zh) | office::中文 (zh) | days | pauses | relevant
visit | 入户核查 | 桃花镇 | 5 | |
notice | 村公示 | 桃花村 | 7 天 | yes |
approve | 审批 | 区民政局 | 3 | |`
const matters = `
matter | relevant
T-RULES |
T-CARD |`

interface View {
  id: string
  status: string
  materials: { asked: { code: string; required: boolean } }[]
}

let world: World
let station: RunningStation
test.beforeAll(async () => {
  world = await World.open()
  const files = {
    '津贴.xlsx': { survey, matter: about('T-RULES', '测试津贴'), materials, rules, steps },
    '办证.xlsx': { survey, matter: about('T-CARD', '测试办证'), materials },
    '一件事.xlsx': { bundle: about('T-BOTH', '测试一件事'), matters },
  }
  const paths = Object.entries(files).map(([name, sheets]) => {
    const path = join(world.folder, name)
    writeFileSync(path, workbook(sheets))
    return path
  })
  execFileSync(world.center.binary, ['catalogue', 'publish', '--data', join(world.folder, 'center'), ...paths])
  station = await world.station(0, 'laptop')
  const staff = station.place.staff[0]!
  await station.call('unlock', { staff: staff.number, pin: staff.pin })
  await expect(async () => {
    await station.call('sync_now', {})
    expect((await station.call<{ total: number }>('matters', { query: '测试一件事', tag: '' })).total).toBe(1)
  }).toPass()
})
test.afterAll(async () => {
  await world?.close()
})

/** An application with everything, handed in and arrived. */
async function handedIn(page: Page, matter: string, answers: Record<string, string>): Promise<string> {
  const { id } = await station.call<View>('begin', { matter })
  await station.call('presence_set', { id, name: 'who', value: 'applicant' })
  let view = await station.call<View>('application', { id })
  for (const [name, value] of Object.entries(answers)) view = await station.call<View>('answer_set', { id, name, value, note: '' })
  const { buffer } = await photograph(page, 600, '身份证')
  for (const { asked } of view.materials.filter(({ asked: { required } }) => required)) {
    await station.send('page_add', { id, material: asked.code, replaces: null }, buffer)
    await station.call('material_set', { id, material: asked.code, evidence: 'B', deferred_until: null, declared: null })
  }
  const png = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(60, 20)
    canvas.getContext('2d')!.fillRect(5, 5, 40, 3)
    return [...new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer())]
  })
  await station.send('sign', { id }, Buffer.from(png))
  await station.call('receive', { id })
  await expect
    .poll(async () => {
      await station.call('sync_now', {})
      return await station.call('strip', {})
    })
    .toMatchObject({ waiting_items: 0, waiting_files: 0 })
  return id
}

test('a rule that blocks wants a reason, and the stages follow one another', async ({ page }) => {
  await page.setViewportSize(widths.laptop)
  await page.goto(station.address)
  const id = await handedIn(page, 'T-RULES', { name: '田小满', age: '17', phone: '' })
  await signIn(page, world, 'reviewer')
  await page.goto(`${world.center.url}/#/cases/${id}`)
  await expect(page.getByText('1 条预审规则不符合，受理须说明理由')).toBeVisible()
  await expect(page.getByText('未满十八岁')).toBeVisible()
  await expect(page.getByText('没有电话')).toBeVisible()
  await page.getByRole('button', { name: '受理', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: '受理这个办件' })
  await dialog.getByRole('button', { name: '下一步：核对' }).click()
  await expect(dialog.getByText('请写明理由。')).toBeVisible()
  await accessible(page, 'accepting in spite of a rule')
  await dialog.getByRole('textbox').fill('由监护人代领')
  await dialog.getByRole('button', { name: '下一步：核对' }).click()
  await dialog.getByRole('button', { name: '受理', exact: true }).click()
  await expect(page.getByText('已受理。')).toBeVisible()

  const flow = page.getByRole('list').filter({ hasText: '入户核查' })
  await expect(flow.locator('[aria-current=step]')).toContainText('入户核查')
  await page.getByRole('button', { name: '下一步', exact: true }).click()
  const next = page.getByRole('dialog', { name: '办完“入户核查”' })
  await next.getByRole('button', { name: '同意' }).click()
  await next.getByRole('button', { name: '下一步：核对' }).click()
  await expect(next.getByText('转入：村公示（桃花村）')).toBeVisible()
  await accessible(page, 'the end of a stage')
  await next.getByRole('button', { name: '确认提交' }).click()
  await expect(flow.locator('[aria-current=step]')).toContainText('村公示')
  await expect(page.locator('header, .case-head').getByText('计时暂停').first()).toBeVisible()

  // Nobody needs to bring it; whoever looks it up says so.
  await page.getByRole('button', { name: '材料清单' }).click()
  const papers = page.getByRole('dialog', { name: '材料清单' })
  await expect(papers.getByText('免于提交：公安户籍库已有')).toBeVisible()
  await accessible(page, 'materials with an exempt one')
  await papers.getByRole('button', { name: '我已核验：户口簿' }).click()
  await expect(papers.getByRole('button', { name: '我已核验：户口簿' })).toBeHidden()
  await expect(page.getByText('已记下核验结果。')).toBeVisible()
  await page.keyboard.press('Escape')
  for (const [glass, size] of Object.entries(widths)) {
    await page.setViewportSize(size)
    await accessible(page, `a case with stages on a ${glass}`)
    await picture(page, `review-${glass}-stages`)
    for (const letters of ['largest', 'standard']) {
      await page.locator('html').evaluate((html, value) => html.setAttribute('data-size', value), letters)
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      expect(over, `${glass}, ${letters}`).toBeLessThanOrEqual(0)
      if (letters === 'largest') await picture(page, `review-${glass}-stages-largest`)
    }
  }

  // The station sees the stage, who has it and that the clock stands still.
  await page.setViewportSize(widths.laptop)
  await station.call('sync_now', {})
  // Its printed address takes the key away and loads: only then is there a page to go on from.
  await page.goto(station.address)
  await expect(page.getByRole('heading').first()).toBeVisible()
  await page.goto(`${station.program.url}/#/application/${id}`)
  await expect(page.getByText('现在的环节：村公示')).toBeVisible()
  await expect(page.getByText('环节办完：入户核查')).toBeVisible()
  await accessible(page, 'an application at a stage')
  await picture(page, 'station-stage')
})

test('what a rule allows is accepted by itself, and both ends say by which rule', async ({ page }) => {
  await page.setViewportSize(widths.laptop)
  await page.goto(station.address)
  const id = await handedIn(page, 'T-RULES', { name: '田守福', age: '81', phone: '13900000001' })
  await expect
    .poll(async () => {
      await station.call('sync_now', {})
      return (await station.call<View>('application', { id })).status
    })
    .toBe('accepted')
  await page.goto(`${station.program.url}/#/application/${id}`)
  await expect(page.getByText('符合规定条件，自动受理')).toBeVisible()
  await signIn(page, world, 'reviewer')
  await page.goto(`${world.center.url}/#/cases/${id}`)
  await expect(page.getByText('系统自动受理（规则代号：elder）').first()).toBeVisible()
  await accessible(page, 'a case that was accepted by a rule')
})

test('the parts of a bundle know each other and are decided apart', async ({ page }) => {
  await page.setViewportSize(widths.laptop)
  await page.goto(station.address)
  await handedIn(page, 'T-BOTH', { name: '高山月', age: '30', phone: '13900000002' })
  await signIn(page, world, 'reviewer')
  await expect(page.getByText('测试一件事 1/2')).toBeVisible()
  await expect(page.getByText('测试一件事 2/2')).toBeVisible()
  await picture(page, 'review-queue-bundle')
  await accessible(page, 'a queue with a bundle')
  await page.getByRole('listitem').filter({ hasText: '测试一件事 2/2' }).getByRole('link').click()
  await expect(page.getByRole('heading', { name: '测试一件事：共 2 个事项' })).toBeVisible()
  await accessible(page, 'a case of a bundle')
  await picture(page, 'review-bundle')
  await page.getByRole('link', { name: '测试津贴' }).click()
  await page.getByRole('button', { name: '受理', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: '受理', exact: true }).click()
  await expect(page.getByText('已受理。')).toBeVisible()
  await expect(page.getByRole('list').filter({ hasText: '测试办证' }).getByText('待受理')).toBeVisible()
})

test('a result is looked at in a frame that reaches nothing', async ({ page }) => {
  await page.setViewportSize(widths.laptop)
  await page.goto(station.address)
  const id = await handedIn(page, 'T-CARD', { name: '石有粮', age: '44', phone: '13900000003' })
  await signIn(page, world, 'reviewer')
  await page.goto(`${world.center.url}/#/cases/${id}`)
  await page.getByRole('button', { name: '受理', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: '受理', exact: true }).click()
  await page.getByRole('button', { name: '办结' }).click()
  const decide = page.getByRole('dialog').first()
  await decide.getByRole('radio', { name: '准予', exact: true }).check()
  await decide.locator('[data-test=result-file]').setInputFiles({ name: '批准书.pdf', mimeType: 'application/pdf', buffer: hostilePdf() })
  const alerts: string[] = []
  page.on('dialog', (dialog) => {
    alerts.push(dialog.message())
    void dialog.dismiss()
  })

  // Before it is sent, from this computer; afterwards, from the center.
  await decide.getByRole('button', { name: '查看', exact: true }).click()
  const shown = page.getByRole('dialog', { name: '批准书.pdf' })
  await expect(shown.getByText('共 2 页')).toBeVisible()
  await shown.getByRole('button', { name: '关闭' }).click()
  await decide.getByRole('button', { name: '下一步：核对' }).click()
  await decide.getByRole('button', { name: '确认提交' }).click()
  await expect(page.getByText('已办结。')).toBeVisible()
  await page.getByRole('tab', { name: '经过' }).click()
  const encodings = page.waitForResponse((answer) => answer.url().endsWith('/assets/pdf/cmaps/UniGB-UCS2-H.bcmap'))
  await page.getByRole('button', { name: /批准书\.pdf/ }).click()
  await expect(shown.getByText('共 2 页')).toBeVisible()
  expect((await encodings).ok()).toBe(true)
  const sheet = page.frameLocator('iframe').getByRole('img', { name: '第 1 页，共 2 页' })
  const ink = () =>
    sheet.evaluate((canvas: HTMLCanvasElement) => {
      const of = (x: number, y: number, width: number, height: number) => {
        const at = [x * canvas.width, y * canvas.height, width * canvas.width, height * canvas.height].map(Math.floor) as [number, number, number, number]
        const { data } = canvas.getContext('2d')!.getImageData(...at)
        return data.filter((value, at) => at % 4 === 0 && value < 128).length / (data.length / 4)
      }
      // The words, the black box, and what is empty.
      return canvas.width > 0 ? { words: of(0.13, 0.12, 0.2, 0.05) > 0.05, box: of(0.2, 0.42, 0.3, 0.08), empty: of(0.1, 0.7, 0.8, 0.2) } : null
    })
  await expect.poll(ink).toEqual({ words: true, box: 1, empty: 0 })
  await accessible(page, 'a result')
  for (const [glass, size] of Object.entries(widths)) {
    await page.setViewportSize(size)
    await picture(page, `review-${glass}-result`)
  }

  // What stands in the frame has no origin: no cookie, no store, no answer of the center, and no way to the page around it.
  const inside = page.frames().find((frame) => frame.url().endsWith('/paper.html'))!
  const reach = await inside.evaluate(async () => {
    const tried = (what: () => unknown) => {
      try {
        return String(what())
      } catch (error) {
        return (error as Error).name
      }
    }
    return {
      origin: self.origin,
      cookie: tried(() => document.cookie),
      store: tried(() => localStorage),
      around: tried(() => window.parent.document),
      center: await fetch('/api/session').then(() => 'answered', () => 'refused'),
      elsewhere: await fetch('http://127.0.0.1:9/').then(() => 'answered', () => 'refused'),
      eval: tried(() => new Function('return 1')()),
    }
  })
  expect(reach).toEqual({
    origin: 'null',
    cookie: 'SecurityError',
    store: 'SecurityError',
    around: 'SecurityError',
    center: 'refused',
    elsewhere: 'refused',
    eval: 'EvalError',
  })
  const policy = (await page.request.get(`${world.center.url}/paper.html`)).headers()
  expect(policy['content-security-policy']).toContain('sandbox allow-scripts;')
  expect(policy['x-frame-options']).toBe('SAMEORIGIN')
  expect(alerts).toEqual([])
})
