// What the demo district says of itself, for people: enrols the first station, prints the accounts.
// usage: node scripts/demo.mjs enrol DEMO.json STATION_URL TOKEN CENTER_URL
//        node scripts/demo.mjs accounts DEMO.json
import { readFileSync } from 'node:fs'

const [verb, path, ...rest] = process.argv.slice(2)
const demo = JSON.parse(readFileSync(path, 'utf8'))
const [first, ...others] = demo.stations

/** Pads by what a terminal shows: a Chinese character is two columns wide. */
const pad = (text, columns) => text + ' '.repeat(Math.max(1, columns - [...text].reduce((sum, c) => sum + (c > '\u2e7f' ? 2 : 1), 0)))

const people = (station) =>
  station.staff.map((person) => `  ${pad(person.name, 14)}${pad(`工号 ${person.number}`, 24)}PIN ${person.pin}`)

async function enrol([station, token, center]) {
  const response = await fetch(`${station}/rpc/enrol`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ center, code: first.enrolment_codes[0] }),
  })
  if (response.ok) return
  const answer = await response.text()
  // A start that was cut short after this step has nothing left to do here.
  if (!answer.includes('already_enrolled')) throw new Error(`${response.status} ${answer}`)
}

function accounts() {
  const lines = [
    'Center: sign in with name and password',
    ...demo.accounts.map((account) => `  ${pad(account.name, 14)}${pad(account.role, 24)}${account.password}`),
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

try {
  await { enrol, accounts }[verb](rest)
} catch (error) {
  process.stderr.write(`demo: ${error.message}\n`)
  process.exit(1)
}
