import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Where Cargo puts what this project builds. */
const built = (name: string) => join('target', 'debug', name)

/** A folder that is gone with the test. */
export function folder(): { path: string; drop: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'doorstep-interop-'))
  return { path, drop: () => rmSync(path, { recursive: true, force: true }) }
}

/** Runs the end in Rust, and gives what it said. */
export async function interop(...args: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)(built('examples/interop'), args, { maxBuffer: 1 << 20 })
  return JSON.parse(stdout) as Record<string, unknown>
}

/** Names files at a center, as goes before their bytes; each is a hash and a length. */
export async function name(center: Center, device: { seed: string; scope: string }, ...files: [hash: string, length: number][]): Promise<void> {
  await interop('name', center.url, device.seed, device.scope, ...files.map(([hash, length]) => `${hash}:${length}`))
}

/** Sends files of a folder, as a process that can be killed; `said` is null when it was. */
export function sending(...args: string[]): { kill: () => void; said: Promise<Record<string, unknown> | null> } {
  const child = spawn(built('examples/interop'), ['upload', ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (bytes: Buffer) => (text += bytes.toString()))
  const said = new Promise<Record<string, unknown> | null>((resolve, reject) => {
    child.once('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(null)
      else if (code === 0) resolve(JSON.parse(text) as Record<string, unknown>)
      else reject(new Error(`interop upload: ${code}`))
    })
  })
  return { kill: () => void child.kill('SIGKILL'), said }
}

/** A port nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

interface Demo {
  stations: { division: string; enrolment_codes: string[] }[]
}

/** A real center with the demo district. */
export class Center {
  private child: ChildProcess | null = null

  private constructor(
    readonly data: string,
    readonly port: number,
    private readonly more: string[],
    private readonly environment: Record<string, string>,
  ) {}

  /** On its data, with the demo district; `more` goes onto its command line. */
  static async start(data: string, more: string[] = [], environment: Record<string, string> = {}): Promise<Center> {
    const center = new Center(data, await freePort(), more, environment)
    await center.begin()
    return center
  }

  private async begin(): Promise<void> {
    const args = ['serve', '--demo', '--listen', `127.0.0.1:${this.port}`, '--data', this.data, ...this.more]
    const child = spawn(built('doorstep-center'), args, { stdio: 'ignore', env: { ...process.env, ...this.environment, RUST_LOG: 'warn' } })
    this.child = child
    for (let tries = 0; tries < 600; tries++) {
      if (child.exitCode !== null) throw new Error(`the center ended at once: ${child.exitCode}`)
      const answer = await fetch(`${this.url}/health`).catch(() => null)
      if (answer?.ok) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error('the center does not answer')
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** SIGKILL, and started again on the same data. */
  async restart(): Promise<void> {
    await this.stop()
    await this.begin()
  }

  async stop(): Promise<void> {
    const child = this.child
    if (!child || child.exitCode !== null) return
    await new Promise((resolve) => {
      child.once('exit', resolve)
      child.kill('SIGKILL')
    })
  }

  demo(): Demo {
    return JSON.parse(readFileSync(join(this.data, 'demo-accounts.json'), 'utf8')) as Demo
  }

  /** A whole file as it lies at the center; null when it is not there. */
  file(hash: string): Buffer | null {
    try {
      return readFileSync(join(this.data, 'files', 'whole', hash.slice(0, 2), hash))
    } catch {
      return null
    }
  }
}

/** Bytes that nothing makes smaller. */
export const noise = (length: number): Buffer => randomBytes(length)
