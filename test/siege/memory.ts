/**
 * Clients that make the gateway keep bytes: it holds no more than its budget and so much a socket, gives
 * it back when they leave, and serves others at the same time, in the memory that is documented.
 *
 * @module
 */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeBudgets } from '../../src/app/budgets.ts'
import { makeCertificates, tlsConfigOf } from '../kit/certificates.ts'
import { ControlGroup } from './control-group.ts'
import { type AttackedGateway, startAttackedGateway } from './gateway.ts'
import { attacksOn, type Listener, type MemoryAttack } from './memory-attacks.ts'
import { Bystander, type Served } from './memory-bystander.ts'
import type { Flooded, FloodOptions } from './memory-clients.ts'
import type { PartReport, RunOptions } from './part.ts'
import { UpstreamProcess } from './upstream-process.ts'
import { exchange, PATIENCE_MS } from './wire.ts'

const MEBI = 1_048_576
/** Memory of the machine, or of the control group. */
const MACHINE_BYTES = 512 * MEBI
/** `limits.memoryBytes` by default in as much memory. */
const MEMORY_BYTES = MACHINE_BYTES / 4

/** Maximum garbage of V8: young objects, buffers of 64 MiB, and half of the heap. */
const GARBAGE_BYTES = 192 * MEBI
/** Memory of a socket in Node.js, including OpenSSL. */
const SOCKET_BYTES = 32_768
const TLS_BYTES = 98_304
/** Memory of a request in progress, without its headers and its body. */
const REQUEST_BYTES = 8_192
/** Headers are strings, two of 24 bytes each for a header of 4 bytes. */
const HEADER_FACTOR = 12

const PER_ADDRESS = 100
const ARRIVAL_MS = 20_000
const HOLD_MS = { short: 300, long: 2_000 }
/** No other client waits while the gateway works for longer than that. */
const MAX_WORK_MS = 8_000

export async function memory({ root, short }: RunOptions): Promise<PartReport> {
  const outcome = { part: 'memory', tried: 0, lines: [] as string[], findings: [] as string[] }
  for (const tls of [false, true]) {
    await using begun = new AsyncDisposableStack()
    const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-siege-tls-'))
    begun.defer(() => rmSync(folder, { recursive: true, force: true }))
    makeCertificates(folder, [{ name: 'gateway', alternative: 'IP:127.0.0.1' }])
    const group = ControlGroup.make(MACHINE_BYTES)
    begun.defer(() => group?.remove())
    if (!tls)
      outcome.lines.push(
        group
          ? `in a control group of ${mebi(MACHINE_BYTES)}`
          : 'control group: skipped, because it cannot be created',
      )
    const upstream = await UpstreamProcess.start()
    begun.defer(() => upstream.close())
    const gateway = await startAttackedGateway(
      root,
      upstream.url,
      {
        limits: { memoryBytes: MEMORY_BYTES },
        ...(tls && { tls: tlsConfigOf(folder, 'gateway') }),
      },
      { wrap: command => group?.wrap(command) ?? command },
    )
    begun.defer(() => gateway.close())
    const clients = await startClients()
    begun.defer(() => void clients.kill('SIGKILL'))
    await new Siege({ gateway, clients, tls, short, outcome }).run()
  }
  return outcome
}

type SiegeOptions = Readonly<{
  gateway: AttackedGateway
  clients: ChildProcess
  tls: boolean
  short: boolean
  outcome: { tried: number; lines: string[]; findings: string[] }
}>

/** The attacks on one gateway. */
class Siege {
  readonly #gateway: AttackedGateway
  readonly #clients: ChildProcess
  readonly #tls: boolean
  readonly #short: boolean
  readonly #outcome: SiegeOptions['outcome']
  readonly #bystander: Bystander
  /** Resident bytes before the first attack. */
  #idleBytes = 0
  readonly #budgets = makeBudgets(MEMORY_BYTES)

  constructor({ gateway, clients, tls, short, outcome }: SiegeOptions) {
    this.#gateway = gateway
    this.#clients = clients
    this.#tls = tls
    this.#short = short
    this.#outcome = outcome
    this.#bystander = new Bystander(gateway, tls, PATIENCE_MS)
  }

  async run(): Promise<void> {
    // Files stay in memory from the first request on.
    await this.#bystander.fetch('control', '/console/')
    await this.#bystander.serve(this.#short ? 300 : 1_000)
    const files = (await this.#bystander.held()).control
    this.#idleBytes = this.#gateway.rss()
    for (const attack of attacksOn(this.#gateway)) {
      const { listener, isShortOverTls = false } = attack
      if (this.#tls && (listener === 'ops' || (this.#short && !isShortOverTls))) continue
      await this.#try(attack, files)
      if (!this.#gateway.isAlive()) {
        this.#outcome.findings.push(`the gateway ended: ${this.#gateway.log().slice(-500)}`)
        return
      }
    }
    const bug = /.*Unhandled.*/.exec(this.#gateway.log())?.[0]
    if (bug !== undefined) this.#outcome.findings.push(`unhandled error: ${bug.slice(0, 500)}`)
  }

  async #try(attack: MemoryAttack, files: number): Promise<void> {
    const connections = Math.ceil(attack.connections / (this.#short ? 4 : 1))
    const name = `${attack.listener}${this.#tls ? ' (TLS)' : ''}, ${attack.as}, ${attack.name}`
    if (attack.first) await exchange(this.#gateway.dataPort, attack.first)
    const before = this.#gateway.rss()
    forgetPeak(this.#gateway.pid)
    const clients = this.#clients
    const { bytes = 0 } = attack
    clients.send({
      ...attack,
      bytes: this.#short ? Math.min(bytes, MEBI) : bytes,
      port: this.#bystander.portOf(attack.listener),
      tls: this.#tls,
      connections,
      connectionsPerAddress: attack.as === 'administrator' ? connections : PER_ADDRESS,
    } satisfies FloodOptions)
    let held = 0
    const served = await this.#bystander.serve(
      HOLD_MS[this.#short ? 'short' : 'long'],
      this.#arrive(connections),
      async () => {
        held = Math.max(held, (await this.#bystander.held())[attack.listener])
      },
    )
    const [most, end] = [peakOf(this.#gateway.pid), this.#gateway.rss()]
    const { sent } = await tell(clients, 'enough')
    const left = await this.#left(attack.listener, attack.listener === 'control' ? files : 0)
    this.#outcome.tried += connections
    this.#outcome.lines.push(
      `${name}: ${connections} connections, ${mebi(sent)} sent, ${mebi(held)} held; memory ${mebi(before)} before, ` +
        `${mebi(most)} peak, ${mebi(end)} at the end, ${ratio(most - before, sent)}; other clients: ${served}`,
    )
    this.#assess(name, { attack, connections, most, held, left, served })
  }

  #assess(name: string, { attack, connections, most, held, left, served }: Measured): void {
    const complain = (text: string) => this.#outcome.findings.push(`${name}: ${text}`)
    const budget = 2 * this.#budgets[attack.listener].share
    const { requests = 1, headerBytes = 512 } = attack
    const socket =
      SOCKET_BYTES +
      (this.#tls ? TLS_BYTES : 0) +
      requests * REQUEST_BYTES +
      headerBytes * HEADER_FACTOR
    const bound = this.#idleBytes + GARBAGE_BYTES + budget + connections * socket
    if (most > bound) complain(`the gateway uses ${mebi(most)}, more than ${mebi(bound)}`)
    if (held > budget) complain(`${held} bytes are held, more than the budget of ${budget}`)
    if (left > 0) complain(`${left} bytes are held after all connections closed`)
    for (const failure of served.failures.slice(0, 3))
      complain(`another client was not served: ${failure}`)
    if (served.mostWorkMs > MAX_WORK_MS)
      complain(`another client waited for ${served.mostWorkMs} ms of work`)
  }

  /** Waits until all connections are open and send no more, or until a timeout. */
  async #arrive(connections: number): Promise<void> {
    let before = -1
    for (const late = performance.now() + ARRIVAL_MS; performance.now() < late; ) {
      const { connected, sent } = await tell(this.#clients, 'count')
      if (connected === connections && sent === before) return
      before = sent
      await new Promise(resolve => setTimeout(resolve, this.#short ? 50 : 250))
    }
  }

  /** Bytes that stay held although all have left, beyond those of files. */
  async #left(listener: Listener, files: number): Promise<number> {
    for (const late = performance.now() + PATIENCE_MS; ; ) {
      const left = (await this.#bystander.held())[listener] - files
      if (left <= 0 || performance.now() > late) return left
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
}

type Measured = Readonly<{
  attack: MemoryAttack
  connections: number
  most: number
  held: number
  left: number
  served: Served
}>

async function startClients(): Promise<ChildProcess> {
  const file = fileURLToPath(new URL('./memory-clients.ts', import.meta.url))
  const child = fork(file, { execArgv: [] })
  await once(child, 'spawn')
  return child
}

async function tell(child: ChildProcess, order: 'count' | 'enough'): Promise<Flooded> {
  const told = once(child, 'message')
  child.send(order)
  const [counts] = await told
  return counts as Flooded
}

/** Lets the kernel count the most resident bytes of a process from now on. */
function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

function peakOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1_024
}

/** Returns the growth of memory in bytes, for each byte that was sent. */
const ratio = (grown: number, sent: number) =>
  `${(Math.max(0, grown) / Math.max(1, sent)).toFixed(1)} bytes of memory for each byte sent`

const mebi = (bytes: number) => `${(bytes / MEBI).toFixed(bytes < 10 * MEBI ? 1 : 0)} MiB`
