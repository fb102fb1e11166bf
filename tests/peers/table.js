// What was measured, as tables: for the terminal, for RESULTS.md, and as ratios for README.md.

import fs from 'node:fs'
import path from 'node:path'
import { root } from './programs.js'

const OURS = 'doorstep'
const cases = { push: 'first push of 1,000 documents', edit: '50 of them edited', idle: 'nothing to say', files: '20 MB of pictures' }
const links = {
  clean: 'loopback',
  weak: '300 ms, 64/128 kbit/s, 2 % of connections cut',
  fair: '300 ms, 1/2 Mbit/s, cut 10 times',
}
const number = (value, digits = 0) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
const seconds = (value) => number(value, value < 10 ? 2 : 1)
const nameOf = (report, row) => `${report.versions[row.program].split(' ')[0]}${row.history ? ', 31 saves each' : ''}`

/** Every figure: who, bytes up, bytes down, round trips, connections and how many were cut, CPU, time. */
const columns = ['', 'bytes up', 'bytes down', 'round trips', 'connections (cut)', 'CPU s device + server', 'seconds']
const cells = (report, row) => [
  nameOf(report, row),
  number(row.up),
  number(row.down),
  number(row.roundTrips),
  `${row.connections} (${row.cuts})`,
  `${number(row.cpu.client, 2)} + ${number(row.cpu.server, 2)}`,
  seconds(row.wall),
]

/** The rows by case and link, in the order in which a reader asks for them. */
function groups({ rows: taken, versions }) {
  const found = []
  const order = Object.keys(versions)
  const rows = taken.toSorted((one, other) => order.indexOf(one.program) - order.indexOf(other.program))
  for (const what of Object.keys(cases)) {
    for (const link of Object.keys(links)) {
      const group = rows.filter((row) => row.what === what && row.link === link)
      if (group.length > 0) found.push({ title: `${cases[what]} · ${links[link]}`, what, link, group })
    }
  }
  return found
}

/** For the terminal. */
export function text(report) {
  const width = [32, 12, 12, 12, 18, 22, 9]
  const line = (row) => row.map((cell, at) => (at === 0 ? cell.padEnd(width[at]) : cell.padStart(width[at]))).join('')
  const of = ({ title, group }) => [`── ${title}`, line(columns), ...group.map((row) => line(cells(report, row))), ''].join('\n')
  return groups(report).map(of).join('\n')
}

const markdown = (rows) => rows.map((row) => `| ${row.join(' | ')} |`).join('\n')
const heading = (row) => [row, row.map((_, at) => (at === 0 ? '---' : '---:'))]

const absolute = (report) =>
  groups(report)
    .map(({ title, group }) => `### ${title}\n\n${markdown([...heading(columns), ...group.map((row) => cells(report, row))])}`)
    .join('\n\n')

/** How many times ours a peer needs, of bytes both ways, of time, of CPU at both ends. */
export function ratios(report) {
  const peers = Object.keys(report.versions).filter((name) => name !== OURS)
  const times = (theirs, ours) => (ours > 0 ? `${number(theirs / ours, theirs / ours < 10 ? 1 : 0)}×` : '–')
  const cpu = (row) => row.cpu.client + row.cpu.server
  const rows = groups(report).map(({ title, group }) => {
    const find = (name) => group.find((row) => row.program === name && !row.history)
    const ours = find(OURS)
    const cell = (theirs) =>
      ours && theirs
        ? `${times(theirs.up + theirs.down, ours.up + ours.down)} · ${times(theirs.wall, ours.wall)} · ${times(cpu(theirs), cpu(ours))}`
        : ''
    return [title, ...peers.map((name) => cell(find(name)))]
  })
  const head = ['bytes · time · CPU, as multiples of ours', ...peers.map((name) => report.versions[name].split(',')[0])]
  return markdown([...heading(head), ...rows])
}

/** Writes `tables` into RESULTS.md, and the ratios into README.md between their two marks. */
export function publish(report) {
  const results = path.join(root, 'tests/peers/RESULTS.md')
  const about = fs.readFileSync(results, 'utf8')
  const versions = Object.values(report.versions).map((line) => `- ${line}`)
  const measured = `${report.date}, ${report.machine}.\n\n${versions.join('\n')}\n\n${ratios(report)}\n\n${absolute(report)}`
  fs.writeFileSync(results, between(about, measured))
  const readme = path.join(root, 'README.md')
  fs.writeFileSync(readme, between(fs.readFileSync(readme, 'utf8'), `${ratios(report)}\n\nMeasured ${report.date}.`))
}

function between(page, tables) {
  const marks = /(<!-- peers: written by `make bench-peers PUBLISH=1` -->\n)[^]*(\n<!-- \/peers -->)/
  if (!marks.test(page)) throw new Error('the page has no place for the tables')
  return page.replace(marks, (_, from, to) => `${from}\n${tables}\n${to}`)
}
