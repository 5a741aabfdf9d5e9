/**
 * A gateway as a process of its own, with its own way to PostgreSQL and to Redis.
 *
 * @module
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ConfigInput } from '../../src/config/schema.ts'
import { MAIN } from '../kit/command.ts'
import { freePort, ServerProcess } from '../kit/services/process.ts'
import { FaultProxy } from '../kit/services/proxy.ts'

const READY = /The gateway is ready/
/** Maximum number of characters that are kept of its output. */
const SAID = 2_000
const CLOCK = new URL('clock.ts', import.meta.url)

export type GatewayOptions = Readonly<{
  number: number
  /** Folder of the sources to run. By default, the command line of this checkout. */
  root?: string | undefined
  /** Folder of the files of all gateways of the deployment. */
  folder: string
  /** Common configuration of all gateways, for the ports of this gateway's store and cache. */
  configOf: (ports: Readonly<{ postgres: number; redis: number }>) => Partial<ConfigInput>
  postgresPort: number
  redisPort: number
  /** Error of its wall clock in milliseconds. */
  clockByMs: number
}>

type Ports = Readonly<{ data: number; control: number; ops: number }>

/** A time in which the gateway could not answer. */
export type Outage = { readonly start: number; end: number }

export class Gateway {
  readonly number: number
  readonly clockByMs: number
  readonly ports: Ports
  readonly postgres: FaultProxy
  readonly redis: FaultProxy
  readonly auditFolder: string
  /** Times from a kill until the gateway was ready again. */
  readonly outages: Outage[] = []
  /** Last output of each run of the process that ended unexpectedly. */
  readonly ends: string[] = []
  /** Whether a load balancer sends requests to it. */
  isReady = false
  readonly #folder: string
  readonly #config: string
  #main: string
  #process: ServerProcess | undefined

  private constructor(
    { number, root, folder, clockByMs }: GatewayOptions,
    ports: Ports,
    proxies: Readonly<{ postgres: FaultProxy; redis: FaultProxy }>,
  ) {
    this.number = number
    this.clockByMs = clockByMs
    this.ports = ports
    this.postgres = proxies.postgres
    this.redis = proxies.redis
    this.#main = root === undefined ? MAIN : join(root, 'main.ts')
    this.#folder = folder
    this.#config = join(folder, `gateway-${number}.yaml`)
    this.auditFolder = join(folder, `audit-${number}`)
  }

  /** Prepares a gateway without starting it. */
  static async prepare(options: GatewayOptions): Promise<Gateway> {
    const postgres = await FaultProxy.start(options.postgresPort)
    const redis = await FaultProxy.start(options.redisPort)
    const ports = { data: await freePort(), control: await freePort(), ops: await freePort() }
    const gateway = new Gateway(options, ports, { postgres, redis })
    const at = (port: number) => `127.0.0.1:${port}`
    const config: Partial<ConfigInput> = {
      ...options.configOf({ postgres: postgres.port, redis: redis.port }),
      listen: { data: at(ports.data), control: at(ports.control), ops: at(ports.ops) },
      audit: { journal: gateway.auditFolder },
    }
    writeFileSync(gateway.#config, JSON.stringify(config))
    return gateway
  }

  /** Runs other sources from the next start on. */
  upgrade(root: string): void {
    this.#main = join(root, 'main.ts')
  }

  /** Changes sections of its configuration, for the next start. */
  configure(sections: Partial<ConfigInput>): void {
    configure(this.#config, sections)
  }

  get controlUrl(): URL {
    return new URL(`http://127.0.0.1:${this.ports.control}/`)
  }

  get isRunning(): boolean {
    return this.#process !== undefined
  }

  /** Starts the gateway. Resolves when it accepts requests. */
  async start(): Promise<void> {
    const clock = this.clockByMs === 0 ? [] : ['--import', `${CLOCK}?by=${this.clockByMs}`]
    const run = [process.execPath, ...clock, this.#main, 'serve', '--config', this.#config]
    const command = ['env', '-i', ...cacheOfCode(), ...run]
    const started = await ServerProcess.start(command, this.#folder, READY)
    this.#process = started
    void started.ended().then(() => this.#ended(started))
    this.isReady = true
    const outage = this.outages.at(-1)
    if (outage && outage.end === Number.POSITIVE_INFINITY) outage.end = Date.now()
  }

  async kill(): Promise<void> {
    this.isReady = false
    this.outages.push({ start: Date.now(), end: Number.POSITIVE_INFINITY })
    const killed = this.#process
    this.#process = undefined
    await killed?.kill()
  }

  /** Ends the process as an orchestrator does: it sends no more requests to it, then SIGTERM. */
  async end(): Promise<number | null> {
    this.isReady = false
    const ending = this.#process
    this.#process = undefined
    ending?.signal('SIGTERM')
    const code = (await ending?.ended()) ?? null
    this.outages.push({ start: Date.now(), end: Number.POSITIVE_INFINITY })
    return code
  }

  freeze(): void {
    this.#process?.freeze()
  }

  thaw(): void {
    this.#process?.thaw()
  }

  /** Returns whether the gateway was unreachable at any time between two times. */
  wasOut(from: number, to: number): boolean {
    return this.outages.some(({ start, end }) => start <= to && from <= end)
  }

  async stop(): Promise<void> {
    const killed = this.#process
    this.#process = undefined
    await killed?.kill()
    await Promise.all([this.postgres.stop(), this.redis.stop()])
  }

  #ended(ended: ServerProcess): void {
    if (this.#process !== ended) return
    this.isReady = false
    this.#process = undefined
    this.ends.push(ended.printout.slice(-SAID))
  }
}

/** Changes sections of a configuration file. */
export function configure(file: string, sections: Partial<ConfigInput>): void {
  const config = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify({ ...config, ...sections }))
}

/** Cache folder of compiled code, if there is one. */
const cacheOfCode = () => {
  const place = process.env['NODE_COMPILE_CACHE']
  return place === undefined ? [] : [`NODE_COMPILE_CACHE=${resolve(place)}`]
}
