// What every program is given: 1,000 applications of invented people, 50 edits, 20 MB of pictures. The same at every run.

import fs from 'node:fs'
import path from 'node:path'
import { createHash } from 'node:crypto'
import { random } from './random.js'

const DOCUMENTS = 1_000
const EDITS = 50
const PICTURES = 40
const PICTURE = 512 * 1024

const family = '王李张刘陈杨赵黄周吴徐孙胡朱高林'
const given = '桃柳石云溪白青山禾春秋明月松竹兰梅雪'
const villages = ['桃花村', '柳溪村', '石桥村', '云山村', '白鹭村', '青禾村']
const reasons = ['子女在外务工，本人行动不便', '低保家庭，家中无劳动力', '腿部骨折，卧床休养', '独居，由邻居代为联系', '视力残疾，需要代填']

function person(draw) {
  const one = (list) => list[Math.floor(draw() * list.length)]
  const digits = (n) => Array.from({ length: n }, () => Math.floor(draw() * 10)).join('')
  const two = (n) => String(n).padStart(2, '0')
  const day = (from, years) => `${from + Math.floor(draw() * years)}-${two(1 + Math.floor(draw() * 12))}-${two(1 + Math.floor(draw() * 28))}`
  const born = day(1935, 25)
  // No division of China begins with 500199: nobody bears such a number.
  const number = (birth) => `500199${birth.replaceAll('-', '')}${digits(4)}`
  const name = () => one(family) + one(given) + one(given)
  return { one, digits, day, born, number, name }
}

/** One application: 40 fields and the hashes of four scans, about 1.6 KB of JSON. */
function application(draw, index) {
  const { one, digits, day, born, number, name } = person(draw)
  const spouse = day(1935, 25)
  const village = one(villages)
  const fields = {
    matter: one(['glj', 'kncr', 'sydj', 'ydjy']),
    station: '500199101201',
    first_responder: `50019901${digits(2)}`,
    created: `${day(2026, 1)}T0${digits(1)}:1${digits(1)}:2${digits(1)}Z`,
  }
  const answers = {
    name: name(),
    id_number: number(born),
    birth: born,
    sex: one(['1', '2']),
    nation: one(['01', '15', '08']),
    phone: `139${digits(8)}`,
    village: `500199101${digits(3)}`,
    address: `${village}${1 + (index % 9)}组${1 + (index % 97)}号`,
    registered: `${village}${1 + (index % 7)}组`,
    account: `6222${digits(15)}`,
    bank: one(['农商银行', '邮政储蓄银行', '农业银行']),
    marital: one(['10', '20', '30', '40']),
    spouse_name: name(),
    spouse_id_number: number(spouse),
    spouse_phone: `138${digits(8)}`,
    household_size: String(1 + (index % 6)),
    income: String(200 + Math.floor(draw() * 3_000)),
    housing: one(['own', 'rented', 'relatives']),
    health: one(['good', 'chronic', 'disabled']),
    disability_kind: one(['1', '2', '3', '4']),
    disability_grade: one(['1', '2', '3', '4']),
    disability_until: day(2027, 10),
    insurance: one(['rural', 'employee']),
    subsidies: one(['living', 'care', 'living care']),
    needs_care: one(['yes', 'no']),
    carer_name: name(),
    carer_phone: `137${digits(8)}`,
    reason: one(reasons),
    received_since: day(2020, 5),
    low_income: one(['yes', 'no']),
    declaration: 'yes',
    remarks: `${one(reasons)}；${one(villages)}村委会已核实`,
  }
  for (const [key, value] of Object.entries(answers)) fields[`answers.${key}`] = value
  const agent = { who: 'agent', name: name(), relation: one(['son', 'daughter', 'neighbour']), phone: `136${digits(8)}` }
  for (const [key, value] of Object.entries(agent)) fields[`presence.${key}`] = value
  for (let page = 1; page <= 4; page += 1) {
    fields[`pages.${page}`] = createHash('sha256').update(`scan ${page} of ${index}`).digest('hex')
  }
  return fields
}

/** The keys typed one after another where a history is wanted: 30 saves after the first. */
const typed = (document) => Object.keys(document).filter((key) => key.startsWith('answers.')).slice(0, 30)

function picture(index) {
  const draw = random(900_000 + index)
  // As incompressible as a photograph.
  return Buffer.from(Uint32Array.from({ length: PICTURE / 4 }, () => draw() * 2 ** 32).buffer)
}

/** Writes it all under `folder`, unless it is there. */
export function write(folder) {
  const content = path.join(folder, 'documents.json')
  const pictures = path.join(folder, 'pictures')
  fs.mkdirSync(pictures, { recursive: true })
  const draw = random(20_260_301)
  const documents = Array.from({ length: DOCUMENTS }, (_, index) => application(draw, index))
  const edits = Array.from({ length: EDITS }, (_, index) => [
    (index * DOCUMENTS) / EDITS,
    'answers.address',
    `${villages[index % villages.length]}${1 + (index % 9)}组${100 + index}号`,
  ])
  fs.writeFileSync(content, JSON.stringify({ documents, edits, typed: typed(documents[0]) }))
  for (let index = 0; index < PICTURES; index += 1) {
    const file = path.join(pictures, `${String(index).padStart(2, '0')}.jpg`)
    if (!fs.existsSync(file)) fs.writeFileSync(file, picture(index))
  }
  const json = documents.reduce((sum, document) => sum + Buffer.byteLength(JSON.stringify(document)), 0)
  return { content, pictures, documents: DOCUMENTS, edits: EDITS, json, picturesBytes: PICTURES * PICTURE }
}
