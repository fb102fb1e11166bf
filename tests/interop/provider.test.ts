/** Signing in by a real identity provider, `oidc-provider`, as a browser does it. */
import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Provider from 'oidc-provider'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Center, freePort } from './programs'

let folder: string
let center: Center
let server: Server
/** How people are called there; what they are called here is another word. */
const people: Record<string, string> = { 'u-17': 'window', 'u-18': 'reviewer', 'u-19': 'nobody-here' }

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'doorstep-provider-'))
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const settings = ['--oidc-issuer', issuer, '--oidc-client', 'doorstep', '--oidc-claim', 'preferred_username']
  center = await Center.start(join(folder, 'center'), settings, { DOORSTEP_OIDC_SECRET: 'a secret: 100% & more' })
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'doorstep', client_secret: 'a secret: 100% & more', redirect_uris: [`${center.url}/api/provider/back`] }],
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: people[id] }) }),
    claims: { openid: ['sub'], profile: ['preferred_username'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    cookies: { keys: ['for this test alone'] },
  })
  server = provider.listen(port, '127.0.0.1')
})
afterAll(async () => {
  await center?.stop()
  server?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A browser with its cookies, that follows where it is sent. */
class Browser {
  readonly cookies = new Map<string, string>()

  async ask(url: string, form?: Record<string, string>): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, { redirect: 'manual', headers: { cookie }, ...(form && { method: 'POST', body: new URLSearchParams(form) }) })
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (!name) continue
      if (value) this.cookies.set(name, value)
      else this.cookies.delete(name)
    }
    return answer
  }

  /** Begins at the center, signs in at the provider, and stops where it is sent back to. */
  async comesBack(person: string): Promise<string> {
    let answer = await this.ask(`${center.url}/api/provider/begin`)
    for (let steps = 0; steps < 20; steps++) {
      const location = answer.headers.get('location')
      if (location) {
        const next = new URL(location, answer.url).href
        if (next.startsWith(`${center.url}/api/provider/back`)) return next
        answer = await this.ask(next)
        continue
      }
      const page = await answer.text()
      const [, prompt] = /name="prompt" value="(\w+)"/.exec(page) ?? []
      if (!prompt) throw new Error(page.slice(0, 500))
      answer = await this.ask(answer.url, prompt === 'login' ? { prompt, login: person, password: 'anything' } : { prompt })
    }
    throw new Error('sent round and round')
  }

  async session(): Promise<{ status: number; body: { account?: string; todo?: string[] } }> {
    const answer = await this.ask(`${center.url}/api/session`)
    return { status: answer.status, body: (await answer.json()) as { account?: string; todo?: string[] } }
  }
}

test('somebody with an account is signed in, and shows a code where the role needs one', async () => {
  for (const [person, account, todo] of [['u-17', 'window', []], ['u-18', 'reviewer', ['code']]] as const) {
    const browser = new Browser()
    const answer = await browser.ask(await browser.comesBack(person))
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/'])
    expect(browser.cookies.has('doorstep_provider')).toBe(false)
    expect(await browser.session()).toMatchObject({ status: 200, body: { account, todo } })
  }
})

test('somebody without an account stays outside, and gets none', async () => {
  for (let times = 0; times < 2; times++) {
    const browser = new Browser()
    const answer = await browser.ask(await browser.comesBack('u-19'))
    expect(answer.headers.get('location')).toBe('/?provider=unknown')
    expect((await browser.session()).status).toBe(401)
  }
})

test('what comes back counts once, in the browser that began, and with what it was sent with', async () => {
  const browser = new Browser()
  const back = await browser.comesBack('u-17')
  // Somebody is made to follow another person's way back.
  const other = new Browser()
  expect((await other.ask(back)).headers.get('location')).toBe('/?provider=failed')
  await other.ask(`${center.url}/api/provider/begin`)
  expect((await other.ask(back)).headers.get('location')).toBe('/?provider=failed')
  expect((await other.session()).status).toBe(401)

  const kept = new Map(browser.cookies)
  const altered = back.replace(/state=./, 'state=_')
  expect((await browser.ask(altered)).headers.get('location')).toBe('/?provider=failed')
  for (const [name, value] of kept) browser.cookies.set(name, value)
  expect((await browser.ask(back)).headers.get('location')).toBe('/')
  const again = new Browser()
  for (const [name, value] of kept) again.cookies.set(name, value)
  expect((await again.ask(back)).headers.get('location')).toBe('/?provider=failed')
  expect((await again.session()).status).toBe(401)
})
