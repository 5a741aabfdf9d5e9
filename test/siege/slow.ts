/**
 * Runs slow and misbehaving clients against a gateway with the default limits. Concurrently, other clients
 * must be answered about as fast as before, and memory must stay bounded.
 *
 * @module
 */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { type AttackedGateway, startAttackedGateway } from './gateway.ts'
import {
  type ConnectionCounts,
  type Crowd,
  type CrowdOptions,
  KINDS,
  SOCKETS_PER_ADDRESS,
} from './misbehaving-clients.ts'
import type { PartReport, RunOptions } from './part.ts'
import { ORDINARY } from './requests.ts'
import { UpstreamProcess } from './upstream-process.ts'
import { PATIENCE_MS } from './wire.ts'

const MEBI = 1_048_576
const SHORT: Crowd = {
  'slow headers': 100,
  'slow bodies': 70,
  'slow unauthenticated bodies': 60,
  'slow readers': 20,
  'half-closed': 45,
  'pipelines unread': 10,
  'aborted uploads': 3,
  idle: 192,
}
const LONG: Crowd = {
  'slow headers': 500,
  'slow bodies': 200,
  'slow unauthenticated bodies': 400,
  'slow readers': 200,
  'half-closed': 200,
  'pipelines unread': 100,
  'aborted uploads': 50,
  idle: 10_000,
}
/** No other client waits while the gateway works for longer than that, however busy the machine is. */
const MAX_WORK_MS = 3_000
/** Memory for all of it: buffers of those who upload and do not read, and so much a socket. */
const GROWTH_BYTES = 192 * MEBI
const SOCKET_BYTES = 32_768
/** Minimum number of requests for a result about their duration. */
const MIN_TURNS = 20
/** Number of unauthenticated bodies that the gateway reads to the end, for each address. */
const DRAINED_PER_ADDRESS = 16

export async function slow({ root, short }: RunOptions): Promise<PartReport> {
  const crowd = short ? SHORT : LONG
  const sockets = KINDS.reduce((sum, kind) => sum + crowd[kind], 0)
  const upstream = await UpstreamProcess.start()
  const gateway = await startAttackedGateway(root, upstream.url, {
    timeouts: { headersSeconds: 2, bodyIdleSeconds: 2 },
    ...(short ? {} : { limits: { connections: 16_384 } }),
  })
  const [lines, findings] = [[] as string[], [] as string[]]
  let crowdProcess: ChildProcess | undefined
  try {
    const quiet = await probe(gateway, short ? 500 : 2_000)
    const before = gateway.rss()
    crowdProcess = await release({ port: gateway.dataPort, authorization: gateway.attacker, crowd })
    const busy = await probe(gateway, short ? 3_500 : 30_000, arrived(crowdProcess))
    const counts = await closedOn(crowdProcess, crowd)
    await tell(crowdProcess, 'enough')
    const after = await probe(gateway, short ? 500 : 3_000)
    findings.push(...tooPatient(counts, crowd))

    const bound = before + GROWTH_BYTES + sockets * SOCKET_BYTES
    lines.push(
      `${sockets} sockets: ${KINDS.map(kind => `${counts[kind].opened} ${kind} (${counts[kind].closed} closed)`).join(', ')}`,
      `other clients, before: ${quiet}; during: ${busy}; after: ${after}; maximum wait ${MAX_WORK_MS} ms of the gateway's work`,
      `memory: ${mebi(before)} before, ${mebi(busy.rss)} peak, ${mebi(gateway.rss())} after; maximum ${mebi(bound)}`,
    )
    if (busy.rss > bound)
      findings.push(`the gateway uses ${mebi(busy.rss)}, more than ${mebi(bound)}`)
    for (const probed of [busy, after]) {
      if (probed.failures.length > 0)
        findings.push(
          `requests of other clients failed: ${probed.failures.slice(0, 3)} (${probed.failures.length})`,
        )
      if (probed.mostWorkMs > MAX_WORK_MS)
        findings.push(`another client waited for ${probed.mostWorkMs} ms of work`)
    }
    if (!gateway.isAlive()) findings.push(`the gateway ended: ${gateway.log().slice(-500)}`)
    if (/Unhandled error/.test(gateway.log()))
      findings.push(`unhandled error: ${gateway.log().slice(0, 500)}`)
    const { flaws, aborted } = await upstream.complaints()
    findings.push(...flaws.map(flaw => `the upstream received ${flaw}`))
    if (aborted) findings.push('an aborted upload was a complete operation')
  } finally {
    crowdProcess?.kill('SIGKILL')
    await gateway.close()
    upstream.close()
  }
  return { part: 'slow', tried: sockets, lines, findings }
}

async function release(options: CrowdOptions): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('./misbehaving-clients.ts', import.meta.url)), {
    execArgv: [],
  })
  await once(child, 'spawn')
  child.send(options)
  return child
}

/** Until all sockets have connected once. */
async function arrived(child: ChildProcess): Promise<void> {
  await once(child, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) })
}

/** Returns the clients whose connections the gateway should have closed by then. */
function tooPatient(counts: ConnectionCounts, crowd: Crowd): string[] {
  const sockets = KINDS.reduce((sum, kind) => sum + crowd[kind], 0)
  const addresses = Math.ceil(sockets / SOCKETS_PER_ADDRESS)
  const mayStay = {
    'slow headers': 0,
    'slow unauthenticated bodies': DRAINED_PER_ADDRESS * addresses,
  }
  return Object.entries(mayStay).flatMap(([kind, most]) => {
    const { opened, closed } = counts[kind as keyof typeof mayStay]
    return opened - closed > most ? [`${opened - closed} ${kind} stay open, more than ${most}`] : []
  })
}

/** Returns the counts when all bad connections are closed, or after a timeout. */
async function closedOn(child: ChildProcess, crowd: Crowd): Promise<ConnectionCounts> {
  for (const late = performance.now() + PATIENCE_MS; ; ) {
    const counts = await tell(child, 'count')
    if (tooPatient(counts, crowd).length === 0 || performance.now() > late) return counts
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

async function tell(child: ChildProcess, order: 'count' | 'enough'): Promise<ConnectionCounts> {
  child.send(order)
  const [counts] = await once(child, 'message')
  return counts as ConnectionCounts
}

/** How long another client's requests took, on kept and on new connections. */
class Probed {
  readonly #ms: readonly number[]
  readonly failures: readonly string[]
  /** The most resident bytes that were seen. */
  readonly rss: number
  /** Longest work of the gateway while a client waited. */
  readonly mostWorkMs: number

  constructor(
    ms: number[],
    failures: readonly string[],
    most: Readonly<{ rss: number; workMs: number }>,
  ) {
    this.#ms = ms.sort((one, other) => one - other)
    this.failures = failures
    this.rss = most.rss
    this.mostWorkMs = most.workMs
  }

  #at(share: number): number {
    return this.#ms[Math.ceil(share * this.#ms.length) - 1] ?? Number.POSITIVE_INFINITY
  }

  toString(): string {
    const [half, most, all] = [0.5, 0.99, 1].map(share => this.#at(share).toFixed(1))
    return `${this.#ms.length} requests in ${half} ms (median), ${most} ms (99 %), ${all} ms (slowest, ${this.mostWorkMs} ms of work)`
  }
}

/** @param since - the time is counted from then; until then others ask as well */
async function probe(
  gateway: AttackedGateway,
  forMs: number,
  since: Promise<void> = Promise.resolve(),
): Promise<Probed> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const [ms, failures] = [[] as number[], [] as string[]]
  const most = { rss: 0, workMs: 0 }
  let end = Number.POSITIVE_INFINITY
  const counted = since.then(() => {
    end = performance.now() + forMs
  })
  counted.catch(() => {
    end = 0
  })
  for (let turn = 0; performance.now() < end || turn < MIN_TURNS; turn++) {
    const [began, worked] = [performance.now(), gateway.workedMs()]
    const outcome = await ask(gateway, turn % 2 === 0 ? agent : new Agent())
    ms.push(performance.now() - began)
    if (outcome !== '200 NoError') failures.push(outcome)
    most.workMs = Math.max(most.workMs, gateway.workedMs() - worked)
    most.rss = Math.max(most.rss, gateway.rss())
    await new Promise(resolve => setTimeout(resolve, 15))
  }
  agent.destroy()
  await counted
  return new Probed(ms, failures, most)
}

/** @returns the status, with the reason if it is not 200 */
function ask({ dataPort: port, bystander }: AttackedGateway, agent: Agent): Promise<string> {
  const headers = {
    Authorization: bystander,
    'Content-Type': 'text/xml',
    'Content-Length': ORDINARY.length,
  }
  return new Promise(resolve => {
    const path = '/EWS/Exchange.asmx'
    const sent = request({ host: '127.0.0.1', port, agent, method: 'POST', path, headers })
    sent.setTimeout(PATIENCE_MS, () => sent.destroy(new Error('no response')))
    sent
      .on('error', error => resolve(error.message))
      .on('response', async response => {
        const text = Buffer.concat(await response.toArray()).toString()
        const code = /ResponseCode[^>]*>(\w+)/.exec(text)?.[1]
        resolve(code ? `${response.statusCode} ${code}` : String(response.statusCode))
      })
    sent.end(ORDINARY)
  })
}

const mebi = (bytes: number) => `${(bytes / MEBI).toFixed(0)} MiB`
