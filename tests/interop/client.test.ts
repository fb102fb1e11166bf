import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { FileStore } from '@tus/file-store'
import { Server as TusServer } from '@tus/server'
import { afterAll, expect, test } from 'vitest'
import { Device, nameOf } from './device'
import { Center, folder, interop, name, noise, sending } from './programs'
import { Proxy } from './proxy'

/** 20 MB of pictures, and the line cut ten times. */
const PICTURES = [200_000, 350_000, 450_000, 1_000_000, 3_000_000, 5_000_000, 10_000_000]
const BYTES = PICTURES.reduce((sum, length) => sum + length, 0)
const CUTS = 10
/** Cut each time another eleventh has gone, however many connections that takes. */
const budget = ({ up, cuts }: Proxy) => (cuts < CUTS ? Math.max(1, ((cuts + 1) * BYTES) / (CUTS + 1) - up) : Infinity)

const place = folder()
afterAll(place.drop)

function pictures(name: string): { path: string; all: Buffer[] } {
  const path = join(place.path, name)
  mkdirSync(path)
  const all = PICTURES.map((length) => noise(length))
  for (const picture of all) writeFileSync(join(path, nameOf(picture)), picture)
  return { path, all }
}

const report = (to: string, proxy: Proxy) =>
  process.stdout.write(`our client to ${to}: ${proxy.up} bytes up for ${BYTES} (× ${(proxy.up / BYTES).toFixed(4)}) over ${proxy.cuts} cuts\n`)

test('20 MB of pictures over ten cuts, both ends killed once: each file starts where it stopped', async () => {
  const center = await Center.start(join(place.path, 'center'))
  const device = await Device.enrol(center, 0)
  const { path, all } = pictures('ours')
  await name(center, device, ...all.map((picture): [string, number] => [nameOf(picture), picture.length]))
  const proxy = await Proxy.start(center.port, budget)
  let killed: Promise<void> = Promise.resolve()
  let sender = sending(proxy.url, path, device.seed, device.scope)
  proxy.onCut = () => {
    if (proxy.cuts === 4) killed = center.restart()
    if (proxy.cuts === 7) sender.kill()
  }
  while ((await sender.said) === null) sender = sending(proxy.url, path, device.seed, device.scope)
  await killed
  for (const picture of all) expect(center.file(nameOf(picture))?.equals(picture)).toBe(true)
  report('our center', proxy)
  expect(proxy.cuts).toBeGreaterThanOrEqual(CUTS)
  // One hundredth and what is on its way at a cut: 64 KB at most.
    expect(proxy.up).toBeLessThan(BYTES * 1.01 + proxy.cuts * 65_536)
  proxy.stop()
  await center.stop()
})

test('our client brings the same to @tus/server', async () => {
  const kept = join(place.path, 'kept')
  mkdirSync(kept)
  const namingFunction = (_: unknown, metadata?: Record<string, string | null>) => metadata?.hash ?? 'nameless'
  const tus = new TusServer({ path: '/files', datastore: new FileStore({ directory: kept }), namingFunction, relativeLocation: true })
  const server = createServer((request, response) => void tus.handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { path, all } = pictures('theirs')
  const proxy = await Proxy.start((server.address() as AddressInfo).port, budget)
  const told = await interop('upload', proxy.url, path, '07'.repeat(32), '500199101201/2026')
  expect(told.files).toBe(all.length)
  for (const picture of all) expect(readFileSync(join(kept, nameOf(picture))).equals(picture)).toBe(true)
  report('@tus/server', proxy)
  expect(proxy.cuts).toBeGreaterThanOrEqual(CUTS)
  // At a cut that server lets go what lies in its streams, about 80 KB.
  expect(proxy.up).toBeLessThan(BYTES * 1.02 + proxy.cuts * 130_000)
  proxy.stop()
  server.close()
})
