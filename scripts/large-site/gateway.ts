/**
 * Runs a gateway on a folder that keeps its store and its history.
 *
 * @module
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Key } from '../../src/cli/demo-guide.ts'
import { ORGANIZATION } from '../history/rows.ts'
import { cpuMsOf } from './cpu.ts'

const MAIN = join(import.meta.dirname, '../../src/main.ts')

export type Gateway = Readonly<{
  controlUrl: string
  admin: Key
  api: (target: string, input: object) => Promise<Record<string, unknown>>
  /** Returns the CPU time that all threads of the gateway have used, in milliseconds. */
  cpuMs: () => number
  stop: () => Promise<void>
}>

/** Runs a command of the gateway in a folder. @returns what it printed */
export async function command(folder: string, ...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}: ${out}`)
  return out
}

/** Writes the configuration of a gateway, and creates its users and administrator, if the folder has none. */
export async function setUp(folder: string, usersCsv: string): Promise<void> {
  const configuration = join(folder, 'gateway.yaml')
  if (existsSync(configuration)) return
  writeFileSync(join(folder, 'users.csv'), usersCsv)
  writeFileSync(join(folder, 'upstream.password'), 'not-used')
  writeFileSync(configuration, CONFIGURATION)
  const options = ['--config', configuration, '--organization', 'large']
  await command(folder, 'users', 'import', join(folder, 'users.csv'), ...options)
  const key = await command(folder, 'admin', 'create-key', '--name', 'auditor', ...options)
  const valueIn = (name: string) => new RegExp(`${name}=['"]?([^'"\\s]+)`).exec(key)?.[1]
  const accessKeyId = valueIn('AWS_ACCESS_KEY_ID')
  const secretAccessKey = valueIn('AWS_SECRET_ACCESS_KEY')
  writeFileSync(join(folder, 'key.json'), JSON.stringify({ accessKeyId, secretAccessKey }))
}

/** Nothing listens at the URL of the upstream, because nothing asks it. The retention is longer than the history. */
const CONFIGURATION = `store: sqlite:gateway.db
masterKey: { file: master.key }
audit:
  journal: audit
  history: { sums: { days: 500 }, allowed: { days: 500, rows: 20000000 }, refusals: { days: 500, rows: 20000000 } }
organizations:
  - id: ${ORGANIZATION}
    alias: large
    upstream:
      url: http://127.0.0.1:9/EWS/Exchange.asmx
      authentication: { kind: basic, username: svc-gateway, password: { file: upstream.password } }
      serviceAddresses: [svc-gateway@example.com]
`

export async function startGateway(folder: string): Promise<Gateway> {
  const admin = JSON.parse(readFileSync(join(folder, 'key.json'), 'utf8')) as Key
  const ports = await Promise.all([freePort(), freePort(), freePort()])
  const listen = ['data', 'control', 'ops'].flatMap((name, i) => [
    `--listen-${name}`,
    `127.0.0.1:${ports[i]}`,
  ])
  const child = spawn(process.execPath, [MAIN, 'serve', '--config', 'gateway.yaml', ...listen], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const controlUrl = `http://127.0.0.1:${ports[1]}`
  await isReady(child, `http://127.0.0.1:${ports[2]}/startupz`)
  return {
    controlUrl,
    admin,
    api: async (target, input) => {
      const response = await fetch(controlUrl, {
        method: 'POST',
        headers: {
          authorization: `Basic ${btoa(`${admin.accessKeyId}:${admin.secretAccessKey}`)}`,
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': target,
        },
        body: JSON.stringify({ OrganizationId: ORGANIZATION, ...input }),
      })
      if (!response.ok) throw new Error(`${target}: ${await response.text()}`)
      return (await response.json()) as Record<string, unknown>
    },
    cpuMs: () => cpuMsOf(child.pid ?? 0),
    stop: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function isReady(child: ChildProcess, url: string): Promise<void> {
  while (child.exitCode === null) {
    const isUp = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isUp) return
    await setTimeout(100)
  }
  throw new Error('The gateway did not start')
}
