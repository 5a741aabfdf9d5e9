/**
 * The control API over HTTP, with real store, keys, tokens and audit: what its tests start from.
 */

import { join } from 'node:path'
import type { Test } from 'tap'
import { explainingPorts } from '../../src/app/explaining.ts'
import { outboxDelivery } from '../../src/app/outbox.ts'
import type { openPeople } from '../../src/app/people.ts'
import { Follower } from '../../src/audit/follower.ts'
import { Journal } from '../../src/audit/journal.ts'
import type { ControlLimits, ControlPorts } from '../../src/control/action.ts'
import { DeniedCalls } from '../../src/control/denied-calls.ts'
import { CONTROL_LIMITS } from '../../src/control/limits.ts'
import { controlListener } from '../../src/control/server.ts'
import { makeAccessKey } from '../../src/credentials/access-key.ts'
import { AuthenticationRateLimiter } from '../../src/credentials/authentication-rate-limiter.ts'
import { StoredConsoleSessions } from '../../src/credentials/console-sessions.ts'
import { KeyUsage } from '../../src/credentials/key-usage.ts'
import type { MasterKey } from '../../src/credentials/master-key.ts'
import { loadOrMakeMasterKey } from '../../src/credentials/master-key-file.ts'
import { SigningKeys } from '../../src/credentials/signing-keys.ts'
import { SignatureVerifier } from '../../src/credentials/sigv4.ts'
import { SignedTokenIssuer } from '../../src/credentials/token.ts'
import { parseUsers } from '../../src/directory/csv.ts'
import { DEFAULT_LIMITS } from '../../src/ews/reader.ts'
import { MailboxOwners } from '../../src/gateway/mailbox-owners.ts'
import type { Recorder } from '../../src/history/recorder.ts'
import { ByteBudget } from '../../src/http/byte-budget.ts'
import type { ClosedKind } from '../../src/http/closed.ts'
import { InFlight } from '../../src/http/in-flight.ts'
import type { Listener, ListenerTls } from '../../src/http/listener.ts'
import { RequestRate } from '../../src/http/request-rate.ts'
import type { Statement } from '../../src/model/iam.ts'
import {
  type Organization,
  type OrganizationId,
  organizationId,
  type UserId,
} from '../../src/model/identity.ts'
import { type PrincipalId, principalId } from '../../src/model/principal.ts'
import type { UpstreamStatus } from '../../src/model/upstream-status.ts'
import { parseRange } from '../../src/policy/address.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import type { Store, UserDraft } from '../../src/store/store.ts'
import { Health } from '../../src/telemetry/health.ts'
import { createLog } from '../../src/telemetry/log.ts'
import type { Upstream } from '../../src/upstream/upstream.ts'
import { checkResponse } from './contract.ts'
import { testFolder } from './folder.ts'
import { recordsOf, SIGNER } from './journal.ts'
import { writeNewStore } from './store-file.ts'

export const ORGANIZATION = organizationId('m-0123456789abcdef0123456789abcdef')
export const ELSEWHERE = organizationId('m-ffffffffffffffffffffffffffffffff')
export const SERVICE = 'svc-gateway@example.com'
export const NEUTRAL = 'neutral@example.com'
export const ANYTHING: Statement = { Effect: 'Allow', Action: ['*'], Resource: ['*'] }

const organizationOf = (id: Organization['id'], alias: string): Organization => ({
  id,
  alias,
  serviceAddresses: [SERVICE],
  neutralMailbox: NEUTRAL,
})

const person = (name: string, number: number, more: Partial<UserDraft> = {}): UserDraft => ({
  primarySmtpAddress: `${name}@example.com`,
  aliases: [],
  principalName: `${name}@corp.example.com`,
  sid: `S-1-5-21-1004336348-1177238915-682003330-${number}`,
  ...more,
})

export const EWS_URL = 'https://ews.example.com/EWS/Exchange.asmx'

export const USERS: readonly UserDraft[] = [
  person('alice', 1101, { displayName: 'Alice Example' }),
  person('bob', 1102),
  person('ceo', 1104, { aliases: ['boss@example.com', 'a.chief@example.com'] }),
  person("o'brien", 1105, { principalName: 'obrien' }),
  // The principal name of one is the address of another.
  person('first', 1106, { principalName: 'twin@example.com' }),
  person('twin', 1107),
  { primarySmtpAddress: NEUTRAL, aliases: [] },
]

export type Key = Readonly<{ id: string; secret: string; principalId: PrincipalId }>

/** An answer; `type` and `message` of an error. */
export type Answered = Readonly<{
  status: number
  headers: Headers
  body: Readonly<Record<string, unknown>>
  type?: string
  message?: string
}>

export type ControlTestServerOptions = Readonly<{
  limits?: ControlLimits
  /** Limits of the calls of each principal; absent: none. */
  callsPerMinute?: number
  callsAtOnce?: number
  /** The time, moved by the test. */
  now?: () => number
  /** The latest time that the process has seen. By default, `now`. */
  latest?: () => number
  users?: readonly UserDraft[]
  trustedProxies?: readonly string[]
  tls?: ListenerTls
  /** Facts about mailboxes. By default, the gateway has learned none. */
  mailboxes?: ControlPorts['mailboxes']
  checkUpstream?: ControlPorts['checkUpstream']
  upstreamStatus?: UpstreamStatus
  /** Readiness checks. By default, there are none. */
  health?: Health
  certificateEndsAt?: number
  caCertificate?: string
  synchronizations?: ControlPorts['synchronizations']
  consoleFolder?: string
  /** Port of the listener. By default, a free one. */
  port?: number
  controlUrl?: string
  /** Returns who can sign in to the console. By default, access keys. */
  signingIn?: (parts: SigningInParts) => ReturnType<typeof openPeople>
  /** `undefined`: the gateway doesn't know it. */
  ewsUrl?: string | undefined
  /** Follows the audit and is asked. */
  history?: Recorder
  /** Memory budget of requests. 64 MiB by default. */
  budget?: ByteBudget
}>

type SigningInParts = Parameters<typeof openPeople>[1]

export type CallOptions = Readonly<{
  as?: Key
  service?: string
  headers?: Readonly<Record<string, string>>
}>

export class ControlTestServer {
  readonly url: string
  readonly server: Listener
  readonly store: Store
  readonly masterKey: MasterKey
  readonly admin: Key
  /** Organizations whose changes were announced. */
  readonly announced: readonly OrganizationId[]
  /** Why connections were closed. */
  readonly closed: readonly ClosedKind[]
  readonly auditFolder: string
  /** File of the SQLite store. */
  readonly storeFile: string
  /** Kind and verdict of each sign-in. */
  readonly signIns: readonly string[]
  /** Resolves when the history has all records. */
  readonly flushHistory: () => Promise<void>
  readonly #logLines: readonly string[]
  readonly #addKey: ControlTestServer['addPrincipal']

  constructor(
    parts: Readonly<{
      url: string
      server: Listener
      store: Store
      masterKey: MasterKey
      admin: Key
      announced: readonly OrganizationId[]
      closed: readonly ClosedKind[]
      auditFolder: string
      storeFile: string
      signIns: readonly string[]
      flushHistory: () => Promise<void>
      logLines: readonly string[]
      addKey: ControlTestServer['addPrincipal']
    }>,
  ) {
    this.url = parts.url
    this.server = parts.server
    this.store = parts.store
    this.masterKey = parts.masterKey
    this.admin = parts.admin
    this.announced = parts.announced
    this.closed = parts.closed
    this.auditFolder = parts.auditFolder
    this.storeFile = parts.storeFile
    this.signIns = parts.signIns
    this.flushHistory = parts.flushHistory
    this.#logLines = parts.logLines
    this.#addKey = parts.addKey
  }

  /** Calls an action as the administrator, or with another key. */
  async call(name: string, input: unknown = {}, options: CallOptions = {}): Promise<Answered> {
    const { as = this.admin, service = 'WorkMailService', headers } = options
    return this.post(JSON.stringify(input), {
      'X-Amz-Target': `${service}.${name}`,
      Authorization: basic(as),
      ...headers,
    })
  }

  /** Calls an action of the organization that must succeed, and returns its output. */
  async get(name: string, input: object = {}): Promise<Record<string, unknown>> {
    const answered = await this.call(name, { OrganizationId: ORGANIZATION, ...input })
    if (answered.status !== 200) throw new Error(`${name}: ${answered.type}: ${answered.message}`)
    return answered.body
  }

  /** Calls an action that must fail, and returns the type and message of the error. */
  async refusal(name: string, input: object = {}, options?: CallOptions): Promise<string> {
    const answered = await this.call(name, { OrganizationId: ORGANIZATION, ...input }, options)
    return `${answered.type}: ${answered.message}`
  }

  async post(body: string | Uint8Array, headers: Record<string, string>): Promise<Answered> {
    const response = await fetch(`${this.url}/`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-amz-json-1.1', ...headers },
      body,
    })
    const answered = await answeredOf(response)
    if (answered.status === 200) checkResponse(headers['X-Amz-Target'] ?? '', answered.body)
    return answered
  }

  async createRole(name: string, rules: readonly object[] = [], more: object = {}) {
    const role = { Name: name, Type: 'FULL_ACCESS', Rules: rules, ...more }
    const { ImpersonationRoleId } = await this.get('CreateImpersonationRole', role)
    return String(ImpersonationRoleId)
  }

  async userId(address: string): Promise<UserId> {
    const user = await this.store.userByName(ORGANIZATION, 'SmtpAddress', address)
    if (user === undefined) throw new TypeError(`${address} is not in the directory`)
    return user.id
  }

  addPrincipal(
    name: string,
    statements: readonly Statement[],
    organization = ORGANIZATION,
  ): Promise<Key> {
    return this.#addKey(name, statements, organization)
  }

  /** All audit records, oldest first. */
  audit(): Readonly<Record<string, unknown>>[] {
    return recordsOf(this.auditFolder)
  }

  /** Returns everything that was logged. */
  log(): string {
    return this.#logLines.join('')
  }
}

export const basic = ({ id, secret }: Pick<Key, 'id' | 'secret'>): string =>
  `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`

export async function answeredOf(response: Response): Promise<Answered> {
  const body = (await response.json()) as Record<string, unknown>
  const { status, headers } = response
  const error =
    status === 200 ? {} : { type: String(body['__type']), message: String(body['Message']) }
  return { status, headers, body, ...error }
}

const neverAsked = () => {
  throw new TypeError('The control API asks the upstream')
}
const UPSTREAM: Upstream = {
  send: neverAsked,
  lease: neverAsked,
  serverVersion: neverAsked,
  schema: neverAsked,
  check: neverAsked,
  checkConnection: neverAsked,
  status: neverAsked,
  look: neverAsked,
  close: neverAsked,
}

/** Starts it; it is closed with the test. */
export async function startControlTestServer(
  t: Test,
  options: ControlTestServerOptions = {},
): Promise<ControlTestServer> {
  const { limits = CONTROL_LIMITS.default, now = Date.now, users = USERS } = options
  const folder = testFolder(t)
  const masterKey = await loadOrMakeMasterKey(
    { file: join(folder, 'master.key') },
    true,
    () => undefined,
  )
  const storeFile = join(folder, 'gateway.db')
  await writeNewStore(storeFile)
  const store = await openSqlite(storeFile, now)
  await store.importUsers(ORGANIZATION, users, { dryRun: false, deleteMissing: false })
  const announced: OrganizationId[] = []
  const logLines: string[] = []
  const closed: ClosedKind[] = []
  const signIns: string[] = []
  const health = options.health ?? new Health()
  const log = createLog('warn', { write: line => logLines.push(line) })
  const auditFolder = join(folder, 'audit')
  const { history } = options
  const audit = new Journal({
    folder: auditFolder,
    onFailure: 'refuse',
    keepDays: 400,
    signer: SIGNER,
    now: Date.now,
    failed: () => undefined,
    recovered: () => undefined,
    disturbed: () => undefined,
  })
  const follower =
    history &&
    new Follower({
      folder: auditFolder,
      writer: audit.writer,
      consumer: history,
      failed: () => undefined,
      recovered: () => undefined,
      now: Date.now,
    })
  const deniedCalls = new DeniedCalls(audit)
  const keys = new SigningKeys({ store, masterKey, maxAgeMs: 300_000, now })
  const usage = new KeyUsage(store, () => undefined)
  const organizations = [
    organizationOf(ORGANIZATION, 'example'),
    organizationOf(ELSEWHERE, 'other'),
  ]
  const served = new Map(
    organizations.map(organization => [organization.id, { organization, upstream: UPSTREAM }]),
  )
  const mailboxOwners = new MailboxOwners(now, () => undefined)
  const trustedPeers = (options.trustedProxies ?? [])
    .map(parseRange)
    .filter(range => range !== undefined)

  const sessions = new StoredConsoleSessions({ store, masterKey, usage, accessKeys: true })
  const { signingIn = async () => ({ signingIn: { sessions, accessKeys: true } }) } = options

  const server = await controlListener(
    options.tls,
    {
      limits: { headerBytes: 16_384, connections: 128, connectionsPerAddress: 64 },
      timeouts: { headersMs: 60_000 },
      trustedPeers,
      tlsTerminatedBy: [],
      consoleFolder: options.consoleFolder ?? join(folder, 'nothing'),
      ...(options.controlUrl !== undefined && { controlUrl: options.controlUrl }),
    },
    {
      verifier: new SignatureVerifier({
        credentials: store,
        masterKey,
        rateLimiter: new AuthenticationRateLimiter(),
        usage,
      }),
      ...(await signingIn({ store, masterKey, usage, health, log })).signingIn,
      ports: {
        organizations: new Map(organizations.map(one => [one.id, one])),
        store,
        announce: async organization => void announced.push(organization),
        deliver: outboxDelivery(store, audit, () => undefined).deliver,
        synchronizations: options.synchronizations ?? new Map(),
        tokens: new SignedTokenIssuer(keys, store, now),
        keys: {
          make: (principal, choices) => makeAccessKey(masterKey, principal, { now, ...choices }),
        },
        ...explainingPorts(served, mailboxOwners, DEFAULT_LIMITS),
        ...(options.mailboxes && { mailboxes: options.mailboxes }),
        parseUsers,
        upstreamStatus: () => options.upstreamStatus ?? { state: 'up', since: 1_000 },
        checkUpstream: options.checkUpstream ?? (async () => []),
        health,
        certificateEndsAt: () => options.certificateEndsAt,
        caCertificate: () => options.caCertificate,
        audit,
        ...(history && { history }),
        ewsUrl: () => ('ewsUrl' in options ? options.ewsUrl : EWS_URL),
        limits,
        now,
        moment: () => ({ at: now(), latest: options.latest?.() }),
      },
      deniedCalls,
      rate: new RequestRate({
        of: 'principal',
        perMinute: options.callsPerMinute,
        burst: options.callsPerMinute ?? 1,
        now,
        onThrottled: () => undefined,
      }),
      inFlight: new InFlight('principal', options.callsAtOnce ?? 1_000),
      log,
      budget: options.budget ?? new ByteBudget(64 * 1_024 * 1_024),
      closed: kind => void closed.push(kind),
      signIn: (kind, verdict) => void signIns.push(`${kind} ${verdict}`),
    },
  ).listen({ host: '127.0.0.1', port: options.port ?? 0 })
  const addKey: ControlTestServer['addPrincipal'] = async (
    name,
    statements,
    organization = ORGANIZATION,
  ) => {
    const id = principalId(crypto.randomUUID())
    await store.putPrincipal({
      id,
      organizationId: organization,
      name,
      enabled: true,
      policy: { Version: '2012-10-17', Statement: statements },
    })
    const { key, secret } = makeAccessKey(masterKey, id, { now })
    await store.putKey(key)
    return { id: key.id, secret: secret.reveal(), principalId: id }
  }
  t.teardown(async () => {
    await server.close(0)
    await store.close().catch(() => undefined)
    audit.close()
    await follower?.close()
  })
  const flushHistory = async () => {
    await audit.written()
    await follower?.drain()
  }
  const url = `http${options.tls ? 's' : ''}://127.0.0.1:${server.port}`
  const admin = await addKey('admin', [ANYTHING])
  return new ControlTestServer({
    url,
    server,
    store,
    masterKey,
    admin,
    announced,
    closed,
    auditFolder,
    storeFile,
    signIns,
    flushHistory,
    logLines,
    addKey,
  })
}
