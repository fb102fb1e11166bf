// The line is the measure of everything here, so it is measured first: `node --test tests/peers`.

import assert from 'node:assert/strict'
import net from 'node:net'
import { after, test } from 'node:test'
import { CLEAN, Line } from './line.js'

/** A server that answers each byte with three. */
const echo = net.createServer((socket) => {
  socket.on('data', (bytes) => socket.write(Buffer.concat([bytes, bytes, bytes])))
  socket.on('error', () => undefined)
})
await new Promise((resolve) => echo.listen(0, '127.0.0.1', resolve))
after(() => echo.close())

async function on(link, work) {
  const line = new Line(link, echo.address().port, 7)
  const port = await line.open()
  try {
    return await work(line, port)
  } finally {
    line.close()
  }
}

/** Says `size` bytes and hears the answer; false when the connection was cut before. */
const talk = (socket, size) =>
  new Promise((resolve) => {
    let heard = 0
    const hear = (bytes) => {
      heard += bytes.length
      if (heard === 3 * size) end(true)
    }
    const cut = () => end(false)
    const end = (whole) => {
      socket.off('data', hear).off('close', cut)
      resolve(whole)
    }
    socket.on('data', hear).on('close', cut)
    socket.write(Buffer.alloc(size))
  })

const connect = (port) => net.connect(port, '127.0.0.1').on('error', () => undefined)

test('every byte and every turn is counted', () =>
  on(CLEAN, async (line, port) => {
    const socket = connect(port)
    for (const size of [1, 5_000, 20]) assert.equal(await talk(socket, size), true)
    socket.destroy()
    const { up, down, connections, cuts, roundTrips } = line.take()
    assert.deepEqual({ up, down, connections, cuts }, { up: 5_021, down: 15_063, connections: 1, cuts: 0 })
    // A large answer may come in pieces; it is heard in one turn all the same.
    assert.equal(roundTrips, 3)
    assert.equal(line.take().up, 0)
  }))

test('a slow line takes its time, once for connecting and once for each turn', () =>
  on({ name: 'slow', delay: 50, up: 20_000, down: 60_000, cut: 0 }, async (line, port) => {
    const started = performance.now()
    const socket = connect(port)
    assert.equal(await talk(socket, 4_000), true)
    const took = performance.now() - started
    socket.destroy()
    // 100 ms to connect, 200 ms for the bytes up, 200 ms for those down (overlapping), 100 ms there and back.
    assert.ok(took > 395 && took < 900, `${took} ms`)
    assert.equal(line.take().roundTrips, 1)
  }))

test('a connection is cut where it was said, and what did not get through is not counted', () =>
  on({ ...CLEAN, up: 1e6, down: 1e6 }, async (line, port) => {
    line.cutAt([30_000])
    assert.equal(await talk(connect(port), 100_000), false)
    const { up, cuts } = line.take()
    assert.equal(cuts, 1)
    assert.ok(up >= 30_000 && up < 32_000, `${up} B`)
    assert.equal(await talk(connect(port), 1_000), true)
  }))

test('of a hundred connections as many are cut as the link says, the same at every run', () =>
  on({ ...CLEAN, cut: 0.2 }, async (line, port) => {
    for (let n = 0; n < 100; n += 1) {
      const socket = connect(port)
      await talk(socket, 30_000)
      socket.destroy()
    }
    const { connections, cuts } = line.take()
    assert.equal(connections, 100)
    assert.ok(cuts > 10 && cuts < 30, `${cuts}`)
  }))
