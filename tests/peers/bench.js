// Doorstep and its peers in one run: the same documents, the same line. See README.md, `make bench-peers`.
// usage: bench.js [--publish] [--only PROGRAM[,PROGRAM]] [--links clean|weak]
//   --publish  write the tables into tests/peers/RESULTS.md and README.md, too

import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { write } from './content.js'
import { CLEAN, FAIR, WEAK } from './line.js'
import { documents, pictures } from './measure.js'
import { documentPrograms, filePrograms, root } from './programs.js'
import { publish, ratios, text } from './table.js'

const { values: options } = parseArgs({
  options: { publish: { type: 'boolean' }, only: { type: 'string' }, links: { type: 'string' } },
})
const chosen = (programs) => programs.filter(({ name }) => !options.only || options.only.split(',').includes(name))
const wanted = (link) => !options.links || options.links.split(',').includes(link.name)
const say = (line) => process.stdout.write(`${line}\n`)

/** How often the line is cut while the pictures go up. */
const CUTS = 10

async function run(content) {
  const rows = []
  const failed = []
  const take = async (label, work) => {
    try {
      const taken = await work()
      for (const row of taken) say(`· ${label} ${row.what}: ${row.up} + ${row.down} B, ${row.wall.toFixed(2)} s`)
      rows.push(...taken)
    } catch (error) {
      say(`✗ ${label}: ${error.message}`)
      failed.push(label)
    }
  }
  if (wanted(CLEAN)) {
    // One after another: here the processor decides.
    for (const program of chosen(documentPrograms)) {
      await take(`${program.name}, clean line,`, () => documents(program, CLEAN, content, false))
      if (program.history) await take(`${program.name}, clean line, with history,`, () => documents(program, CLEAN, content, true))
    }
    for (const program of chosen(filePrograms)) await take(`${program.name}, clean line,`, () => pictures(program, CLEAN, content, 0))
  }
  if (wanted(WEAK)) {
    // All at once, each on a line of its own: here the line decides.
    await Promise.all([
      ...chosen(documentPrograms).map((program) => take(`${program.name}, weak line,`, () => documents(program, WEAK, content, false))),
      ...chosen(filePrograms).map((program) => take(`${program.name}, ${CUTS} cuts,`, () => pictures(program, FAIR, content, CUTS))),
    ])
  }
  return { rows, failed }
}

const folder = path.join(root, 'target/peers')
const content = write(path.join(folder, 'content'))
const { rows, failed } = await run(content)
const programs = [...new Set([...documentPrograms, ...filePrograms])]
const report = {
  date: new Date().toISOString().slice(0, 10),
  machine: `${os.cpus().length} × ${os.cpus()[0].model}, Node ${process.versions.node}`,
  versions: Object.fromEntries(programs.map(({ name, title, versions }) => [name, `${title} ${versions()}`])),
  content: { documents: content.documents, json: content.json, pictures: content.picturesBytes },
  rows,
}
fs.writeFileSync(path.join(root, 'target/peers.json'), `${JSON.stringify(report, null, 2)}\n`)
say(`\n${text(report)}\n\n${ratios(report)}\n\n${path.join(root, 'target/peers.json')}`)
if (options.publish && failed.length === 0) publish(report)
process.exit(failed.length === 0 ? 0 : 1)
