// A program under measurement: started, spoken to line by line, its CPU time read from outside.

import fs from 'node:fs'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Ticks of the kernel's clock in a second: 100 on every Linux that Node runs on. */
const TICKS = 100

export class Program {
  #child
  #lines = []
  #waiting = []
  #ended = null

  /** Starts `command`; what it says to people goes to the file `log`. */
  constructor([command, ...args], log) {
    const err = fs.openSync(log, 'a')
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', err] })
    fs.closeSync(err)
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      if (!line.startsWith('{')) return
      this.#lines.push(JSON.parse(line))
      this.#pass()
    })
    const end = (why) => {
      this.#ended ??= new Error(`${command} ${args.join(' ')}: ${why}; see ${log}`)
      this.#pass()
    }
    this.#child.on('error', (error) => end(error.message))
    this.#child.on('close', (code, signal) => end(`ended with ${signal ?? code}`))
    this.#child.stdin.on('error', () => undefined)
  }

  #pass() {
    while (this.#waiting.length > 0 && (this.#lines.length > 0 || this.#ended)) {
      const { resolve, reject } = this.#waiting.shift()
      if (this.#lines.length > 0) resolve(this.#lines.shift())
      else reject(this.#ended)
    }
  }

  /** The next line that it says. */
  heard() {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#pass()
    })
  }

  /** Says `command` and hears the answer. */
  ask(command) {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`)
    return this.heard()
  }

  /** CPU seconds of the process and of everything it started. */
  cpu() {
    return this.#ended ? 0 : ticks(this.#child.pid) / TICKS
  }

  async stop() {
    if (this.#ended) return
    const closed = new Promise((resolve) => this.#child.on('close', resolve))
    // Its end is told by the closed input; who does not listen is stopped.
    this.#child.stdin.end()
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 3_000)
    await closed
    clearTimeout(late)
  }
}

function ticks(pid) {
  try {
    // The name of the program stands in parentheses and may hold anything.
    const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')
    const own = [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0)
    const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
    return children === '' ? own : children.split(' ').reduce((sum, child) => sum + ticks(child), own)
  } catch {
    return 0
  }
}
