/**
 * A gateway before a sandbox Exchange, both in this process, with users, roles and keys: what the
 * tests of the running data plane start from.
 *
 * @module
 */

import { hash, randomBytes, randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import { Sandbox } from '../../sandbox/sandbox.ts'
import { type Gateway, openStore, startGateway } from '../../src/app/compose.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Config, ConfigInput } from '../../src/config/schema.ts'
import { makeAccessKey } from '../../src/credentials/access-key.ts'
import type { MasterKey } from '../../src/credentials/master-key.ts'
import { loadOrMakeMasterKey, verifyMasterKey } from '../../src/credentials/master-key-file.ts'
import { ASSUME_ROLE, type PolicyDocument } from '../../src/model/iam.ts'
import { organizationId, type UserId } from '../../src/model/identity.ts'
import { type AccessKey, type Principal, principalId } from '../../src/model/principal.ts'
import type { RoleProfile } from '../../src/model/profile.ts'
import {
  DEFAULT_GUARD,
  type ImpersonationRole,
  type RoleDraft,
  type RoleGuard,
  roleId,
} from '../../src/model/role.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import type { Store, UserDraft } from '../../src/store/store.ts'
import { testFolder } from './folder.ts'
import { type JournalRecord, JournalTail } from './journal.ts'
import { repeated } from './repeated.ts'
import { madeIn, writeNewStore, writeStore } from './store-file.ts'

export const ORGANIZATION = organizationId('m-0123456789abcdef0123456789abcdef')
export const SERVICE = 'svc-gateway@example.com'
export const NEUTRAL = 'neutral@example.com'
export const XML = 'text/xml; charset=utf-8'

const person = (name: string, number: number, aliases: readonly string[] = []): UserDraft => ({
  primarySmtpAddress: `${name}@example.com`,
  aliases,
  principalName: `${name}@corp.example.com`,
  sid: `S-1-5-21-1004336348-1177238915-682003330-${number}`,
})

/** The service account is no user of the directory, unless a test adds it. */
export const USERS: readonly UserDraft[] = [
  person('alice', 1101),
  person('bob', 1102),
  person('carol', 1103),
  person('ceo', 1104, ['boss@example.com']),
  { primarySmtpAddress: NEUTRAL, aliases: [] },
  {
    ...person('user', 0, ['alias@example.com']),
    sid: 'S-1-5-21-1111111111-2222222222-3333333333-1104',
  },
]

/** A role by the addresses that its rules name. */
export type RoleSeed = Readonly<{
  name: string
  type: ImpersonationRole['type']
  /** `all`: an ALLOW without conditions; none: no ALLOW at all. */
  allow: 'all' | readonly string[]
  deny?: readonly string[]
  guard?: Partial<RoleGuard>
  profile?: RoleProfile
}>

export const FULL: RoleSeed = {
  name: 'migration-full',
  type: 'FULL_ACCESS',
  allow: 'all',
  deny: ['ceo@example.com'],
}
export const READ_ONLY: RoleSeed = {
  name: 'backup-readonly',
  type: 'READ_ONLY',
  allow: ['alice@example.com', 'bob@example.com', 'user@example.com'],
}

export type Key = Readonly<{ id: string; secret: string }>

/** A role with a principal that may assume it alone, and the key of that. */
export type Client = Readonly<{
  role: ImpersonationRole
  principal: Principal
  accessKey: AccessKey
  key: Key
}>

export type GatewayTestServerOptions = Readonly<{
  /** The sandbox reads like grommunio, and runs an operation as soon as its end tag is there. */
  lenient?: boolean
  /** The sandbox runs operations like grommunio. */
  gromox?: boolean
  /** Address of a user who is the service account; {@link SERVICE} by default. */
  service?: string
  /** Password of the service account; a random one by default. */
  upstreamPassword?: string
  /** Another upstream than the sandbox, which runs all the same. */
  upstreamUrl?: string
  /** Sections of the configuration, whole. */
  config?: Readonly<Partial<ConfigInput>>
  /** False: the organization has no neutral mailbox. */
  neutral?: boolean
  /**
   * Setting of the organization. `allow` by default, because no server issued the IDs in the fixtures'
   * envelopes.
   */
  opaqueIds?: 'allow' | 'refuse'
  /** Domains of the organization's mailboxes. */
  acceptedDomains?: string[]
  /** Whether the upstream checks the sender of stored items. False by default. */
  enforcesSendAs?: boolean
  /** Other settings of the organization, as a file has them, but for the URL of its upstream. */
  organization?: Partial<ConfigInput['organizations'][number]>
  /** From which users are copied. */
  directory?: NonNullable<ConfigInput['organizations'][number]['directory']>
  /** Instead of {@link USERS}. */
  users?: readonly UserDraft[]
  /** Roles to add to {@link FULL} and {@link READ_ONLY}. */
  roles?: readonly RoleSeed[]
  /** How many requests and operations the sandbox remembers; 1,000. */
  keepSeen?: number
  /** Users of the sandbox who can open the mailboxes of others. */
  delegations?: readonly Readonly<{ owner: string; delegate: string }>[]
  /** Whether the gateway asks Autodiscover of the upstream. */
  autodiscover?: boolean
  /** Server of each mailbox in a database availability group. */
  nodes?: Readonly<Record<string, string>>
}>

/** `null`: no credentials; text: the Authorization header as it is; else a key, or whose. */
export type Auth = Key | 'full' | 'readOnly' | string | null

export type PostOptions = Readonly<{
  auth?: Auth
  headers?: Readonly<Record<string, string | readonly string[]>>
  method?: string
  path?: string
}>

export type Answered = Readonly<{ status: number; headers: IncomingHttpHeaders; text: string }>

/** On a connection of its own: the gateway ends one that is idle for seconds, as a busy machine leaves it. */
const ALONE = { headers: { connection: 'close' } }

export class GatewayTestServer {
  readonly sandbox: Sandbox
  readonly gateway: Gateway
  readonly store: Store
  readonly masterKey: MasterKey
  readonly auditFolder: string
  readonly clients = new Map<string, Client>()
  readonly #agent = new Agent({ keepAlive: true })
  readonly #sockets = new Set<Socket>()
  readonly #journal: JournalTail
  readonly #records: JournalRecord[] = []
  #closed: Promise<void> | undefined

  constructor(
    parts: Readonly<{
      sandbox: Sandbox
      gateway: Gateway
      store: Store
      masterKey: MasterKey
      auditFolder: string
    }>,
  ) {
    this.sandbox = parts.sandbox
    this.gateway = parts.gateway
    this.store = parts.store
    this.masterKey = parts.masterKey
    this.auditFolder = parts.auditFolder
    this.#journal = new JournalTail(parts.auditFolder)
  }

  /** URL of the EWS endpoint. */
  get url(): string {
    return `http://127.0.0.1:${this.gateway.dataPort}/EWS/Exchange.asmx`
  }

  get keys(): Readonly<{ full: Key; readOnly: Key }> {
    return { full: this.client(FULL.name).key, readOnly: this.client(READ_ONLY.name).key }
  }

  client(roleName: string): Client {
    const client = this.clients.get(roleName)
    if (client === undefined) throw new TypeError(`No role ${roleName} was seeded`)
    return client
  }

  /** All records, oldest first; what was read before is not read again. */
  audit(): JournalRecord[] {
    this.#records.push(...this.#journal.read())
    return [...this.#records]
  }

  /** The exposition of the ops listener. */
  async metrics(): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.gateway.opsPort}/metrics`, ALONE)
    return response.text()
  }

  post(body: string | Uint8Array, options: PostOptions = {}): Promise<Answered> {
    const { auth = 'full', headers = {}, method = 'POST', path = '/EWS/Exchange.asmx' } = options
    const bytes = Buffer.from(body)
    const authorization = this.authorization(auth)
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: this.gateway.dataPort,
          agent: this.#agent,
          method,
          path,
          headers: {
            'Content-Type': XML,
            ...(!isChunked(headers) && { 'Content-Length': bytes.length }),
            ...(authorization !== undefined && { Authorization: authorization }),
            ...headers,
          },
        },
        response => {
          const chunks: Buffer[] = []
          response.on('data', chunk => chunks.push(chunk)).on('error', reject)
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString()
            const answered = { status: response.statusCode ?? 0, headers: response.headers, text }
            // The gateway has written the outcome when its turn of the event loop ends.
            setImmediate(() => resolve(answered))
          })
        },
      )
      sent.on('error', reject).end(bytes)
    })
  }

  /** The Authorization header of a client. */
  authorization(auth: Auth): string | undefined {
    if (auth === null) return undefined
    if (auth === 'full') return basic(this.keys.full)
    if (auth === 'readOnly') return basic(this.keys.readOnly)
    return typeof auth === 'string' ? auth : basic(auth)
  }

  /** A raw connection to the data listener, closed with the server. */
  socket(): Socket {
    const socket = connect(this.gateway.dataPort, '127.0.0.1')
    this.#sockets.add(socket)
    return socket.on('error', () => undefined)
  }

  userId(address: string): Promise<UserId> {
    return userIdIn(this.store, address)
  }

  /** Adds a role, and a principal that may assume it and nothing else. */
  async addRole(seed: RoleSeed): Promise<Client> {
    const client = await addRoleTo(this, seed)
    this.clients.set(seed.name, client)
    return client
  }

  /** Adds a principal with a policy and a key. */
  addPrincipal(name: string, policy: PolicyDocument): Promise<Omit<Client, 'role'>> {
    return addPrincipalTo(this, name, policy)
  }

  /** Assigns a subscription of the upstream to a client, as a response to Subscribe does. */
  async ownSubscription(id: string, roleName = FULL.name, address = 'alice@example.com') {
    const { role, principal } = this.client(roleName)
    await this.store.putSubscription({
      organizationId: ORGANIZATION,
      idHash: hash('sha256', id, 'base64url'),
      userId: await this.userId(address),
      others: [],
      lifeMs: 3_600_000,
      roleId: role.id,
      principalId: principal.id,
      expiresAt: Date.now() + 3_600_000,
    })
  }

  /** Makes the subscriptions that a request asks for a client's own. */
  async ownSubscriptionsIn(body: string | Buffer, roleName: string, address: string) {
    for (const [, id = ''] of body.toString().matchAll(/SubscriptionId>([^<]+)</g))
      await this.ownSubscription(id, roleName, address)
  }

  /** Writes a role with some fields changed. */
  async changeRole(name: string, change: Partial<RoleDraft>): Promise<void> {
    const {
      version: _,
      tokensValidFrom: __,
      createdAt: ___,
      modifiedAt: ____,
      ...draft
    } = this.client(name).role
    await this.store.putRole({ ...draft, ...change })
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#agent.destroy()
    await this.sandbox.close()
    await this.gateway.close()
  }
}

const isChunked = (headers: object) =>
  Object.keys(headers).some(name => name.toLowerCase() === 'transfer-encoding')

type Opened = Readonly<{ store: Store; masterKey: MasterKey }>

async function userIdIn(store: Store, address: string): Promise<UserId> {
  const user = await store.userByName(ORGANIZATION, 'SmtpAddress', address)
  if (user === undefined) throw new TypeError(`${address} is not in the directory`)
  return user.id
}

async function addRoleTo(
  opened: Opened,
  { name, type, allow, deny, guard, profile }: RoleSeed,
): Promise<Client> {
  const ids = (addresses: readonly string[]) =>
    Promise.all(addresses.map(address => userIdIn(opened.store, address)))
  const allowing = allow === 'all' ? {} : { targetUsers: await ids(allow) }
  const role = await opened.store.putRole({
    id: roleId(randomUUID()),
    organizationId: ORGANIZATION,
    name,
    type,
    guard: { ...DEFAULT_GUARD, ...guard },
    ...(profile && { profile }),
    rules: [
      ...(allow.length > 0 ? [{ id: 'allow', effect: 'ALLOW' as const, ...allowing }] : []),
      ...(deny ? [{ id: 'deny', effect: 'DENY' as const, targetUsers: await ids(deny) }] : []),
    ],
  })
  return { role, ...(await addPrincipalTo(opened, name, mayAssume(role.id))) }
}

async function addPrincipalTo(
  { store, masterKey }: Opened,
  name: string,
  policy: PolicyDocument,
): Promise<Omit<Client, 'role'>> {
  const id = principalId(randomUUID())
  const principal = { id, organizationId: ORGANIZATION, name, enabled: true, policy }
  await store.putPrincipal(principal)
  const { key: accessKey, secret } = makeAccessKey(masterKey, id, { now: Date.now })
  await store.putKey(accessKey)
  return { principal, accessKey, key: { id: accessKey.id, secret: secret.reveal() } }
}

/** Files of a store, and the clients of its roles. */
type Seeded = Readonly<{ store: Buffer; masterKey: Buffer; clients: readonly Client[] }>

/** A store with {@link USERS}, {@link FULL}, and {@link READ_ONLY}. Writing them took more than half of a start's CPU. */
let seeded: Promise<Seeded> | undefined

function makeSeeded(): Promise<Seeded> {
  return madeIn(async folder => {
    const [storeFile, keyFile] = [join(folder, 'gateway.db'), join(folder, 'master.key')]
    const store = await openSqlite(storeFile)
    const masterKey = await loadOrMakeMasterKey({ file: keyFile }, true, () => undefined)
    await verifyMasterKey(masterKey, store, keyFile)
    await store.importUsers(ORGANIZATION, USERS, { dryRun: false, deleteMissing: false })
    const clients: Client[] = []
    for (const role of [FULL, READ_ONLY]) clients.push(await addRoleTo({ store, masterKey }, role))
    await store.close()
    return { store: readFileSync(storeFile), masterKey: readFileSync(keyFile), clients }
  })
}

/** Starts it; it is closed with the test. */
export async function startGatewayTestServer(
  t: Test,
  options: GatewayTestServerOptions = {},
): Promise<GatewayTestServer> {
  const { users = USERS, roles = [], gromox = false, neutral = true, keepSeen = 1_000 } = options
  const { service = SERVICE } = options
  const { lenient = gromox } = options
  const { organization, opaqueIds = organization ? undefined : 'allow' } = options
  const folder = testFolder(t)
  const password = options.upstreamPassword ?? randomBytes(24).toString('base64url')
  const sandbox = await Sandbox.start({
    username: service,
    password,
    serviceAddress: service,
    users: users.map(user => ({ ...user, empty: user.primarySmtpAddress === NEUTRAL })),
    lenient,
    gromox,
    keepSeen,
    delegations: options.delegations ?? [],
    nodes: options.nodes ?? {},
  })
  t.teardown(() => sandbox.close())
  const url = options.upstreamUrl ?? sandbox.url
  writeFileSync(join(folder, 'upstream.password'), password, { mode: 0o600 })
  const [storeFile, keyFile] = [join(folder, 'gateway.db'), join(folder, 'master.key')]
  const isSeeded = users === USERS && options.config?.store === undefined
  if (isSeeded) seeded ??= makeSeeded()
  const made = isSeeded ? await seeded : undefined
  if (made) {
    writeStore(storeFile, made.store)
    writeFileSync(keyFile, made.masterKey, { mode: 0o600 })
  } else await writeNewStore(storeFile)
  const port = '127.0.0.1:0'
  const config = loadConfig({
    env: {},
    cwd: folder,
    overrides: {
      listen: { data: port, control: port, ops: port },
      store: `sqlite:${storeFile}`,
      masterKey: { file: keyFile },
      log: { level: 'error' },
      timeouts: { drainSeconds: 1 },
      // The history's thread takes half of the CPU of a start. A test that reads the history sets `audit: {}`.
      audit: { history: { enabled: false } },
      organizations: [
        {
          id: ORGANIZATION,
          alias: 'example',
          upstream: {
            authentication: {
              kind: 'basic',
              username: service,
              password: { file: 'upstream.password' },
            },
            serviceAddresses: [service],
            ...(options.enforcesSendAs !== undefined && {
              enforcesSendAs: options.enforcesSendAs,
            }),
            ...organization?.upstream,
            url,
            ...(options.autodiscover === true && {
              autodiscoverUrl: new URL('/autodiscover/autodiscover.svc', url).href,
            }),
          },
          ...(neutral && { neutralMailbox: NEUTRAL }),
          ...(opaqueIds && { opaqueIds }),
          ...(options.acceptedDomains && { acceptedDomains: options.acceptedDomains }),
          ...(options.directory && { directory: options.directory }),
        },
      ],
      ...options.config,
    },
  })
  const opened = await repeated(() => openStore(config, () => undefined))
  if (!made)
    await opened.store.importUsers(ORGANIZATION, users, { dryRun: false, deleteMissing: false })
  await recordNoSnapshot(config, opened.store)
  const gateway = await startGateway(config, opened)
  const store = announcing(opened.store, gateway)
  const server = new GatewayTestServer({
    sandbox,
    gateway,
    auditFolder: config.audit.journal,
    ...opened,
    store,
  })
  t.teardown(() => server.close())
  for (const client of made?.clients ?? []) server.clients.set(client.role.name, client)
  for (const role of made ? roles : [FULL, READ_ONLY, ...roles])
    await repeated(() => server.addRole(role))
  return server
}

/** Takes the snapshot of the policy that a gateway would write at its start, beside the records that a test is about. */
export async function recordNoSnapshot({ organizations }: Config, store: Store): Promise<void> {
  for (const { id } of organizations) {
    const snapshot = await store.recordPolicy(organizationId(id), 0)
    await store.acknowledgeOutbox(snapshot.map(record => record.id))
  }
}

const WRITES = /^(put|delete|lock|revoke|create|import|release|new)[A-Z]/

/** A store whose changes are announced, as those of the control API are. */
function announcing(store: Store, gateway: Gateway): Store {
  return new Proxy(store, {
    get: (target, name: keyof Store) => {
      if (!WRITES.test(name)) return target[name]
      const write = target[name] as (...given: unknown[]) => Promise<unknown>
      return async (...given: unknown[]) => {
        const written = await write(...given)
        await gateway.announce(ORGANIZATION)
        return written
      }
    },
  })
}

export const basic = ({ id, secret }: Key): string =>
  `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`

/** A policy that allows roles to be assumed and nothing else. */
export const mayAssume = (...roles: readonly string[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: [ASSUME_ROLE],
      Resource: ['*'],
      Condition: { StringEquals: { 'workmail:ImpersonationRoleId': [...roles] } },
    },
  ],
})
