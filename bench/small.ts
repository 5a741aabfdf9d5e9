/**
 * The small read, which most requests are: at saturation, and at a rate that all can serve.
 *
 * @module
 */

import type { Bar } from './bars.ts'
import type { BenchEnvironment } from './environment.ts'
import { subjectOf } from './gateway.ts'
import { hasWrk } from './loading.ts'
import { BARE, NAIVE, peers, type Subject } from './peers.ts'
import { envelope, FIND_ITEM } from './requests.ts'
import { type Figures, inRounds, percent, ratioBar, warm } from './rounds.ts'
import { figure, type Table } from './table.ts'

/** Requests a second of the open load: a fifth of what one core gives. */
const RATE = 2_000
/** Rate in the short form. */
const LOW_RATE = 200

export type Small = Readonly<{
  tables: readonly Table[]
  bars: readonly Bar[]
  skipped: readonly string[]
}>

export type SmallOptions = Readonly<{
  rounds: number
  seconds: number
  /** URL of a Redis. Absent: its row is left out. */
  redis?: string | undefined
  names: readonly string[]
  /** By wrk where it is installed, and only after many requests. */
  thorough: boolean
}>

export async function small(environment: BenchEnvironment, options: SmallOptions): Promise<Small> {
  const gateway = await environment.gateway({ name: 'memory' })
  const subjects: Subject[] = [
    subjectOf('gateway, Basic', gateway, gateway.basic),
    subjectOf('gateway, Bearer', gateway, gateway.bearer),
  ]
  if (options.redis !== undefined) {
    const shared = await environment.gateway({ name: 'redis', cache: options.redis })
    subjects.push(subjectOf('gateway, Basic, Redis', shared, shared.basic))
  }
  const skipped = options.redis === undefined ? ['Redis'] : []
  for (const name of options.names) {
    const peer = await environment.peer(name)
    if (peer === undefined) skipped.push(name)
    else subjects.push(peer)
  }
  const { folder } = environment
  const bodyFile = environment.body(envelope(FIND_ITEM))
  const closed = { folder, bodyFile, seconds: options.seconds, byWrk: options.thorough }
  const measured = subjects.map(subject => ({ subject, options: closed }))
  if (options.thorough) for (const each of measured) await warm(each)
  const saturated = await inRounds(measured, options.rounds)
  const rate = options.thorough ? RATE : LOW_RATE
  const open = { folder, bodyFile, seconds: options.seconds, rate, connections: 64 }
  const paced = await inRounds(
    subjects.map(subject => ({ subject, options: open })),
    options.rounds,
  )
  return {
    tables: [saturation(saturated, options.thorough), latency(paced, rate)],
    bars: options.thorough ? barsOf(saturated, paced) : [],
    skipped,
  }
}

/** Requests per second of the gateway against each of these, at least. */
const THROUGHPUT: ReadonlyMap<string, number> = new Map([
  ['http-proxy', 1],
  ['@fastify/http-proxy', 1],
  ['fast-proxy', 1],
  [NAIVE, 0.45],
])

/** Returns the bars of the gateway against each peer that is installed. */
function barsOf(saturated: readonly Figures[], paced: readonly Figures[]): readonly Bar[] {
  const [gateway] = saturated
  const [pacedGateway] = paced
  const bare = saturated.find(({ name }) => name === BARE)
  const pacedBare = paced.find(({ name }) => name === BARE)
  const bars: Bar[] = []
  if (gateway === undefined || pacedGateway === undefined) return bars
  if (bare !== undefined) {
    const what = `CPU of a small request, against ${BARE}`
    bars.push(ratioBar({ what, most: 2 }, 'cpuMicroseconds', gateway, bare))
  }
  for (const row of saturated) {
    const least = THROUGHPUT.get(row.name)
    if (least === undefined) continue
    const what = `requests per second, against ${row.name}`
    bars.push(ratioBar({ what, least }, 'requestsPerSecond', gateway, row))
  }
  if (pacedBare !== undefined) {
    const what = `p99 at ${RATE.toLocaleString('en')} requests/s, against ${BARE}`
    bars.push(ratioBar({ what, most: 1.5 }, 'p99Ms', pacedGateway, pacedBare))
  }
  return bars
}

export const ALL_PEERS = Object.keys(peers)

export const saturation = (rows: readonly Figures[], thorough: boolean): Table => ({
  title: `Small read at saturation, one core, 32 connections (${thorough && hasWrk ? 'wrk' : 'own load'})`,
  columns: ['', 'requests/s', 'CPU µs/request', '±', 'p50 ms', 'p99 ms'],
  rows: rows.map(row => [
    row.name,
    figure(row.requestsPerSecond),
    figure(row.cpuMicroseconds),
    percent(row.spread),
    figure(row.p50Ms),
    figure(row.p99Ms),
  ]),
})

const latency = (rows: readonly Figures[], rate: number): Table => ({
  title: `Small read at ${rate.toLocaleString('en')} requests/s, open loop`,
  columns: ['', 'p50 ms', 'p99 ms', 'CPU µs/request'],
  rows: rows.map(row => [
    row.name,
    figure(row.p50Ms),
    figure(row.p99Ms),
    figure(row.cpuMicroseconds),
  ]),
  note: 'Latency counts from the time at which a request was to be sent.',
})
