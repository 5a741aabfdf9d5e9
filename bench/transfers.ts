/**
 * Large requests and large answers, one at a time: how fast, at what cost, and whether others wait.
 *
 * @module
 */

import { DOWNLOAD_BYTES } from './answers.ts'
import type { Bar } from './bars.ts'
import type { BenchEnvironment } from './environment.ts'
import { type GatewayProcess, subjectOf } from './gateway.ts'
import { median, spread } from './measure.ts'
import { BARE, NGINX, type Subject } from './peers.ts'
import { attachment, DOWNLOAD, envelope, markup } from './requests.ts'
import type { Stall } from './stalls.ts'
import { figure, type Table } from './table.ts'
import { exchange } from './wire.ts'

const UPLOAD_BYTES = 60_000_000
const SMALLER_BYTES = 1_000_000
/** As long as it takes to be counted. */
const SMALLER_TIMES = 20
const ROUNDS = 5
const WARM_ROUNDS = 3

const BASE64 = '60 MB upload, base64'
const MARKUP = '60 MB upload, markup'

type Kind = Readonly<{
  name: string
  body: Uint8Array
  bytes: number
  /** So often in a round; absent: once. */
  times?: number
}>

type Seen = {
  megabytesPerSecond: number[]
  cpuPerMegabyte: number[]
  stall: Stall
  grown: number
}

export async function transfers(
  environment: BenchEnvironment,
): Promise<{ tables: readonly Table[]; bars: readonly Bar[] }> {
  const gateway = await environment.gateway({ name: 'transfers' })
  const subjects: Subject[] = [subjectOf('gateway', gateway, gateway.basic)]
  for (const name of [NGINX, BARE]) {
    const peer = await environment.peer(name)
    if (peer !== undefined) subjects.push(peer)
  }
  const upload = (body: Uint8Array, times = 1) => ({ body, bytes: body.length * times, times })
  const kinds: readonly Kind[] = [
    { name: '1 MB upload, base64', ...upload(attachment(SMALLER_BYTES), SMALLER_TIMES) },
    { name: '1 MB upload, markup', ...upload(markup(SMALLER_BYTES), SMALLER_TIMES) },
    { name: BASE64, ...upload(attachment(UPLOAD_BYTES)) },
    { name: MARKUP, ...upload(markup(UPLOAD_BYTES)) },
    { name: '60 MB download', body: Buffer.from(envelope(DOWNLOAD)), bytes: DOWNLOAD_BYTES },
  ]
  const rows: string[][] = []
  const bars: Bar[] = []
  for (const kind of kinds) {
    const seen = await transfer(kind, subjects, gateway)
    rows.push(...rowsOf(kind, subjects, seen))
    bars.push(...barsOf(kind, seen[0], seen[subjects.findIndex(({ name }) => name === BARE)]))
  }
  return {
    bars,
    tables: [
      {
        title: 'Large requests and answers, one at a time',
        columns: [
          '',
          'MB/s',
          '±',
          'CPU µs/MB',
          'longest stall ms',
          'by the clock',
          'memory grows by MB',
        ],
        rows,
        note: 'Transfers of 1 MB are sent one after the other, each on a connection of its own. A stall is the time in which the event loop does not turn, counted by the CPU that its thread takes. By the clock it is longer, because all threads of the measured program share a core. nginx has no event loop that could be measured.',
      },
    ],
  }
}

async function transfer(
  { body, bytes, times = 1 }: Kind,
  subjects: readonly Subject[],
  gateway: GatewayProcess,
): Promise<readonly Seen[]> {
  const seen = subjects.map(
    (): Seen => ({
      megabytesPerSecond: [],
      cpuPerMegabyte: [],
      stall: { clockMs: 0, cpuMs: 0 },
      grown: 0,
    }),
  )
  // The first are for compilers and buffers, and count for nothing.
  for (let round = -WARM_ROUNDS; round < ROUNDS; round += 1)
    for (const [i, subject] of subjects.entries()) {
      const isGateway = i === 0
      if (isGateway) await gateway.stall()
      const { tookMs, cpuMs, grownBytes } = await send(subject, body, times)
      const stalled = isGateway ? await gateway.stall() : undefined
      const of = seen[i]
      if (round < 0 || of === undefined) continue
      of.megabytesPerSecond.push(bytes / 1_000 / tookMs)
      of.cpuPerMegabyte.push((cpuMs * 1e9) / bytes)
      if (stalled !== undefined) of.stall = longer(of.stall, stalled)
      of.grown = Math.max(of.grown, grownBytes / 1e6)
    }
  return seen
}

/** Time and CPU that a transfer took, and memory beyond that before it. */
type Sent = Readonly<{ tookMs: number; cpuMs: number; grownBytes: number }>

/** Sends a body, several times one after the other if asked to, each on its own connection. */
export async function send(
  { program, port, authorizations }: Subject,
  body: Uint8Array,
  times = 1,
): Promise<Sent> {
  const [cpu, rss] = [program.cpuMs, program.rss]
  program.forgetPeak()
  let tookMs = 0
  for (let time = 0; time < times; time += 1)
    tookMs += await exchange(port, authorizations[0] ?? '', body)
  return { tookMs, cpuMs: program.cpuMs - cpu, grownBytes: program.peak - rss }
}

const longer = (one: Stall, other: Stall): Stall => ({
  clockMs: Math.max(one.clockMs, other.clockMs),
  cpuMs: Math.max(one.cpuMs, other.cpuMs),
})

/** Returns the bar of the speed of an upload, if it has one, and the bar of the longest stall. */
function barsOf({ name }: Kind, gateway: Seen | undefined, bare: Seen | undefined): readonly Bar[] {
  if (gateway === undefined) return []
  const stall = { what: `${name}: longest stall`, most: 5, figure: gateway.stall.cpuMs, unit: 'ms' }
  const speed = median(gateway.megabytesPerSecond)
  if (name === MARKUP) return [{ what: name, least: 200, figure: speed, unit: 'MB/s' }, stall]
  if (name !== BASE64 || bare === undefined) return [stall]
  const ratios = gateway.megabytesPerSecond.map((one, i) => one / (bare.megabytesPerSecond[i] ?? 0))
  const medians = `medians ${figure(speed)} and ${figure(median(bare.megabytesPerSecond))} MB/s`
  const beside = `± ${Math.round(spread(ratios) * 100)} %; ${medians}`
  return [
    { what: `${name}, against ${BARE}`, least: 1, figure: median(ratios), unit: '×', beside },
    stall,
  ]
}

function rowsOf({ name }: Kind, subjects: readonly Subject[], seen: readonly Seen[]): string[][] {
  return seen.map((of, i) => [
    `${name}: ${subjects[i]?.name}`,
    figure(median(of.megabytesPerSecond)),
    `${Math.round(spread(of.megabytesPerSecond) * 100)} %`,
    figure(median(of.cpuPerMegabyte)),
    ...(i === 0 ? [figure(of.stall.cpuMs), figure(of.stall.clockMs)] : ['', '']),
    figure(of.grown),
  ])
}
