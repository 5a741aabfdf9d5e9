/**
 * The programs of a benchmark: an upstream, gateways, and other proxies. Starts and stops them.
 *
 * @module
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../test/kit/services/process.ts'
import {
  type GatewayOptions,
  type GatewayProcess,
  serve,
  startGateway,
  subjectOf,
} from './gateway.ts'
import { peers, type Subject } from './peers.ts'
import { LOAD_CORE, Program } from './process.ts'
import { makeTlsFiles, type TlsFiles } from './tls.ts'

/** A process that is killed writes no profile. */
const END = process.env['BENCH_NODE_FLAGS'] === undefined ? 'SIGKILL' : 'SIGTERM'
const UPSTREAM = join(import.meta.dirname, 'upstream.ts')

/** Options of a gateway. By default, its upstream is the one of the environment. */
type StartOptions = Omit<GatewayOptions, 'folder' | 'upstreamPort'> &
  Partial<Pick<GatewayOptions, 'upstreamPort'>>

export class BenchEnvironment {
  readonly folder = mkdtempSync(join(tmpdir(), 'ews-gateway-bench-'))
  readonly upstreamPort: number
  readonly #built: string | undefined
  readonly #programs: Program[] = []
  readonly #peers = new Map<string, Subject>()
  #bodies = 0

  private constructor(upstreamPort: number, built: string | undefined) {
    this.upstreamPort = upstreamPort
    this.#built = built
  }

  /** @param built - the main.js of the gateways; absent: they run from the sources */
  static async open(built?: string): Promise<BenchEnvironment> {
    const environment = new BenchEnvironment(await freePort(), built)
    const command = [process.execPath, UPSTREAM, `${environment.upstreamPort}`]
    environment.#programs.push(
      await Program.start(command, { core: LOAD_CORE, ready: environment.upstreamPort }),
    )
    return environment
  }

  /** A body in a file, for the load. */
  body(content: string | Uint8Array): string {
    this.#bodies += 1
    const file = join(this.folder, `body-${this.#bodies}`)
    writeFileSync(file, content)
    return file
  }

  async gateway(options: StartOptions): Promise<GatewayProcess> {
    const { folder, upstreamPort } = this
    const gateway = await startGateway({ built: this.#built, upstreamPort, ...options, folder })
    this.#programs.push(gateway.program)
    return gateway
  }

  /** Another process on the same store, and on the same data port where that is shared. */
  async second({ place, keys }: GatewayProcess): Promise<GatewayProcess> {
    const gateway = await serve(place, join(place, 'gateway.yaml'), keys, { built: this.#built })
    this.#programs.push(gateway.program)
    return gateway
  }

  /** A peer, where it is installed. */
  async peer(name: string): Promise<Subject | undefined> {
    const known = this.#peers.get(name)
    if (known !== undefined) return known
    const subject = await this.#start(name, this.upstreamPort)
    if (subject !== undefined) this.#peers.set(name, subject)
    return subject
  }

  /** Starts an upstream with TLS, a gateway and peers in front of it, and returns them in this order. */
  async encrypted(names: readonly string[]): Promise<readonly Subject[]> {
    const tls = makeTlsFiles(this.folder)
    const port = await freePort()
    const command = [process.execPath, UPSTREAM, `${port}`, tls.certificate, tls.privateKey]
    this.#programs.push(await Program.start(command, { core: LOAD_CORE, ready: port }))
    const gateway = await this.gateway({ name: 'encrypted', tls, upstreamPort: port })
    const subjects = [subjectOf('gateway', gateway, gateway.basic)]
    for (const name of names) {
      const peer = await this.#start(name, port, tls)
      if (peer !== undefined) subjects.push(peer)
    }
    return subjects
  }

  async #start(name: string, upstreamPort: number, tls?: TlsFiles): Promise<Subject | undefined> {
    if (!peers[name]?.isThere()) return undefined
    const subject = await peers[name].start(this.folder, upstreamPort, tls)
    this.#programs.push(subject.program)
    return subject
  }

  async close(): Promise<void> {
    await Promise.all(this.#programs.map(program => program.stop(END)))
    rmSync(this.folder, { recursive: true, force: true })
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/**
 * Runs a function with a new environment, and closes it at the end, after an error, and at a signal.
 *
 * @param built - the main.js of the gateways; absent: they run from the sources
 */
export async function withEnvironment<Result>(
  run: (environment: BenchEnvironment) => Promise<Result>,
  built?: string,
): Promise<Result> {
  const environment = await BenchEnvironment.open(built)
  // Programs have process groups of their own and would outlive this process.
  let isStopping = false
  const onSignal = () => {
    if (isStopping) return
    isStopping = true
    void environment.close().finally(() => process.exit(1))
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  try {
    return await run(environment)
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal)
    await environment.close()
  }
}
