/**
 * The gateway as it really runs: `serve`, as it was built or from the sources, with its store, its audit in
 * a file, its metrics, rules and guard.
 *
 * @module
 */

import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConfigInput } from '../src/config/schema.ts'
import type { ProfileName } from '../src/model/profile.ts'
import { freePort } from '../test/kit/services/process.ts'
import { fill, type Keys, ORGANIZATION, ROLE } from './filling.ts'
import type { Subject } from './peers.ts'
import { MEASURED_CORE, Program } from './process.ts'
import { readStall, STALL_RECORDER, type Stall } from './stalls.ts'
import { post, type TlsFiles } from './tls.ts'

const SERVICE = 'svc-gateway@example.com'
const SOURCES = join(import.meta.dirname, '../src/main.ts')
/** Time after which the history has begun its next batch. */
const HISTORY_MS = 1_100
/** Uploads that are measured are larger than most. */
const BODY_BYTES = 128 * 1024 * 1024

/** Content of the store, and the cache in front of it. */
export type GatewayOptions = Readonly<{
  name: string
  folder: string
  upstreamPort: number
  /** Number of users `user-N@example.com` in addition to the usual four. */
  users?: number
  /** Number of roles `role-N` in addition to the role of every request. */
  roles?: number
  /** Profile of one more role, which has the next number. */
  profile?: ProfileName
  cache?: string
  /** A PostgreSQL; absent: a file. */
  store?: string
  /** Whether decisions can be asked later; absent: they can, as is usual. */
  history?: boolean
  /** Whether other processes may listen on its data port. */
  shared?: boolean
  /** Encrypts both sides, with a certificate that is also the upstream's. Without it, neither. */
  tls?: TlsFiles | undefined
  /** The main.js of a build; absent: the sources run. */
  built?: string | undefined
  /** Configures the gateway and fills its store; absent: the code of this checkout. */
  setup?: Setup
  /** Folder of the compile cache, as in `npm start`. Absent: there is none. */
  compiled?: string
}>

/** Code that belongs to the gateway's version: its configuration keys and its store's schema. */
export type Setup = Readonly<{ writeConfig: typeof writeConfig; fill: typeof fill }>

export type GatewayProcess = Readonly<{
  program: Program
  port: number
  opsPort: number
  dataFolder: string
  /** Folder of its files. */
  place: string
  keys: Keys
  /** Milliseconds from its start until it was ready. */
  readyMs: number
  /** Resolves when it has written the history of what it has answered. */
  settled: () => Promise<void>
  /** Since this was last asked. */
  stall: () => Promise<Stall>
  /** Authorization headers: of a key that may assume one role, and of a token of that role. */
  basic: string
  bearer: string
  /** Authorization header of a key that may assume any role, by the role's number. */
  inRole: (number: number) => string
  /** File of the CA that signed its certificate, if it speaks TLS. */
  ca: string | undefined
}>

/** Fills a store and serves it. */
export async function startGateway(options: GatewayOptions): Promise<GatewayProcess> {
  const place = join(options.folder, options.name)
  mkdirSync(place, { recursive: true })
  const setup: Setup = options.setup ?? { writeConfig, fill }
  const file = await setup.writeConfig(place, options)
  return await serve(place, file, await setup.fill(file, place, options), options)
}

export async function writeConfig(
  place: string,
  { upstreamPort, cache, store, history = true, shared = false, tls }: GatewayOptions,
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
    ...(tls !== undefined && {
      tls: { certificate: { file: tls.certificate }, privateKey: { file: tls.privateKey } },
    }),
    ...(cache !== undefined && { cache }),
    ...(store !== undefined && { store }),
    audit: { history: { enabled: history } },
    limits: {
      bodyBytes: BODY_BYTES,
      inFlightPerPrincipal: 4_096,
      inFlightPerRole: 4_096,
      connectionsPerAddress: 4_096,
      journalBytesPerHour: 1_099_511_627_776,
    },
    organizations: [
      {
        id: ORGANIZATION,
        alias: 'example',
        upstream: {
          url: `http${tls === undefined ? '' : 's'}://127.0.0.1:${upstreamPort}/EWS/Exchange.asmx`,
          ...(tls !== undefined && { tls: { ca: { file: tls.ca } } }),
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
export async function serve(
  place: string,
  file: string,
  keys: Keys,
  { built, compiled, tls }: Pick<GatewayOptions, 'built' | 'compiled' | 'tls'> = {},
): Promise<GatewayProcess> {
  // For profiles, such as --cpu-prof.
  const flags = (process.env['BENCH_NODE_FLAGS'] ?? '').split(' ').filter(Boolean)
  const main = built ?? SOURCES
  const node = [process.execPath, ...flagsIn(main), ...flags, '--import', STALL_RECORDER]
  const command = [...node, main, 'serve', '--config', file]
  const began = performance.now()
  const program = await Program.start(command, {
    core: MEASURED_CORE,
    ready: /The gateway is ready/,
    cwd: place,
    env: {
      BENCH_STALL_FILE: join(place, 'stall'),
      ...(compiled !== undefined && { NODE_COMPILE_CACHE: compiled }),
    },
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
    dataFolder: join(place, 'data'),
    place,
    keys,
    readyMs,
    settled: () => settle(program, join(place, 'data/gateway-history.db-wal')),
    stall: () => readStall(program, join(place, 'stall')),
    basic,
    bearer: `Bearer ${await tokenOf(port, basic, tls?.ca)}`,
    inRole: number => basicOf(`role-${number}\\${keys.any}`),
    ca: tls?.ca,
  }
}

/** Flags that the first line of a program, `#!/usr/bin/env -S node FLAGS`, passes to Node.js. */
function flagsIn(main: string): readonly string[] {
  const [line = ''] = readFileSync(main, 'utf8').split('\n', 1)
  return line.split(' ').filter(word => word.startsWith('--'))
}

/** Waits until the history is written. Otherwise its CPU time would count for the next subject. */
async function settle(program: Program, history: string): Promise<void> {
  const from = Date.now()
  while (Date.now() < from + HISTORY_MS && writtenAt(history) < from) await sleep(20)
  await program.rests()
}

const writtenAt = (file: string) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0

const basicOf = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`

async function tokenOf(port: number, authorization: string, ca?: string): Promise<string> {
  const { status, text } = await post(
    { port, path: '/oauth2/token', ca },
    { authorization, 'content-type': 'application/x-www-form-urlencoded' },
    new URLSearchParams({ grant_type: 'client_credentials', scope: ROLE }),
  )
  const { access_token: token } = JSON.parse(text) as { access_token?: string }
  if (token === undefined) throw new Error(`No token: HTTP ${status} ${text}`)
  return token
}

export const subjectOf = (
  name: string,
  { program, port, dataFolder, settled, ca }: GatewayProcess,
  ...authorizations: string[]
): Subject => ({ name, program, port, dataFolder, settled, ca, authorizations })
