/**
 * Starts a deployment: one PostgreSQL, one Redis, a sandbox Exchange, and several gateways. Each gateway
 * reaches PostgreSQL and Redis through a proxy of its own.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Sandbox } from '../../sandbox/sandbox.ts'
import { openStore } from '../../src/app/compose.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { ConfigInput } from '../../src/config/schema.ts'
import { makeAccessKey } from '../../src/credentials/access-key.ts'
import { organizationId } from '../../src/model/identity.ts'
import { principalId } from '../../src/model/principal.ts'
import type { Store, UserDraft } from '../../src/store/store.ts'
import { repeated } from '../kit/repeated.ts'
import { PostgresServer } from '../kit/services/postgres.ts'
import { remove, temporaryFolder } from '../kit/services/process.ts'
import { RedisServer } from '../kit/services/redis.ts'
import { configure, Gateway } from './gateway.ts'

export const ORGANIZATION = organizationId('m-0123456789abcdef0123456789abcdef')
const SERVICE = 'svc-gateway@example.com'
const PASSWORD = 'correct-horse-battery'
/** More operations than run between two counts. */
const KEPT = 20_000

export type DeploymentOptions = Readonly<{
  maxAgeSeconds: number
  /** Error of the wall clock of each gateway in milliseconds. Also sets the number of gateways. */
  clocks: readonly number[]
  users: readonly UserDraft[]
  /** Folders of the sources that each gateway runs; see {@link GatewayOptions}. */
  roots?: readonly (string | undefined)[]
  /** A shared server, which is not stopped. */
  postgres?: PostgresServer
}>

/** Access key with all permissions. */
export type Administrator = Readonly<{ id: string; secret: string }>

type Parts = Readonly<{
  gateways: readonly Gateway[]
  postgres: PostgresServer
  redis: RedisServer
  sandbox: Sandbox
  database: string
  administrator: Administrator
  folder: string
}>

export class Deployment {
  static readonly #living = new Set<Deployment>()
  readonly gateways: readonly Gateway[]
  readonly postgres: PostgresServer
  readonly redis: RedisServer
  readonly sandbox: Sandbox
  readonly database: string
  readonly administrator: Administrator
  readonly folder: string
  readonly #cleanup: AsyncDisposableStack
  readonly #folders: string[] = []

  private constructor(parts: Parts, cleanup: AsyncDisposableStack) {
    this.gateways = parts.gateways
    this.postgres = parts.postgres
    this.redis = parts.redis
    this.sandbox = parts.sandbox
    this.database = parts.database
    this.administrator = parts.administrator
    this.folder = parts.folder
    this.#cleanup = cleanup
    Deployment.#living.add(this)
  }

  /** Stops all deployments of this process, after an interruption. */
  static async stopAll(): Promise<void> {
    await Promise.all([...Deployment.#living].map(deployment => deployment.stop()))
  }

  /** Starts a deployment. Resolves when the gateways accept requests. */
  static async start(options: DeploymentOptions): Promise<Deployment> {
    const begun = new AsyncDisposableStack()
    try {
      return new Deployment(await begin(options, begun), begun)
    } catch (error) {
      await begun.disposeAsync()
      throw error
    }
  }

  gateway(number: number): Gateway {
    const gateway = this.gateways[number]
    if (gateway === undefined) throw new RangeError(`No gateway ${number}`)
    return gateway
  }

  /** Configuration of the command line, which reaches the store without a proxy. */
  get commandConfig(): string {
    return join(this.folder, 'command.yaml')
  }

  /** Opens the store. The caller closes it. */
  async openStore(): Promise<Store> {
    const { store } = await openStoreOf(this.commandConfig)
    return store
  }

  /** Folders of the journals of all gateways, and of the commands. */
  get auditFolders(): readonly string[] {
    return [...this.gateways.map(({ auditFolder }) => auditFolder), commandAudit(this.folder)]
  }

  /** Removes a folder when the deployment has stopped. */
  removeAtEnd(folder: string): void {
    this.#folders.push(folder)
  }

  /** Changes sections of every configuration. Running gateways keep theirs until they start again. */
  configure(sections: Partial<ConfigInput>): void {
    configure(this.commandConfig, sections)
    for (const gateway of this.gateways) gateway.configure(sections)
  }

  /** Returns the organization's policy version in the store. */
  async version(): Promise<number> {
    const query = `select policy_version as version from organizations where id = '${ORGANIZATION}'`
    const [row] = await this.postgres.query<{ version: string }>(this.database, query)
    return Number(row?.version)
  }

  /** Ends all faults of the proxies, and thaws frozen servers. */
  async heal(): Promise<void> {
    this.redis.thaw()
    this.postgres.thaw()
    for (const gateway of this.gateways) {
      gateway.thaw()
      await Promise.all([gateway.postgres.pass(), gateway.redis.pass()])
    }
  }

  async stop(): Promise<void> {
    Deployment.#living.delete(this)
    await this.#cleanup.disposeAsync()
    for (const folder of this.#folders) remove(folder)
  }
}

async function begin(
  { maxAgeSeconds, clocks, users, roots = [], postgres: shared }: DeploymentOptions,
  begun: AsyncDisposableStack,
): Promise<Parts> {
  const folder = temporaryFolder('prove')
  begun.defer(() => remove(folder))
  const redis = await RedisServer.start()
  begun.defer(() => redis.stop())
  const postgres = shared ?? (await PostgresServer.start())
  if (!shared) begun.defer(() => postgres.stop())
  const database = await postgres.createDatabase()
  const sandbox = await startSandbox(users)
  begun.defer(() => sandbox.close())
  writeFileSync(join(folder, 'upstream.password'), PASSWORD, { mode: 0o600 })

  const configOf = (ports: Readonly<{ postgres: number; redis: number }>) => ({
    ...commonConfig(folder, sandbox.url, maxAgeSeconds),
    store: `postgres://${postgres.user}@127.0.0.1:${ports.postgres}/${database}?sslmode=disable`,
    cache: `redis://127.0.0.1:${ports.redis}`,
  })
  const journal = commandAudit(folder)
  mkdirSync(journal)
  const direct = {
    ...configOf({ postgres: postgres.port, redis: redis.port }),
    audit: { journal },
  }
  writeFileSync(join(folder, 'command.yaml'), JSON.stringify(direct))
  const administrator = await seed(join(folder, 'command.yaml'), users)

  const gateways: Gateway[] = []
  for (const [number, clockByMs] of clocks.entries()) {
    const [postgresPort, redisPort] = [postgres.port, redis.port]
    const where = { root: roots[number], folder, configOf, postgresPort, redisPort }
    const gateway = await Gateway.prepare({ number, clockByMs, ...where })
    begun.defer(() => gateway.stop())
    gateways.push(gateway)
  }
  await Promise.all(gateways.map(gateway => gateway.start()))
  return { gateways, postgres, redis, sandbox, database, administrator, folder }
}

/** Folder of the journal of commands. */
const commandAudit = (folder: string) => join(folder, 'audit')

const startSandbox = (users: readonly UserDraft[]) =>
  Sandbox.start({
    username: SERVICE,
    password: PASSWORD,
    serviceAddress: SERVICE,
    users: users.map(user => ({ ...user, empty: true })),
    keepSeen: KEPT,
  })

function commonConfig(folder: string, url: string, maxAgeSeconds: number): Partial<ConfigInput> {
  return {
    propagation: { maxAgeSeconds },
    masterKey: { file: join(folder, 'master.key') },
    log: { level: 'info' },
    timeouts: { drainSeconds: 10 },
    organizations: [
      {
        id: ORGANIZATION,
        alias: 'example',
        upstream: {
          url,
          authentication: {
            kind: 'basic',
            username: SERVICE,
            password: { file: join(folder, 'upstream.password') },
          },
          serviceAddresses: [SERVICE],
        },
      },
    ],
  }
}

/** Opens the store of a configuration. */
async function openStoreOf(file: string) {
  const config = loadConfig({ file, env: {}, cwd: import.meta.dirname })
  return await repeated(() => openStore(config, () => undefined))
}

/** Creates the tables, the users, and an administrator. */
async function seed(file: string, users: readonly UserDraft[]): Promise<Administrator> {
  const { store, masterKey } = await openStoreOf(file)
  try {
    await store.importUsers(ORGANIZATION, users, { dryRun: false, deleteMissing: false })
    const id = principalId(randomUUID())
    const { key, secret } = makeAccessKey(masterKey, id, { now: Date.now })
    const statement = {
      Effect: 'Allow' as const,
      Action: ['workmail:*', 'ewsgateway:*'],
      Resource: ['*'],
    }
    const policy = { Version: '2012-10-17' as const, Statement: [statement] }
    const principal = { id, organizationId: ORGANIZATION, name: 'admin', enabled: true, policy }
    await store.putPrincipal(principal)
    await store.putKey(key)
    return { id: key.id, secret: secret.reveal() }
  } finally {
    await store.close()
  }
}
