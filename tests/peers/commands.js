// How a program under measurement listens: one JSON command a line on stdin, one JSON answer a line on stdout.

import { createInterface } from 'node:readline'

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)

/** Says `first`, then answers each command by the function of its name. Ends when the input does. */
export async function serve(commands, first = {}) {
  say(first)
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line)
    say((await commands[command.do](command)) ?? {})
  }
  process.exit(0)
}
