/**
 * The gateway as it really runs: `serve` from the sources, with its store, its audit in a file, its
 * metrics, rules and guard; and what is in its store.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore } from '../src/compose.ts'
import { loadConfig } from '../src/config/load.ts'
import type { ConfigInput } from '../src/config/schema.ts'
import { makeAccessKey } from '../src/credentials/access-key.ts'
import type { MasterKey } from '../src/credentials/master-key.ts'
import { ASSUME_ROLE } from '../src/model/iam.ts'
import { organizationId } from '../src/model/identity.ts'
import { principalId } from '../src/model/principal.ts'
import { DEFAULT_GUARD, type RoleId, roleId } from '../src/model/role.ts'
import type { Store } from '../src/store/store.ts'
import { freePort } from '../test/services/process.ts'
import type { Subject } from './peers.ts'
import { MEASURED_CORE, Program } from './process.ts'
import { CEO } from './requests.ts'

const ORGANIZATION = organizationId('m-0123456789abcdef0123456789abcdef')
const SERVICE = 'svc-gateway@example.com'
const ROLE = 'migration-full'
const STALL = join(import.meta.dirname, 'stall.ts')
const MAIN = join(import.meta.dirname, '../src/main.ts')
/** After so long a batch of the history is under way. */
const HISTORY_MS = 1_100
/** Uploads that are measured are larger than most. */
const BODY_BYTES = 128 * 1024 * 1024

/** What the store holds, and which cache lies before it. */
export type HouseOptions = Readonly<{
  name: string
  folder: string
  upstreamPort: number
  /** Besides the four that are always there: `user-N@example.com`. */
  users?: number
  /** Besides the one of every request: `role-N`. */
  roles?: number
  cache?: string
  /** Whether decisions can be asked later; absent: they can, as is usual. */
  history?: boolean
  /** Whether other processes may listen on its data port. */
  shared?: boolean
}>

export type GatewayHouse = Readonly<{
  program: Program
  port: number
  opsPort: number
  auditFile: string
  /** What it was started with. */
  place: string
  keys: Keys
  /** Milliseconds from its start until it was ready. */
  readyMs: number
  /** Resolves when it has written the history of what it has answered. */
  settled: () => Promise<void>
  /** Milliseconds that its event loop stood still at most, since this was last asked. */
  stallMs: () => Promise<number>
  /** Authorization headers: of a key that may assume one role, and of a token of that role. */
  basic: string
  bearer: string
  /** Of a key that may assume any role, by number. */
  inRole: (number: number) => string
}>

export type Keys = Readonly<{ one: string; any: string }>

/** Fills a store. @returns `id:secret` of both keys */
export async function fill(file: string, cwd: string, options: HouseOptions): Promise<Keys> {
  const { store, masterKey } = await openStore(loadConfig({ file, env: {}, cwd }), () => undefined)
  const { users = 0, roles = 0 } = options
  const names = [
    'alice',
    'bob',
    'carol',
    'ceo',
    ...Array.from({ length: users }, (_, i) => `user-${i}`),
  ]
  const people = names.map(name => ({ primarySmtpAddress: `${name}@example.com`, aliases: [] }))
  await store.importUsers(ORGANIZATION, people, { dryRun: false, deleteMissing: false })
  const ceo = await store.userByName(ORGANIZATION, 'SmtpAddress', CEO)
  if (ceo === undefined) throw new Error('The CEO is not in the directory')
  // Tokens have ids of this form in them.
  const one = roleId(randomUUID())
  for (const name of [ROLE, ...Array.from({ length: roles }, (_, i) => `role-${i}`)])
    await store.putRole({
      id: name === ROLE ? one : roleId(randomUUID()),
      organizationId: ORGANIZATION,
      name,
      type: 'FULL_ACCESS',
      guard: DEFAULT_GUARD,
      rules: [
        { id: 'everyone', effect: 'ALLOW' },
        { id: 'not-the-ceo', effect: 'DENY', targetUsers: [ceo.id] },
      ],
    })
  const keys = {
    one: await addKey(store, masterKey, 'one', one),
    any: await addKey(store, masterKey, 'any'),
  }
  await store.close()
  return keys
}

async function addKey(store: Store, masterKey: MasterKey, name: string, role?: RoleId) {
  const id = principalId(randomUUID())
  const only = { Condition: { StringEquals: { 'workmail:ImpersonationRoleId': [`${role}`] } } }
  const statement = {
    Effect: 'Allow' as const,
    Action: [ASSUME_ROLE],
    Resource: ['*'],
    ...(role !== undefined && only),
  }
  const policy = { Version: '2012-10-17' as const, Statement: [statement] }
  await store.putPrincipal({ id, organizationId: ORGANIZATION, name, enabled: true, policy })
  const { key, secret } = makeAccessKey(masterKey, id, { now: Date.now })
  await store.putKey(key)
  return `${key.id}:${secret.reveal()}`
}

/** Fills a store and serves it. */
export async function startHouse(options: HouseOptions): Promise<GatewayHouse> {
  const place = join(options.folder, options.name)
  mkdirSync(place, { recursive: true })
  const file = await writeConfig(place, options)
  return await serve(place, file, await fill(file, place, options))
}

export async function writeConfig(
  place: string,
  { upstreamPort, cache, history = true, shared = false }: HouseOptions,
): Promise<string> {
  const file = join(place, 'gateway.yaml')
  writeFileSync(join(place, 'upstream.password'), 'correct-horse-battery', { mode: 0o600 })
  const config: ConfigInput = {
    listen: {
      // Those who share it must know it before.
      data: `127.0.0.1:${shared ? await freePort() : 0}`,
      control: '127.0.0.1:0',
      ops: '127.0.0.1:0',
      shareData: shared,
    },
    ...(cache !== undefined && { cache }),
    audit: { history: { enabled: history } },
    limits: {
      bodyBytes: BODY_BYTES,
      inFlightPerPrincipal: 4_096,
      inFlightPerRole: 4_096,
      connectionsPerAddress: 4_096,
    },
    organizations: [
      {
        id: ORGANIZATION,
        alias: 'example',
        upstream: {
          url: `http://127.0.0.1:${upstreamPort}/EWS/Exchange.asmx`,
          authentication: {
            kind: 'basic',
            username: SERVICE,
            password: { file: 'upstream.password' },
          },
          serviceAddresses: [SERVICE],
          connections: 2_000,
        },
      },
    ],
  }
  writeFileSync(file, JSON.stringify(config))
  return file
}

/** Serves a store that is filled. */
export async function serve(place: string, file: string, keys: Keys): Promise<GatewayHouse> {
  // For whoever looks for what takes the time: --cpu-prof.
  const flags = (process.env['BENCH_NODE_FLAGS'] ?? '').split(' ').filter(Boolean)
  const command = [process.execPath, ...flags, '--import', STALL, MAIN, 'serve', '--config', file]
  const began = performance.now()
  const program = await Program.start(command, {
    core: MEASURED_CORE,
    ready: /The gateway is ready/,
    cwd: place,
    env: { BENCH_STALL_FILE: join(place, 'stall') },
  })
  const readyMs = performance.now() - began
  const line = program.said.split('\n').find(text => text.includes('The gateway is ready')) ?? ''
  const portOf = (name: 'data' | 'ops') => Number(/:(\d+)$/.exec(JSON.parse(line)[name])?.[1])
  const port = portOf('data')
  const basic = basicOf(keys.one)
  return {
    program,
    port,
    opsPort: portOf('ops'),
    auditFile: join(place, 'data/audit.jsonl'),
    place,
    keys,
    readyMs,
    settled: () => settle(program, join(place, 'data/gateway-history.db-wal')),
    stallMs: () => readStall(program, join(place, 'stall')),
    basic,
    bearer: `Bearer ${await tokenOf(port, basic)}`,
    inRole: number => basicOf(`role-${number}\\${keys.any}`),
  }
}

/** The history is written once a second: what is left of it would be counted to whoever comes next. */
async function settle(program: Program, history: string): Promise<void> {
  const from = Date.now()
  while (Date.now() < from + HISTORY_MS && writtenAt(history) < from) await sleep(20)
  await program.rests()
}

const writtenAt = (file: string) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0

async function readStall(program: Program, file: string): Promise<number> {
  rmSync(file, { force: true })
  program.signal('SIGUSR2')
  while (!existsSync(file)) await sleep(5)
  return Number(readFileSync(file, 'latin1'))
}

const basicOf = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`

async function tokenOf(port: number, authorization: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/oauth2/token`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: ROLE }),
  })
  const text = await response.text()
  const { access_token: token } = JSON.parse(text) as { access_token?: string }
  if (token === undefined) throw new Error(`No token: HTTP ${response.status} ${text}`)
  return token
}

export const subjectOf = (
  name: string,
  { program, port, auditFile, settled }: GatewayHouse,
  ...authorizations: string[]
): Subject => ({ name, program, port, auditFile, settled, authorizations })
