// What the demo district says of itself: the code that enrols the first station, the accounts as people read them.
// usage: node scripts/demo.mjs code|accounts DEMO.json
import { readFileSync } from 'node:fs'

const [verb, path] = process.argv.slice(2)
const demo = JSON.parse(readFileSync(path, 'utf8'))
const [first, ...others] = demo.stations

/** What an account of the console is for. */
const roles = {
  window: '窗口 accepts, asks',
  reviewer: '审核 decides as well',
  chief_representative: '首席代表 decides',
  supervisor: '监察 sees, changes nothing',
  administrator: '管理 people, stations, devices',
}

/** Pads by what a terminal shows: a Chinese character is two columns wide. */
const pad = (text, columns) => text + ' '.repeat(Math.max(1, columns - [...text].reduce((sum, c) => sum + (c > '\u2e7f' ? 2 : 1), 0)))

const people = (station) =>
  station.staff.map((person) => `  ${pad(person.name, 14)}${pad(`工号 ${person.number}`, 32)}PIN ${person.pin}`)

/** The one-time code of the first station, for the device that this machine is. */
function code() {
  process.stdout.write(`${first.enrolment_codes[0]}\n`)
}

function accounts() {
  const lines = [
    'Center: sign in with name and password',
    ...demo.accounts.map((account) => `  ${pad(account.name, 14)}${pad(roles[account.role] ?? account.role, 32)}${account.password}`),
    '',
    `Station ${first.name}: unlock with a PIN`,
    ...people(first),
    ...others.flatMap((station) => [
      '',
      `${station.name}: for a further device, one-time codes ${station.enrolment_codes.join('  ')}`,
      ...people(station),
    ]),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

({ code, accounts })[verb]()
