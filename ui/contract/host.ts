import { invoke, isTauri } from '@tauri-apps/api/core'
import type { Commands, Failure, FailureCode } from './station'

/**
 * Why the station did not do what was asked: a code of its own, `host_gone` when nothing answered, or `no_token` when
 * this page was not opened by the address the station printed.
 */
export class HostFailure extends Error {
  constructor(
    /** Stable code; the screen has words for each. */
    readonly code: FailureCode | 'host_gone' | 'no_token',
    message: string,
    /** Milliseconds until the next try is allowed. */
    readonly wait: number = 0,
    /** What stands in the way, for `incomplete`. */
    readonly fields: string[] = [],
  ) {
    super(message)
    this.name = 'HostFailure'
  }
}

/** Whether this is the app's own window, which can write into a folder; a browser only keeps downloads. */
export function inApp(): boolean {
  return isTauri()
}

/** This window, by a name it makes up: two windows of one person are not given one new application. */
export const thisWindow = Math.random().toString(36).slice(2)

/** The one way from the screen to the station: Tauri IPC in the app, loopback HTTP in a browser. */
export async function call<K extends keyof Commands>(
  command: K,
  args: Commands[K]['args'],
  ...body: Commands[K]['bytes'] extends true ? [Blob] : []
): Promise<Commands[K]['reply']> {
  const reply = isTauri() ? await overIpc(command, args, body[0]) : await overHttp(command, args, body[0])
  return reply as Commands[K]['reply']
}

async function overIpc(command: string, args: object, body: Blob | undefined): Promise<unknown> {
  const headers: Record<string, string> = { 'x-doorstep-command': command }
  try {
    if (body === undefined) return asReply(await invoke('rpc', { ...args }, { headers }))
    headers['x-doorstep-args'] = encodeURIComponent(JSON.stringify(args))
    return asReply(await invoke('rpc', new Uint8Array(await body.arrayBuffer()), { headers }))
  } catch (error) {
    throw asFailure(error)
  }
}

/** The app answers files as an array buffer; everything else is JSON already. */
function asReply(reply: unknown): unknown {
  return reply instanceof ArrayBuffer ? new Blob([reply]) : reply
}

async function overHttp(command: string, args: object, body: Blob | undefined): Promise<unknown> {
  const headers: Record<string, string> = { authorization: `Bearer ${token()}` }
  if (body === undefined) headers['content-type'] = 'application/json'
  else {
    headers['content-type'] = 'application/octet-stream'
    headers['x-doorstep-args'] = encodeURIComponent(JSON.stringify(args))
  }
  let response: Response
  try {
    response = await fetch(`/rpc/${command}`, { method: 'POST', headers, body: body ?? JSON.stringify(args), cache: 'no-store' })
  } catch {
    throw new HostFailure('host_gone', 'the station does not answer')
  }
  const json = (response.headers.get('content-type') ?? '').startsWith('application/json')
  if (response.status === 401) throw new HostFailure('no_token', 'this page holds no valid token')
  if (!response.ok) throw asFailure(json ? await response.json().catch(() => null) : null)
  return json ? response.json() : response.blob()
}

function asFailure(error: unknown): HostFailure {
  if (typeof error === 'object' && error !== null && 'code' in error) {
    const failure = error as Failure
    return new HostFailure(failure.code, failure.message, failure.wait, failure.fields)
  }
  return new HostFailure('host_gone', 'the station gave no sense')
}

/**
 * The token comes once, behind `#` in the printed address, and is taken out of the address at once: before the router,
 * which reads the same place, is even loaded. True when there was one.
 */
function arrive(hash: string): boolean {
  const found = /[#&]token=([^&]+)/.exec(hash)
  if (found?.[1] === undefined) return false
  sessionStorage.setItem('token', decodeURIComponent(found[1]))
  window.history.replaceState(null, '', window.location.pathname + window.location.search)
  return true
}

function token(): string {
  return sessionStorage.getItem('token') ?? ''
}

// Tests import this module where there is no page.
if (typeof window !== 'undefined' && !isTauri()) {
  arrive(window.location.hash)
  // The printed address was put into a page that is open already: the browser changes the hash and loads nothing. The
  // router may have taken it out of the address by now, so the event says what it was.
  window.addEventListener('hashchange', (event) => {
    if (arrive(new URL(event.newURL).hash)) window.location.reload()
  })
}
