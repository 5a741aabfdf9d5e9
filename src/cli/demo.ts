/**
 * `ews-gateway demo`: runs a sandbox Exchange server, the gateway in front of it, and example roles.
 *
 * All data is in a temporary folder that is removed at the end. Each start creates new keys.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MAILBOXES, NEUTRAL, PEOPLE, SERVICE } from '../../sandbox/people.ts'
import { Sandbox } from '../../sandbox/sandbox.ts'
import { openStore, startGateway } from '../app/compose.ts'
import { hasConsole } from '../app/console-folder.ts'
import { type StopSignals, stopSignalsOf } from '../app/stop-signals.ts'
import { loadConfig } from '../config/load.ts'
import type { Config, ConfigInput } from '../config/schema.ts'
import { makeAccessKey } from '../credentials/access-key.ts'
import type { MasterKey } from '../credentials/master-key.ts'
import { makeSecret } from '../credentials/secret-text.ts'
import { ASSUME_ROLE, type PolicyDocument } from '../model/iam.ts'
import { type OrganizationId, organizationId } from '../model/identity.ts'
import { principalId } from '../model/principal.ts'
import { DEFAULT_GUARD, type ImpersonationRole, roleId } from '../model/role.ts'
import { administratorPolicy } from '../policy/administrator.ts'
import type { Store } from '../store/store.ts'
import type { CommandContext } from './context.ts'
import { type DemoCredentials, introduce, type Key } from './demo-guide.ts'

const ORGANIZATION = organizationId('m-0123456789abcdef0123456789abcdef')

/** Options of the command line. */
export type DemoOptions = Readonly<{
  config?: string
  listen: Readonly<{ data?: string; control?: string; ops?: string }>
  credentials?: string
}>

/** Runs until SIGTERM or SIGINT. @returns the exit code */
export async function runDemo(options: DemoOptions, context: CommandContext): Promise<number> {
  const stopping = stopSignalsOf(context.signals)
  if (await stopping.haveArrived()) return 0
  const folder = await mkdtemp(join(tmpdir(), 'ews-gateway-demo-'))
  try {
    return await runIn({ ...options, context, stopping, folder })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function runIn(settings: Omit<DemoSettings, 'password'>): Promise<number> {
  const password = makeSecret().reveal()
  const sandbox = await Sandbox.start({
    username: SERVICE,
    password,
    serviceAddress: SERVICE,
    users: MAILBOXES,
    keepSeen: 0,
  })
  try {
    return await runGateway(sandbox, { ...settings, password })
  } finally {
    await sandbox.close()
  }
}

type DemoSettings = DemoOptions &
  Readonly<{ folder: string; password: string; context: CommandContext; stopping: StopSignals }>

async function runGateway(sandbox: Sandbox, settings: DemoSettings): Promise<number> {
  await writeFile(join(settings.folder, 'upstream.password'), settings.password, { mode: 0o600 })
  const { output } = settings.context
  const config = configOf(sandbox, settings)
  const opened = await openStore(config, output.warn)
  const seeded = await seed(opened.store, opened.masterKey)
  const gateway = await startGateway(config, opened)
  const at = (host: string, port: number) =>
    `http${config.tls ? 's' : ''}://${host.includes(':') ? `[${host}]` : host}:${port}`
  const { data, control, ops } = config.listen
  const credentials: DemoCredentials = {
    ewsUrl: `${at(data.host, gateway.dataPort)}/EWS/Exchange.asmx`,
    controlUrl: at(control.host, gateway.controlPort),
    opsUrl: `http://${ops.host.includes(':') ? `[${ops.host}]` : ops.host}:${gateway.opsPort}`,
    organizationId: ORGANIZATION,
    ...seeded,
  }
  try {
    if (settings.credentials !== undefined) await writeAtomically(settings.credentials, credentials)
    output.print(introduce(credentials, config.audit.journal, hasConsole()))
    await settings.stopping.first
  } finally {
    settings.stopping.hold(config.timeouts.drainSeconds * 1_000)
    await gateway.close()
  }
  return 0
}

function configOf({ url }: Sandbox, { config, listen, folder, context }: DemoSettings): Config {
  const overrides: Partial<ConfigInput> = {
    listen,
    store: `sqlite:${join(folder, 'gateway.db')}`,
    masterKey: { file: join(folder, 'master.key') },
    audit: { journal: join(folder, 'audit') },
    log: { level: 'warn' },
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
        neutralMailbox: NEUTRAL,
        opaqueIds: 'allow',
      },
    ],
  }
  return loadConfig({
    ...(config !== undefined && { file: config }),
    env: context.env,
    cwd: process.cwd(),
    overrides,
  })
}

/** Writes the file atomically, so that a script that waits for it never reads a part of it. */
async function writeAtomically(file: string, credentials: DemoCredentials): Promise<void> {
  const partial = `${file}.${process.pid}`
  await writeFile(partial, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 })
  await rename(partial, file)
}

async function seed(store: Store, masterKey: MasterKey) {
  // The neutral mailbox is not imported, because no role can impersonate it.
  await store.importUsers(ORGANIZATION, PEOPLE, { dryRun: false, deleteMissing: false })
  const users = await store.users(ORGANIZATION)
  const ids = (...names: string[]) =>
    users.filter(({ primarySmtpAddress }) => names.includes(primarySmtpAddress)).map(({ id }) => id)

  const migration = await store.putRole({
    ...newRole('migration-full', 'FULL_ACCESS'),
    rules: [
      { id: 'everyone', effect: 'ALLOW', name: 'Everyone' },
      {
        id: 'not-the-ceo',
        effect: 'DENY',
        name: 'Not the CEO',
        targetUsers: ids('ceo@example.com'),
      },
    ],
  })
  const backup = await store.putRole({
    ...newRole('backup-readonly', 'READ_ONLY'),
    rules: [
      {
        id: 'alice-and-bob',
        effect: 'ALLOW',
        name: 'Alice and Bob',
        targetUsers: ids('alice@example.com', 'bob@example.com'),
      },
    ],
  })
  const client = async (role: ImpersonationRole) => ({
    roleName: role.name,
    ...(await addPrincipal(store, masterKey, role.name, mayAssume(role))),
  })
  const policy = administratorPolicy(ORGANIZATION, { mayImpersonate: false })
  return {
    users: users.map(({ displayName: _, enabled: __, ...user }) => user),
    roles: [migration, backup].map(({ id, name, type }) => ({ id, name, type })),
    admin: await addPrincipal(store, masterKey, 'admin', policy),
    clients: [await client(migration), await client(backup)],
  }
}

const newRole = (name: string, type: ImpersonationRole['type']) => ({
  id: roleId(randomUUID()),
  organizationId: ORGANIZATION,
  name,
  type,
  guard: DEFAULT_GUARD,
})

const mayAssume = ({ id }: ImpersonationRole): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: [ASSUME_ROLE],
      Resource: ['*'],
      Condition: { StringEquals: { 'workmail:ImpersonationRoleId': [id] } },
    },
  ],
})

async function addPrincipal(
  store: Store,
  masterKey: MasterKey,
  name: string,
  policy: PolicyDocument,
): Promise<Key> {
  const id = principalId(randomUUID())
  const organization: OrganizationId = ORGANIZATION
  await store.putPrincipal({ id, organizationId: organization, name, enabled: true, policy })
  const { key, secret } = makeAccessKey(masterKey, id, { now: Date.now })
  await store.putKey(key)
  return { accessKeyId: key.id, secretAccessKey: secret.reveal() }
}
