import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** A line between a client and a server that counts what goes up, and cuts each connection when its budget is spent. */
export class Proxy {
  /** Bytes carried to the server. */
  up = 0
  /** Connections cut. */
  cuts = 0
  /** Hears of each cut. */
  onCut: () => void = () => undefined
  private readonly open = new Set<Socket>()

  private constructor(
    private readonly server: Server,
    private readonly port: number,
  ) {}

  /** `budget` says how many bytes the next connection may carry upwards. */
  static start(target: number, budget: (proxy: Proxy) => number): Promise<Proxy> {
    return new Promise((resolve, reject) => {
      const server = createServer((near) => proxy.carry(near, target, Math.floor(budget(proxy))))
      const proxy = new Proxy(server.once('error', reject), 0)
      server.listen(0, '127.0.0.1', () => resolve(Object.assign(proxy, { port: (server.address() as AddressInfo).port })))
    })
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  private carry(near: Socket, target: number, budget: number): void {
    const far = connect(target, '127.0.0.1')
    let left = budget
    for (const socket of [near, far]) {
      socket.setNoDelay(true)
      this.open.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        this.open.delete(socket)
        near.destroy()
        // What was carried arrives before the end does.
        far.end()
      })
    }
    far.on('data', (bytes: Buffer) => near.write(bytes))
    near.on('data', (bytes: Buffer) => {
      const through = bytes.subarray(0, Math.min(left, bytes.length))
      left -= through.length
      this.up += through.length
      if (!far.write(through)) {
        near.pause()
        far.once('drain', () => near.resume())
      }
      if (left > 0) return
      this.cuts += 1
      near.resetAndDestroy()
      this.onCut()
    })
  }

  stop(): void {
    for (const socket of this.open) socket.destroy()
    this.server.close()
  }
}

/** Numbers from a seed, so that a failing run can be repeated: xorshift32. */
export function chance(seed: number): (least: number, most: number) => number {
  let state = seed >>> 0 || 1
  return (least, most) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return least + ((state >>> 0) % (most - least + 1))
  }
}
