// One program on one line: started, given the content, brought level, and watched meanwhile.

import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Line } from './line.js'
import { Program } from './program.js'
import { root } from './programs.js'

const SEED = 2026

/** Both ends of `program` at the two ends of a line, for as long as `work` takes. */
async function between(program, link, label, work) {
  const folder = path.join(root, 'target/peers/run', `${program.name}-${label}`)
  fs.rmSync(folder, { recursive: true, force: true })
  fs.mkdirSync(folder, { recursive: true })
  const start = (role) => new Program(program.command(role, path.join(folder, role)), path.join(folder, `${role}.log`))
  const server = start('server')
  let client, line
  try {
    const listening = await server.heard()
    line = new Line(link, listening.port, SEED)
    const address = `${program.scheme}://127.0.0.1:${await line.open()}`
    client = start('client')
    await client.heard()
    return await work({ server, client, line, address, listening })
  } finally {
    line?.close()
    await Promise.all([client?.stop(), server.stop()])
    // What they said to people stays.
    for (const role of ['client', 'server']) fs.rmSync(path.join(folder, role), { recursive: true, force: true })
  }
}

async function quiet(line, millis) {
  while (line.last === 0 || performance.now() - line.last < millis) await sleep(50)
}

const level = async (client, server, known) => {
  const [here, there] = [await client.ask({ do: 'digest', ...known }), await server.ask({ do: 'digest', ...known })]
  return here.digest === there.digest
}

/** Connects, waits until both ends are level, and says what that took. */
async function exchange(program, link, { server, client, line, address }, known, what) {
  line.take()
  const before = { client: client.cpu(), server: server.cpu() }
  const started = performance.now()
  await client.ask({ do: 'sync', address })
  let done = performance.now()
  // Those that never say when they are done are asked, but only once they have fallen silent: asking costs them time. And
  // what both ends still tell one another belongs to what it takes. Who was cut comes back after 5 s.
  if (program.scheme === 'ws') await quiet(line, link.delay > 0 ? 6_000 : 1_500)
  while (program.asked && !(await level(client, server, known))) await sleep(250)
  if (program.asked) done = Math.max(line.last, started)
  const cpu = { client: client.cpu() - before.client, server: server.cpu() - before.server }
  const traffic = line.take()
  await client.ask({ do: 'disconnect' })
  if (!(await level(client, server, known))) throw new Error(`${program.name}: the ends are not level after ${what}`)
  return { program: program.name, link: link.name, what, ...traffic, cpu, wall: (done - started) / 1_000 }
}

/** The three cases of documents, one after another. */
export function documents(program, link, content, history) {
  const label = `${link.name}${history ? '-history' : ''}`
  return between(program, link, label, async (ends) => {
    const known = await ends.client.ask({ do: 'load', content: content.content, history, server: ends.listening })
    const rows = []
    // Settled once more before the edits: some read back what they have just sent, which is part of neither case.
    for (const what of ['push', 'settle', 'edit', 'idle']) {
      if (what === 'edit') await ends.client.ask({ do: 'edit', content: content.content })
      rows.push({ ...(await exchange(program, link, ends, known, what)), history })
      await sleep(500)
    }
    return rows.filter((row) => row.what !== 'settle')
  })
}

/** All pictures, on a line that is cut `cuts` times. */
export function pictures(program, link, content, cuts) {
  return between(program, link, `files-${link.name}`, async (ends) => {
    const known = await ends.client.ask({ do: 'files', pictures: content.pictures, server: ends.listening })
    const places = Array.from({ length: cuts }, (_, cut) => ((cut + 0.77) * content.picturesBytes) / (cuts + 1))
    ends.line.cutAt(places)
    return [{ ...(await exchange(program, link, ends, known, 'files')), history: false }]
  })
}
