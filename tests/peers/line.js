// One line between a device and a server, for every program measured here alike: a TCP proxy that delays, shapes, cuts
// and counts. What TCP and IP add themselves is not counted, and a connection costs one round trip before its first byte.

import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { random } from './random.js'

/** Bytes of one packet. */
const PACKET = 1_460
/** What one connection may have waiting for its turn; beyond it the sender is not read. */
const QUEUE = 256 * 1024

/** Nothing between the two ends. */
export const CLEAN = { name: 'clean', delay: 0, up: Infinity, down: Infinity, cut: 0 }
/** A weak mobile link: 300 ms there and back, 64 kbit/s up, 128 kbit/s down; of 100 connections 2 are cut. */
export const WEAK = { name: 'weak', delay: 150, up: 8_000, down: 16_000, cut: 0.02 }
/** A link on which 20 MB are done within minutes: 300 ms, 1 Mbit/s up, 2 Mbit/s down. */
export const FAIR = { name: 'fair', delay: 150, up: 125_000, down: 250_000, cut: 0 }

const nothing = () => ({ up: 0, down: 0, connections: 0, cuts: 0 })

export class Line {
  #link
  #target
  #server
  #random
  #connections = new Set()
  #traffic = nothing()
  #last = 0
  // The longest chain of bytes that can have waited for one another, counted in round trips.
  #seen = { up: 0, down: 0 }
  #free = { up: 0, down: 0 }
  #queues = { up: [], down: [] }
  #cutsAt = []

  /** `link` leads to the port `target` of this machine; `seed` decides which connections are cut, and where. */
  constructor(link, target, seed) {
    this.#link = link
    this.#target = target
    this.#random = random(seed)
  }

  /** Listens; the port. */
  async open() {
    this.#server = net.createServer({ allowHalfOpen: true, noDelay: true }, (near) => this.#accept(near))
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return this.#server.address().port
  }

  close() {
    this.#server.close()
    for (const connection of this.#connections) this.#end(connection)
  }

  /** Cuts a connection each time so many bytes in all have gone up. */
  cutAt(places) {
    this.#cutsAt = [...places]
  }

  /** What went over the line since the last call. */
  take() {
    const taken = { ...this.#traffic, roundTrips: this.#seen.down }
    this.#traffic = nothing()
    this.#last = 0
    this.#seen = { up: 0, down: 0 }
    return taken
  }

  /** When the last byte went over the line, in milliseconds of `performance.now()`; 0: none since the last `take`. */
  get last() {
    return this.#last
  }

  #accept(near) {
    const far = net.connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    const doomed = this.#random() < this.#link.cut
    const connection = {
      ends: { up: far, down: near },
      queued: { up: 0, down: 0 },
      carried: 0,
      limit: doomed ? 2 ** (16 * this.#random()) : Infinity,
      open: true,
    }
    this.#connections.add(connection)
    this.#traffic.connections += 1
    const listen = (source, direction) => {
      source.on('data', (bytes) => this.#enter(connection, direction, bytes))
      source.on('end', () => this.#enter(connection, direction, null))
    }
    for (const end of [near, far]) {
      end.on('error', () => this.#end(connection))
      end.on('close', () => near.destroyed && far.destroyed && this.#end(connection))
    }
    listen(far, 'down')
    // The handshake of TCP: there and back before the first byte leaves.
    setTimeout(() => listen(near, 'up'), 2 * this.#link.delay)
  }

  #enter(connection, direction, bytes) {
    const other = direction === 'up' ? 'down' : 'up'
    const depth = direction === 'up' ? this.#seen.down + 1 : this.#seen.up
    const packets = []
    if (bytes === null) packets.push(null)
    else if (this.#link[direction] === Infinity) packets.push(bytes)
    else for (let at = 0; at < bytes.length; at += PACKET) packets.push(bytes.subarray(at, at + PACKET))
    connection.queued[direction] += bytes?.length ?? 0
    if (connection.queued[direction] > QUEUE) connection.ends[other].pause()
    const queue = this.#queues[direction]
    queue.push(...packets.map((packet) => ({ connection, packet, depth })))
    if (queue.length === packets.length) this.#carry(direction)
  }

  async #carry(direction) {
    const queue = this.#queues[direction]
    while (queue.length > 0) {
      const { connection, packet, depth } = queue[0]
      const length = packet?.length ?? 0
      if (connection.open) {
        const now = performance.now()
        this.#free[direction] = Math.max(now, this.#free[direction]) + (1_000 * length) / this.#link[direction]
        if (this.#free[direction] - now >= 1) await sleep(this.#free[direction] - now)
      }
      queue.shift()
      if (!connection.open) continue
      this.#leave(connection, direction, length)
      if (!connection.open) continue
      if (this.#link.delay === 0) this.#arrive(connection, direction, packet, depth)
      else setTimeout(() => this.#arrive(connection, direction, packet, depth), this.#link.delay)
    }
  }

  /** A packet has gone over the line, whether it arrives or not. */
  #leave(connection, direction, length) {
    this.#traffic[direction] += length
    if (length > 0) this.#last = performance.now()
    connection.carried += length
    const source = connection.ends[direction === 'up' ? 'down' : 'up']
    connection.queued[direction] -= length
    if (connection.queued[direction] <= QUEUE / 2) source.resume()
    const due = direction === 'up' && this.#traffic.up >= (this.#cutsAt[0] ?? Infinity)
    if (due) this.#cutsAt.shift()
    if (due || connection.carried >= connection.limit) {
      this.#traffic.cuts += 1
      this.#end(connection)
    }
  }

  #arrive(connection, direction, packet, depth) {
    if (!connection.open) return
    // A farewell is no answer.
    if (packet === null) return connection.ends[direction].end()
    this.#seen[direction] = Math.max(this.#seen[direction], depth)
    connection.ends[direction].write(packet)
  }

  /** Both ends lose the connection, and what was under way. */
  #end(connection) {
    connection.open = false
    connection.ends.up.destroy()
    connection.ends.down.destroy()
    this.#connections.delete(connection)
  }
}
