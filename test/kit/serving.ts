/**
 * A gateway that `serve` starts on a configuration file, before a sandbox in this process.
 *
 * @module
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { Sandbox } from '../../sandbox/sandbox.ts'
import { openStore } from '../../src/app/compose.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { ConfigInput } from '../../src/config/schema.ts'
import { Command, LocalCommand, type Run } from './command.ts'
import { testFolder } from './folder.ts'
import {
  FULL,
  GatewayTestServer,
  NEUTRAL,
  ORGANIZATION,
  READ_ONLY,
  recordNoSnapshot,
  SERVICE,
  USERS,
} from './gateway-test-server.ts'

export type ServingOptions = Readonly<{
  /** Another upstream than the sandbox, which runs all the same. */
  upstreamUrl?: string
  /** Sections of the configuration, whole. */
  config?: Readonly<Partial<ConfigInput>>
  keepSeen?: number
  /** Additional files, by name. */
  files?: Readonly<Record<string, string | Buffer>>
}>

/** A test server whose gateway is a command. */
export type Serving<R extends Run = Command> = Readonly<{
  server: GatewayTestServer
  command: R
  folder: string
}>

/** Starts it as a process of its own, for a test of the process; it is ended with the test. */
export const startServing = (t: Test, options: ServingOptions = {}): Promise<Serving> =>
  serve(t, options, (...given) => new Command(t, ...given))

/** Starts it in this process; it is ended with the test. */
export const startLocalServing = (
  t: Test,
  options: ServingOptions = {},
): Promise<Serving<LocalCommand>> => serve(t, options, (...given) => new LocalCommand(t, ...given))

async function serve<R extends Run>(
  t: Test,
  options: ServingOptions,
  start: (args: readonly string[], place: Readonly<{ cwd: string }>) => R,
): Promise<Serving<R>> {
  const { keepSeen = 1_000, files = {} } = options
  const folder = testFolder(t)
  const written = { 'upstream.password': 'correct-horse-battery', ...files }
  for (const [name, content] of Object.entries(written)) writeFileSync(join(folder, name), content)
  const sandbox = await Sandbox.start({
    username: SERVICE,
    password: 'correct-horse-battery',
    serviceAddress: SERVICE,
    users: USERS.map(user => ({ ...user, empty: user.primarySmtpAddress === NEUTRAL })),
    keepSeen,
  })
  t.teardown(() => sandbox.close())
  const file = join(folder, 'gateway.yaml')
  writeFileSync(file, JSON.stringify(configOf(options.upstreamUrl ?? sandbox.url, options.config)))

  const config = loadConfig({ file, env: {}, cwd: folder })
  const opened = await openStore(config, () => undefined)
  t.teardown(() => opened.store.close())
  await opened.store.importUsers(ORGANIZATION, USERS, { dryRun: false, deleteMissing: false })
  await recordNoSnapshot(config, opened.store)
  const command = start(['serve', '--config', file], { cwd: folder })
  const gateway = {
    ...(await readPorts(command)),
    announce: async () => undefined,
    rotateAudit: () => undefined,
    reloadTls: () => undefined,
    reloadGrants: () => false,
    close: async () => {},
  }
  const auditFolder = join(folder, 'data/audit')
  const server = new GatewayTestServer({ sandbox, gateway, auditFolder, ...opened })
  for (const role of [FULL, READ_ONLY]) await server.addRole(role)
  return { server, command, folder }
}

/** The configuration that a file holds; JSON is YAML. */
export function configOf(url: string, sections: Partial<ConfigInput> = {}): ConfigInput {
  const port = '127.0.0.1:0'
  return {
    listen: { data: port, control: port, ops: port },
    organizations: [
      {
        id: ORGANIZATION,
        alias: 'example',
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
      },
    ],
    ...sections,
  }
}

/** Returns the ports from the line that the gateway logs when it is ready. */
export async function readPorts(command: Run) {
  await command.printed(/The gateway is ready.*\n/)
  const line = command.err.split('\n').find(text => text.includes('The gateway is ready')) ?? ''
  const { data, control, ops } = JSON.parse(line) as Record<'data' | 'control' | 'ops', string>
  const portOf = (address: string) => Number(/:(\d+)$/.exec(address)?.[1])
  return { dataPort: portOf(data), controlPort: portOf(control), opsPort: portOf(ops) }
}
