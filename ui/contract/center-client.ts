import createClient from 'openapi-fetch'
import type { components, paths } from './center'

/** The center's types, generated from its OpenAPI description. */
export type Schemas = components['schemas']
export type AccountView = Schemas['AccountView']
export type AccountRow = Schemas['AccountRow']
export type BroughtFile = Schemas['BroughtFile']
export type BundlePlan = Schemas['BundlePlan']
export type BundleReport = Schemas['BundleReport']
export type CaseAction = Schemas['CaseAction']
export type CaseList = Schemas['CaseList']
export type CaseMaterial = Schemas['CaseMaterial']
export type CaseRow = Schemas['CaseRow']
export type CaseView = Schemas['CaseView']
export type CatalogueReport = Schemas['CatalogueReport']
export type CorrectionPoint = Schemas['CorrectionPoint']
export type DeviceRow = Schemas['DeviceRow']
export type EnrolmentCode = Schemas['EnrolmentCode']
export type FileReport = Schemas['FileReport']
export type MatterCatalogue = Schemas['MatterCatalogue']
export type Limit = Schemas['Limit']
export type MatterPage = Schemas['MatterPage']
export type Overview = Schemas['Overview']
export type Page = Schemas['Page']
export type QuestionView = Schemas['QuestionView']
export type RecoveryCodes = Schemas['RecoveryCodes']
export type ResultFile = Schemas['ResultFile']
export type Right = Schemas['Right']
export type SessionPlace = Schemas['SessionPlace']
export type SessionView = Schemas['SessionView']
export type SetUpView = Schemas['SetUpView']
export type Role = Schemas['Role']
export type StandInRow = Schemas['StandInRow']
export type StationRow = Schemas['StationRow']
export type CaseQuery = NonNullable<paths['/api/cases']['get']['parameters']['query']>
export type QueueName = NonNullable<CaseQuery['queue']>

/** Why the center did not do what was asked. */
export class CenterError extends Error {
  constructor(
    /** Stable code of the center, or `network` when it was not reached. */
    readonly code: string,
    /** What is wrong with single fields, as codes. */
    readonly fields: Record<string, string> = {},
    /** Seconds after which it may be tried again, if the center said so. */
    readonly wait: number | null = null,
  ) {
    super(code)
  }
}

let csrf = ''
let language = 'zh-CN'
let ended: () => void = () => {}
let unfinished: () => void = () => {}

/** From now on words are asked for in this language: `zh-CN` or `en`. */
export function speak(wanted: string) {
  language = wanted
}

/** Calls `then` whenever the center says that nobody is signed in. */
export function onSessionEnd(then: () => void) {
  ended = then
}

/** Calls `then` whenever something has to be done before anything else: somebody stands in from today, for example. */
export function onUnfinished(then: () => void) {
  unfinished = then
}

const client = createClient<paths>({ baseUrl: '/', credentials: 'same-origin', cache: 'no-store' })
client.use({
  onRequest({ request }) {
    request.headers.set('x-language', language)
    if (request.method !== 'GET') request.headers.set('x-csrf', csrf)
    return request
  },
})

/** The body of an answer, or the error as a [`CenterError`]. */
async function answer<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  let reply
  try {
    reply = await call
  } catch {
    // The browser gives no more reason than that; a half-read body counts the same.
    throw new CenterError('network')
  }
  const { data, error, response } = reply
  if (response.ok) return data as T
  const body = (typeof error === 'object' && error !== null ? error : {}) as Partial<Schemas['ErrorBody']>
  const wait = Number(response.headers.get('retry-after'))
  const code = body.code ?? (response.status === 413 ? 'too_large' : `http_${response.status}`)
  if (response.status === 401 && code === 'not_signed_in') ended()
  if (code === 'unfinished') unfinished()
  throw new CenterError(code, body.fields ?? {}, wait > 0 ? wait : null)
}

function keep(session: SessionView): SessionView {
  csrf = session.csrf
  return session
}

/** What a page asks by itself, again and again: it keeps nobody signed in who has gone away. */
const unattended = { headers: { 'x-unattended': '1' } }

const at = (id: string) => ({ params: { path: { id } } })
const of = (account: string) => ({ params: { path: { account } } })
const numbered = (number: string) => ({ params: { path: { number } } })

/** Everything the console asks of the center. Each call rejects with a [`CenterError`]. */
export const center = {
  waysIn: (): Promise<Schemas['Ways']> => answer(client.GET('/api/provider')),
  session: async () => keep(await answer(client.GET('/api/session'))),
  signIn: async (body: Schemas['SignIn']) => keep(await answer(client.POST('/api/session', { body }))),
  showCode: async (code: string) => keep(await answer(client.POST('/api/session/code', { body: { code } }))),
  signOut: () => answer(client.DELETE('/api/session')),

  account: (): Promise<AccountView> => answer(client.GET('/api/account')),
  changePassword: async (body: Schemas['PasswordBody']) => keep(await answer(client.POST('/api/account/password', { body }))),
  /** Begins to set up a second factor; `code` of the one there is, or empty. */
  setUpFactor: (code: string): Promise<SetUpView> => answer(client.POST('/api/account/second-factor', { body: { code } })),
  confirmFactor: (code: string): Promise<RecoveryCodes> => answer(client.POST('/api/account/second-factor/confirm', { body: { code } })),
  renewRecovery: (code: string): Promise<RecoveryCodes> => answer(client.POST('/api/account/recovery-codes', { body: { code } })),
  endSession: (id: string) => answer(client.DELETE('/api/account/sessions/{id}', at(id))),
  signOutEverywhere: () => answer(client.DELETE('/api/account/sessions')),

  cases: (query: CaseQuery): Promise<CaseList> => answer(client.GET('/api/cases', { params: { query } })),
  case: (id: string): Promise<CaseView> => answer(client.GET('/api/cases/{id}', at(id))),
  lookAtCases: (query: CaseQuery): Promise<CaseList> => answer(client.GET('/api/cases', { params: { query }, ...unattended })),
  lookAtCase: (id: string): Promise<CaseView> => answer(client.GET('/api/cases/{id}', { ...at(id), ...unattended })),
  accept: (id: string, body: Schemas['AcceptRequest']): Promise<CaseView> =>
    answer(client.POST('/api/cases/{id}/accept', { ...at(id), body })),
  advance: (id: string, body: Schemas['AdvanceRequest']): Promise<CaseView> =>
    answer(client.POST('/api/cases/{id}/advance', { ...at(id), body })),
  verify: (id: string, body: Schemas['VerifyRequest']): Promise<CaseView> =>
    answer(client.POST('/api/cases/{id}/verify', { ...at(id), body })),
  notAccept: (id: string, body: Schemas['NotAcceptRequest']): Promise<CaseView> =>
    answer(client.POST('/api/cases/{id}/not-accept', { ...at(id), body })),
  correction: (id: string, body: Schemas['CorrectionBody']): Promise<CaseView> =>
    answer(client.POST('/api/cases/{id}/correction', { ...at(id), body })),
  decide: (id: string, body: Schemas['DecideRequest']): Promise<CaseView> =>
    answer(client.POST('/api/cases/{id}/decide', { ...at(id), body })),
  storeResult: (file: File): Promise<ResultFile> =>
    answer(
      client.POST('/api/results', {
        params: { query: { name: file.name } },
        body: file as never,
        bodySerializer: (body: unknown) => body as Blob,
        headers: { 'content-type': 'application/octet-stream' },
      }),
    ),

  /** A result file that is no picture, as it was stored. */
  resultFile: (hash: string): Promise<Blob> =>
    answer(client.GET('/api/files/{hash}', { params: { path: { hash } }, parseAs: 'blob' }) as Promise<{ data?: Blob; error?: unknown; response: Response }>),

  matters: (): Promise<MatterCatalogue> => answer(client.GET('/api/matters')),
  matter: (code: string): Promise<MatterPage> => answer(client.GET('/api/matters/{code}', { params: { path: { code } } })),

  /** Brings a file of a catalogue; nothing is published by it. */
  bringFile: (file: File): Promise<BroughtFile> =>
    answer(
      client.POST('/api/catalogue/files', {
        params: { query: { name: file.name } },
        body: file as never,
        bodySerializer: (body: unknown) => body as Blob,
        headers: { 'content-type': 'application/octet-stream' },
      }),
    ),
  checkFiles: (files: BroughtFile[], upper: BroughtFile | null): Promise<CatalogueReport> =>
    answer(client.POST('/api/catalogue/check', { body: { files, upper } })),
  preview: (files: BroughtFile[], code: string, answers: Record<string, string>): Promise<MatterPage> =>
    answer(client.POST('/api/catalogue/preview', { body: { files, code, answers } })),
  publishFiles: (files: BroughtFile[], version: number): Promise<Schemas['PublishedVersion']> =>
    answer(client.POST('/api/catalogue/publish', { body: { files, version } })),
  withdrawMatter: (code: string): Promise<Schemas['PublishedVersion']> =>
    answer(client.POST('/api/matters/{code}/withdraw', { params: { path: { code } } })),

  stations: (): Promise<StationRow[]> => answer(client.GET('/api/stations')),
  enrolmentCode: (division: string, label: string): Promise<EnrolmentCode> =>
    answer(client.POST('/api/stations/{division}/enrolment-codes', { params: { path: { division } }, body: { label } })),
  revoke: (id: string, reason: string, hand_over: boolean) => answer(client.POST('/api/devices/{id}/revoke', { ...at(id), body: { reason, hand_over } })),

  accounts: (): Promise<AccountRow[]> => answer(client.GET('/api/accounts')),
  addAccount: (body: Schemas['NewAccount']): Promise<Schemas['OneTime']> => answer(client.POST('/api/accounts', { body })),
  changeRole: (account: string, role: Role): Promise<undefined> =>
    answer(client.POST('/api/accounts/{account}/role', { ...of(account), body: { role } })),
  setPassword: (account: string): Promise<Schemas['OneTime']> => answer(client.POST('/api/accounts/{account}/password', of(account))),
  disableAccount: (account: string): Promise<undefined> => answer(client.POST('/api/accounts/{account}/disable', of(account))),
  enableAccount: (account: string): Promise<undefined> => answer(client.POST('/api/accounts/{account}/enable', of(account))),
  addStaff: (division: string, body: Schemas['NewStaff']): Promise<Schemas['OneTime']> =>
    answer(client.POST('/api/stations/{division}/staff', { params: { path: { division } }, body })),
  changeStaff: (number: string, body: Schemas['StaffChange']): Promise<undefined> =>
    answer(client.POST('/api/staff/{number}', { ...numbered(number), body })),
  setPin: (number: string): Promise<Schemas['OneTime']> => answer(client.POST('/api/staff/{number}/pin', numbered(number))),
  removeStaff: (number: string): Promise<undefined> => answer(client.POST('/api/staff/{number}/remove', numbered(number))),
  standIns: (): Promise<StandInRow[]> => answer(client.GET('/api/stand-ins')),
  addStandIn: (body: Schemas['NewStandIn']): Promise<undefined> => answer(client.POST('/api/stand-ins', { body })),
  endStandIn: (id: number): Promise<undefined> => answer(client.POST('/api/stand-ins/{id}/end', { params: { path: { id } } })),
  rights: (): Promise<Schemas['RightsTable']> => answer(client.GET('/api/rights')),
  setDeciders: (deciders: Schemas['Deciders']): Promise<undefined> => answer(client.POST('/api/rights/deciders', { body: { deciders } })),
  deeds: (offset: number): Promise<Schemas['DeedPage']> => answer(client.GET('/api/deeds', { params: { query: { offset } } })),
  sealUses: (offset: number): Promise<Schemas['SealPage']> => answer(client.GET('/api/seal-uses', { params: { query: { offset } } })),

  /** Gathers what is new for a device; fetch the parts by [`bundlePart`]. */
  bundle: (device: string): Promise<BundlePlan> => answer(client.POST('/api/bundles', { body: { device } })),
  importBundle: (part: File): Promise<BundleReport> =>
    answer(
      client.POST('/api/bundles/import', {
        body: part as never,
        bodySerializer: (body: unknown) => body as Blob,
        headers: { 'content-type': 'application/octet-stream' },
      }),
    ),

  overview: (): Promise<Overview> => answer(client.GET('/api/overview')),

  custody: (id: string): Promise<Schemas['CustodyView']> => answer(client.GET('/api/cases/{id}/custody', at(id))),
  looks: (id: string): Promise<Schemas['SeenList']> => answer(client.GET('/api/cases/{id}/looks', at(id))),
  access: (): Promise<Schemas['AccessView']> => answer(client.GET('/api/access')),
}

/** Where the browser goes to sign in by the district's identity provider. */
export const providerAddress = '/api/provider/begin'

/** Address of a picture or result file; `edge` is the longer side in pixels. A preview has another one than the original that
 *  takes its place, so that the browser asks again. */
export function fileAddress(hash: string, edge?: number, preview = false): string {
  return `/api/files/${encodeURIComponent(hash)}${edge ? `?edge=${edge}${preview ? '&preview' : ''}` : ''}`
}

/** Address of the custody file of a case, for others to check. */
export function custodyFile(id: string): string {
  return `/api/cases/${encodeURIComponent(id)}/custody/file`
}

/** Address of one part of a bundle, from 1. */
export function bundlePart(bundle: string, part: number): string {
  return `/api/bundles/${encodeURIComponent(bundle)}/${part}`
}
