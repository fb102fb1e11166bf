/** Real processes for browser tests: a center with its demo district, and stations enrolled in it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const profile = join(process.env.CARGO_TARGET_DIR ?? 'target', 'debug')
const token = 'browser-test'
/** Commands that say what they were made on. */
const edits = new Set(['answer_set', 'row_add', 'row_set', 'presence_set', 'resolve', 'material_set', 'page_add', 'page_set', 'sign', 'receive', 'resubmit', 'withdraw', 'offers_take', 'edition_set'])

async function freePort(): Promise<number> {
  return await new Promise((done, failed) => {
    const server = createServer()
    server.once('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (address && typeof address === 'object' ? done(address.port) : failed(new Error('no port'))))
    })
  })
}

/** A child process on a port, that can be killed and started again on the same data. */
export class Program {
  private child?: ChildProcess
  private constructor(
    readonly binary: string,
    private readonly args: string[],
    readonly url: string,
    private readonly log: string,
  ) {}

  static async start(binary: string, args: string[], log: string): Promise<Program> {
    const port = await freePort()
    const program = new Program(join(profile, binary), [...args, '--listen', `127.0.0.1:${port}`], `http://127.0.0.1:${port}`, log)
    await program.resume()
    return program
  }

  /** Starts it (again) and waits until it answers. */
  async resume(): Promise<void> {
    const out = openSync(this.log, 'a')
    this.child = spawn(this.binary, this.args, { stdio: ['ignore', out, out] })
    for (let tries = 0; tries < 600; tries += 1) {
      if (this.child.exitCode !== null) throw new Error(`${this.binary} ended: ${readFileSync(this.log, 'utf8')}`)
      if (await fetch(this.url).then(() => true, () => false)) return
      await new Promise((next) => setTimeout(next, 50))
    }
    throw new Error(`${this.binary} does not answer`)
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const child = this.child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    await new Promise<void>((gone) => {
      child.once('exit', () => gone())
      child.kill('SIGKILL')
    })
  }
}

export interface DemoStation {
  division: string
  name: string
  staff: { number: string; name: string; pin: string }[]
  enrolment_codes: string[]
}

export interface DemoAccount {
  name: string
  password: string
  role: string
  /** Secret of the second factor, base32, where the role needs one. */
  second_factor: string | null
}

export interface Demo {
  stations: DemoStation[]
  accounts: DemoAccount[]
}

export interface RunningStation {
  program: Program
  /** Address with the token, for a browser. */
  address: string
  place: DemoStation
  call: <T>(command: string, args: object) => Promise<T>
  /** A command with bytes. */
  send: <T>(command: string, args: object, bytes: Buffer) => Promise<T>
}

/** A district for one test file. */
export class World {
  private readonly programs: Program[] = []
  private constructor(
    readonly folder: string,
    readonly center: Program,
    readonly demo: Demo,
  ) {
    this.programs.push(center)
  }

  static async open(): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), 'doorstep-browser-'))
    const data = join(folder, 'center')
    const center = await Program.start('doorstep-center', ['serve', '--demo', '--data', data], join(folder, 'center.log'))
    const demo = JSON.parse(readFileSync(join(data, 'demo-accounts.json'), 'utf8')) as Demo
    return new World(folder, center, demo)
  }

  /** A station of place `index`; enrolled with its next one-time code unless told otherwise. `more` goes onto its command line. */
  async station(index: number, name: string, enrol = true, more: string[] = []): Promise<RunningStation> {
    const program = await Program.start(
      'doorstep-station',
      ['serve', '--token', token, '--data', join(this.folder, name), ...more],
      join(this.folder, `${name}.log`),
    )
    this.programs.push(program)
    const place = this.demo.stations[index]
    if (!place) throw new Error(`no station ${index} in the demo district`)
    const post = async <T>(command: string, headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer>): Promise<T> => {
      const all = { ...headers, authorization: `Bearer ${token}` }
      const response = await fetch(`${program.url}/rpc/${command}`, { method: 'POST', headers: all, body })
      if (!response.ok) throw new Error(`${command}: ${response.status} ${await response.text()}`)
      return (await response.json()) as T
    }
    const ask = <T>(command: string, args: unknown) => post<T>(command, { 'content-type': 'application/json' }, JSON.stringify(args))
    // An edit says what it was made on: whoever makes one here looks first.
    const made = async (command: string, args: object): Promise<object> =>
      edits.has(command) && 'id' in args ? { seen: (await ask<{ shows: string[] }>('application', { id: args.id })).shows, ...args } : args
    const call = async <T>(command: string, args: object) => ask<T>(command, await made(command, args))
    const send = async <T>(command: string, args: object, bytes: Buffer) =>
      post<T>(command, { 'x-doorstep-args': encodeURIComponent(JSON.stringify(await made(command, args))) }, new Uint8Array(bytes))
    if (enrol) await call('enrol', { center: this.center.url, code: this.code(index) })
    return { program, address: `${program.url}/#token=${token}`, place, call, send }
  }

  /** The next unused one-time code of place `index`. */
  code(index: number): string {
    const code = this.demo.stations[index]?.enrolment_codes.shift()
    if (!code) throw new Error('no enrolment code left')
    return code
  }

  account(role: string): DemoAccount {
    const account = this.demo.accounts.find((a) => a.role === role)
    if (!account) throw new Error(`no demo account with role ${role}`)
    return account
  }

  async close(): Promise<void> {
    await Promise.all(this.programs.map((p) => p.kill()))
    rmSync(this.folder, { recursive: true, force: true })
  }
}
