/**
 * The gateway under siege: `serve` of the checkout that is attacked, a process of its own, with the
 * users and the role of the siege's world and two principals that may assume it.
 *
 * @module
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { openStore } from '../../src/app/compose.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { ConfigInput } from '../../src/config/schema.ts'
import { makeAccessKey } from '../../src/credentials/access-key.ts'
import type { MasterKey } from '../../src/credentials/master-key.ts'
import { ASSUME_ROLE, type PolicyDocument } from '../../src/model/iam.ts'
import { principalId } from '../../src/model/principal.ts'
import type { Store } from '../../src/store/store.ts'
import { NEUTRAL, ORGANIZATION, ROLE, SERVICE, USERS } from './world.ts'

/** Ends a start that takes without end; a busy machine needs minutes. */
const START_MS = 300_000

/** Password of the gateway's service account at the upstream. */
const PASSWORD = 'correct-horse-battery'

/** Credentials that the gateway sends to the upstream. */
export const UPSTREAM_AUTHORIZATION = `Basic ${Buffer.from(`${SERVICE}:${PASSWORD}`).toString('base64')}`

export type AttackedGateway = Readonly<{
  pid: number
  dataPort: number
  controlPort: number
  opsPort: number
  /** Authorization headers of two principals. */
  attacker: string
  bystander: string
  administrator: string
  /** Everything that it logged. */
  log: () => string
  /** Resident bytes. */
  rss: () => number
  /** CPU time that it has used. */
  workedMs: () => number
  /** Whether it still runs. */
  isAlive: () => boolean
  /** Starts another gateway with the same store, and other sections of the configuration. */
  startAnother: (sections: Partial<ConfigInput>) => Promise<AttackedGateway>
  close: () => Promise<void>
}>

/** Puts more into the store before the gateway starts. */
export type Seed = (store: Store, masterKey: MasterKey) => Promise<void>

export type StartOptions = Readonly<{
  seedMore?: Seed
  /** Content of files beside the configuration, by their name. */
  files?: Readonly<Record<string, string>>
  /** Returns the command that runs the gateway's. */
  wrap?: (command: readonly string[]) => readonly string[]
}>

/** Starts it, before an upstream; `sections` of the configuration replace the usual ones. */
export async function startAttackedGateway(
  root: string,
  upstreamUrl: string,
  sections: Partial<ConfigInput> = {},
  { seedMore = async () => undefined, files = {}, wrap = command => command }: StartOptions = {},
): Promise<AttackedGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-siege-'))
  const file = join(folder, 'gateway.yaml')
  for (const [name, text] of Object.entries({ 'upstream.password': PASSWORD, ...files }))
    writeFileSync(join(folder, name), text, { mode: 0o600 })
  writeFileSync(file, JSON.stringify(configOf(upstreamUrl, sections)))
  const keys = await seed(file, folder, seedMore)
  const main = join(root, 'src/main.ts')
  const others: AttackedGateway[] = []
  const start = async (config: string, startAnother: AttackedGateway['startAnother']) => {
    const command = wrap([main, 'serve', '--config', config])
    return { ...(await run(command, folder, keys)), startAnother }
  }
  const startAnother = async (changed: Partial<ConfigInput>) => {
    const config = join(folder, `gateway-${others.length}.yaml`)
    writeFileSync(config, JSON.stringify(configOf(upstreamUrl, { ...sections, ...changed })))
    const other = await start(config, startAnother)
    others.push(other)
    return other
  }
  const gateway = await start(file, startAnother)
  const close = async () => {
    for (const { close } of [gateway, ...others]) await close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { ...gateway, close }
}

/** Runs a gateway, until it is closed. */
async function run(
  [command = '', ...args]: readonly string[],
  folder: string,
  keys: readonly string[],
): Promise<Omit<AttackedGateway, 'startAnother'>> {
  const child = spawn(command, args, {
    cwd: folder,
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  const [attacker = '', bystander = '', administrator = ''] = keys
  const { dataPort, controlPort, opsPort } = await readPorts(child, () => log)
  return {
    pid: child.pid ?? 0,
    dataPort,
    controlPort,
    opsPort,
    attacker,
    bystander,
    administrator,
    log: () => log,
    rss: () => rssOf(child.pid ?? 0),
    workedMs: () => workedMsOf(child.pid ?? 0),
    isAlive: () => child.exitCode === null && child.signalCode === null,
    close: async () => {
      const ended = once(child, 'exit')
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL')
        await ended
      }
    },
  }
}

/** This Node.js for the first line of `main.ts`, and the compile cache if there is one. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, NODE_COMPILE_CACHE } = process.env
  return {
    PATH: `${dirname(process.execPath)}:${PATH}`,
    ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }),
  }
}

const configOf = (url: string, sections: Partial<ConfigInput>): ConfigInput => ({
  listen: { data: '127.0.0.1:0', control: '127.0.0.1:0', ops: '127.0.0.1:0' },
  organizations: [organizationBefore(url)],
  ...sections,
})

/** The usual organization, before an upstream. */
export const organizationBefore = (url: string): ConfigInput['organizations'][number] => ({
  id: ORGANIZATION.id,
  alias: ORGANIZATION.alias,
  upstream: {
    url,
    authentication: {
      kind: 'basic',
      username: SERVICE,
      password: { file: 'upstream.password' },
    },
    serviceAddresses: [SERVICE],
  },
  neutralMailbox: NEUTRAL,
  opaqueIds: 'allow',
})

/** Users, role, principals and keys. @returns the Authorization header of each principal */
async function seed(file: string, cwd: string, seedMore: Seed): Promise<string[]> {
  const { store, masterKey } = await openStore(loadConfig({ file, env: {}, cwd }), () => undefined)
  const users = USERS.map(({ id: _, enabled: __, ...user }) => user)
  await store.importUsers(ORGANIZATION.id, users, { dryRun: false, deleteMissing: false })
  const ceo = await store.userByName(ORGANIZATION.id, 'SmtpAddress', 'ceo@example.com')
  if (ceo === undefined) throw new Error('The CEO is not in the directory')
  const { version: _, tokensValidFrom: __, createdAt: ___, modifiedAt: ____, ...draft } = ROLE
  const rules = ROLE.rules.map(rule =>
    rule.targetUsers ? { ...rule, targetUsers: [ceo.id] } : rule,
  )
  await store.putRole({ ...draft, rules })

  const inRole = { StringEquals: { 'workmail:ImpersonationRoleId': [ROLE.id] } }
  const assumes = { Action: [ASSUME_ROLE], Condition: inRole }
  const headers: string[] = []
  for (const [name, may] of [
    ['attacker', assumes],
    ['bystander', assumes],
    ['administrator', { Action: ['ewsgateway:*'] }],
  ] as const)
    headers.push(await addPrincipal(store, masterKey, name, may))
  await seedMore(store, masterKey)
  await store.close()
  return headers
}

/** Adds a principal that may do something, anywhere. @returns its Authorization header */
export async function addPrincipal(
  store: Store,
  masterKey: MasterKey,
  name: string,
  may: Pick<PolicyDocument['Statement'][number], 'Action' | 'Condition'>,
): Promise<string> {
  const id = principalId(name)
  const policy = {
    Version: '2012-10-17' as const,
    Statement: [{ Effect: 'Allow' as const, Resource: ['*'], ...may }],
  }
  await store.putPrincipal({ id, organizationId: ORGANIZATION.id, name, enabled: true, policy })
  const { key, secret } = makeAccessKey(masterKey, id, { now: Date.now })
  await store.putKey(key)
  return `Basic ${Buffer.from(`${key.id}:${secret.reveal()}`).toString('base64')}`
}

async function readPorts(child: ChildProcess, log: () => string) {
  for (let late = performance.now() + START_MS; performance.now() < late; ) {
    const line = log()
      .split('\n')
      .slice(0, -1)
      .find(text => text.includes('The gateway is ready'))
    if (line !== undefined) {
      const { data, control, ops } = JSON.parse(line)
      const [dataPort = 0, controlPort = 0, opsPort = 0] = [data, control, ops].map(at =>
        Number(/:(\d+)/.exec(at)?.[1]),
      )
      return { dataPort, controlPort, opsPort }
    }
    if (child.exitCode !== null) throw new Error(`The gateway ended: ${log()}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  throw new Error(`The gateway does not start: ${log()}`)
}

/** Resident bytes of a process, as the kernel counts them. */
function rssOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1_024
}

/** A tick of the kernel's accounts is 10 ms. */
const TICK_MS = 10

function workedMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  const [user, system] = fields.slice(11, 13).map(Number)
  return ((user ?? 0) + (system ?? 0)) * TICK_MS
}
