import * as tus from 'tus-js-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Device, nameOf } from './device'
import { Center, folder, name, noise } from './programs'
import { chance, Proxy } from './proxy'

const place = folder()
let center: Center
let device: Device
beforeAll(async () => {
  center = await Center.start(place.path)
  device = await Device.enrol(center, 0)
})
afterAll(async () => {
  await center.stop()
  place.drop()
})

/** Names a file, and sends it by tus-js-client as it is; only the signature is added to each request. */
async function upload(bytes: Buffer, base: string, options: Partial<tus.UploadOptions> = {}): Promise<void> {
  await name(center, device, [options.metadata?.hash ?? nameOf(bytes), bytes.length])
  return new Promise((resolve, reject) => {
    new tus.Upload(bytes, {
      endpoint: `${base}/files`,
      metadata: { hash: nameOf(bytes), type: 'image/jpeg', scope: device.scope },
      retryDelays: Array<number>(500).fill(10),
      onBeforeRequest(request) {
        const names = new Map(['Upload-Offset', 'Upload-Length', 'Upload-Metadata', 'Content-Type'].map((name) => [name.toLowerCase(), name]))
        const header = (name: string) => request.getHeader(names.get(name) ?? name)
        const { pathname } = new URL(request.getURL())
        request.setHeader('Authorization', device.authorization({ method: request.getMethod(), path: pathname, header }))
      },
      onError: reject,
      onSuccess: () => resolve(),
      ...options,
    }).start()
  })
}

test('tus-js-client uploads over a line that is cut every 40 to 200 KB, and nothing goes twice', async () => {
  const between = chance(7)
  const proxy = await Proxy.start(center.port, () => between(40_000, 200_000))
  const bytes = noise(3_000_000)
  await upload(bytes, proxy.url)
  expect(center.file(nameOf(bytes))?.equals(bytes)).toBe(true)
  expect(proxy.cuts).toBeGreaterThan(12)
  process.stdout.write(`tus-js-client: ${proxy.up} bytes up for ${bytes.length} over ${proxy.cuts} cuts\n`)
  // Apart from the bytes: an announcement, and a HEAD and a PATCH for each cut.
  expect(proxy.up).toBeLessThan(bytes.length * 1.005 + proxy.cuts * 1_200 + 2_000)
  proxy.stop()
})

test('it goes on where it stopped after the center was killed', async () => {
  const proxy = await Proxy.start(center.port, () => 600_000)
  const bytes = noise(2_000_000)
  const stops: number[] = []
  let killed: Promise<void> | null = null
  await upload(bytes, proxy.url, {
    onProgress: () => {
      if (!killed && proxy.cuts >= 1) killed = center.restart()
    },
    onAfterResponse(request, response) {
      if (request.getMethod() === 'HEAD' && response.getStatus() === 200) stops.push(Number(response.getHeader('Upload-Offset')))
    },
  })
  expect(killed).not.toBeNull()
  await killed
  expect(center.file(nameOf(bytes))?.equals(bytes)).toBe(true)
  expect(stops.length).toBeGreaterThan(1)
  expect(stops, 'nothing that had arrived was lost').toEqual([...stops].sort((a, b) => a - b))
  expect(stops[0]).toBeGreaterThan(500_000)
  proxy.stop()
})

test('small files go with their announcement, and in pieces', async () => {
  for (const options of [{ uploadDataDuringCreation: true }, { chunkSize: 7_000 }]) {
    const bytes = noise(50_000)
    await upload(bytes, center.url, options)
    expect(center.file(nameOf(bytes))?.equals(bytes)).toBe(true)
  }
})

test('a wrong file is refused in the end, and what was given up is gone', async () => {
  const bytes = noise(30_000)
  const metadata = { hash: nameOf(noise(9)), type: 'image/jpeg', scope: device.scope }
  await expect(upload(bytes, center.url, { metadata, retryDelays: [] })).rejects.toThrow(/460/)
  expect(center.file(metadata.hash)).toBeNull()
})
