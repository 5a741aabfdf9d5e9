/**
 * A real OpenStack Swift with its S3 API, of one device in a temporary folder.
 *
 * @module
 */

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { until } from '../until.ts'
import {
  environment,
  freePort,
  listens,
  remove,
  ServerProcess,
  temporaryFolder,
} from './process.ts'

/** Why tests with Swift are left out here, else false. */
export const noSwift = ['proxy', 'account', 'container', 'object'].every(name =>
  existsSync(`/usr/bin/swift-${name}-server`),
)
  ? false
  : 'swift is not installed'

const STORAGE = ['account', 'container', 'object'] as const

export class Swift {
  readonly url: string
  readonly #folder: string
  readonly #port: number
  readonly #servers: ServerProcess[] = []

  private constructor(port: number, folder: string) {
    this.url = `http://127.0.0.1:${port}`
    this.#port = port
    this.#folder = folder
  }

  /** Access key and secret of its only user. */
  static readonly credentials = { accessKeyId: 'test:tester', secretAccessKey: 'testing' }

  static async start(): Promise<Swift> {
    const folder = temporaryFolder('swift')
    const swift = new Swift(await freePort(), folder)
    mkdirSync(join(folder, 'devices/d1'), { recursive: true })
    for (const name of STORAGE) await swift.#startStorage(name)
    writeFileSync(join(folder, 'proxy.conf'), swift.#proxyConfig())
    await swift.#startServer('proxy')
    await until('Swift listens', () => listens(swift.#port))
    return swift
  }

  async stop(): Promise<void> {
    await Promise.all(this.#servers.map(server => server.kill()))
    remove(this.#folder)
  }

  async #startStorage(name: (typeof STORAGE)[number]): Promise<void> {
    const port = await freePort()
    const build = (...args: string[]) =>
      execFileSync('swift-ring-builder', [`${name}.builder`, ...args], {
        env: environment(),
        cwd: this.#folder,
      })
    build('create', '4', '1', '1')
    build('add', `r1z1-127.0.0.1:${port}/d1`, '1')
    build('rebalance')
    writeFileSync(
      join(this.#folder, `${name}.conf`),
      `${this.#common(port)}
devices = ${this.#folder}/devices
mount_check = false
[pipeline:main]
pipeline = ${name}-server
[app:${name}-server]
use = egg:swift#${name}
`,
    )
    await this.#startServer(name)
  }

  async #startServer(name: string): Promise<void> {
    const command = [`swift-${name}-server`, join(this.#folder, `${name}.conf`), '-v']
    this.#servers.push(await ServerProcess.start(command, this.#folder, /(?:)/))
  }

  #common(port: number): string {
    return `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
workers = 0
user = ${userInfo().username}
swift_dir = ${this.#folder}`
  }

  #proxyConfig(): string {
    const { accessKeyId, secretAccessKey } = Swift.credentials
    return `${this.#common(this.#port)}
[pipeline:main]
pipeline = catch_errors cache listing_formats s3api tempauth copy slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
[filter:tempauth]
use = egg:swift#tempauth
user_${accessKeyId.replace(':', '_')} = ${secretAccessKey} .admin
[filter:s3api]
use = egg:swift#s3api
${['catch_errors', 'copy', 'slo', 'dlo', 'listing_formats'].map(name => `[filter:${name}]\nuse = egg:swift#${name}`).join('\n')}
[filter:cache]
use = egg:swift#memcache
`
  }
}
