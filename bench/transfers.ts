/**
 * Large requests and large answers, one at a time: how fast, at what cost, and whether others wait.
 *
 * @module
 */

import { DOWNLOAD_BYTES } from './answers.ts'
import type { Bar } from './bars.ts'
import { type GatewayHouse, subjectOf } from './gateway.ts'
import { median, spread } from './measure.ts'
import { BARE, NGINX, type Subject } from './peers.ts'
import { attachment, DOWNLOAD, envelope, markup } from './requests.ts'
import type { Stage } from './stage.ts'
import { figure, type Table } from './table.ts'
import { exchange } from './wire.ts'

const UPLOAD_BYTES = 60_000_000
const SMALLER_BYTES = 1_000_000
/** As long as it takes to be counted. */
const SMALLER_TIMES = 20
const ROUNDS = 5

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
  stallMs: number
  grown: number
}

export async function transfers(
  stage: Stage,
): Promise<{ tables: readonly Table[]; bars: readonly Bar[] }> {
  const house = await stage.house({ name: 'transfers' })
  const subjects: Subject[] = [subjectOf('gateway', house, house.basic)]
  for (const name of [NGINX, BARE]) {
    const peer = await stage.peer(name)
    if (peer !== undefined) subjects.push(peer)
  }
  const upload = (body: Uint8Array, times = 1) => ({ body, bytes: body.length * times, times })
  const kinds: readonly Kind[] = [
    { name: '1 MB upload, base64', ...upload(attachment(SMALLER_BYTES), SMALLER_TIMES) },
    { name: '1 MB upload, markup', ...upload(markup(SMALLER_BYTES), SMALLER_TIMES) },
    { name: '60 MB upload, base64', ...upload(attachment(UPLOAD_BYTES)) },
    { name: '60 MB upload, markup', ...upload(markup(UPLOAD_BYTES)) },
    { name: '60 MB download', body: Buffer.from(envelope(DOWNLOAD)), bytes: DOWNLOAD_BYTES },
  ]
  const rows: string[][] = []
  const bars: Bar[] = []
  for (const kind of kinds) {
    const seen = await transfer(kind, subjects, house)
    rows.push(...rowsOf(kind, subjects, seen))
    bars.push(...barsOf(kind, seen, subjects[1]?.name === NGINX))
  }
  return {
    bars,
    tables: [
      {
        title: 'Large requests and answers, one at a time',
        columns: ['', 'MB/s', '±', 'CPU µs/MB', 'longest stall ms', 'memory grows by MB'],
        rows,
        note: 'Megabytes of 1 MB are sent one after the other, each on a connection of its own. A stall is how long the event loop stood still while it took so many transfers; nginx has none to ask.',
      },
    ],
  }
}

async function transfer(
  { body, bytes, times = 1 }: Kind,
  subjects: readonly Subject[],
  house: GatewayHouse,
): Promise<readonly Seen[]> {
  const seen = subjects.map(
    (): Seen => ({ megabytesPerSecond: [], cpuPerMegabyte: [], stallMs: 0, grown: 0 }),
  )
  // The first is for compilers and buffers, and counts for nothing.
  for (let round = -1; round < ROUNDS; round += 1)
    for (const [i, subject] of subjects.entries()) {
      const { program, port, authorizations } = subject
      const isGateway = i === 0
      if (isGateway) await house.stallMs()
      const [cpu, rss] = [program.cpuMs, program.rss]
      program.forgetPeak()
      let took = 0
      for (let time = 0; time < times; time += 1)
        took += await exchange(port, authorizations[0] ?? '', body)
      const [spent, peak] = [program.cpuMs - cpu, program.peak]
      const stalled = isGateway ? await house.stallMs() : 0
      const of = seen[i]
      if (round < 0 || of === undefined) continue
      of.megabytesPerSecond.push(bytes / 1_000 / took)
      of.cpuPerMegabyte.push((spent * 1e9) / bytes)
      of.stallMs = Math.max(of.stallMs, stalled)
      of.grown = Math.max(of.grown, (peak - rss) / 1e6)
    }
  return seen
}

/** Of uploads alone: what comes down goes through as it comes. */
function barsOf({ name, body }: Kind, seen: readonly Seen[], hasNginx: boolean): readonly Bar[] {
  const [gateway, nginx] = seen
  if (gateway === undefined || body.length < UPLOAD_BYTES / 2) return []
  const speed = median(gateway.megabytesPerSecond)
  const bars: Bar[] = [
    { what: `${name}: longest stall`, most: 5, figure: gateway.stallMs, unit: 'ms' },
    { what: `${name}: memory grows by`, most: 32, figure: gateway.grown, unit: 'MB' },
  ]
  if (!hasNginx || nginx === undefined) return bars
  const passed = median(nginx.megabytesPerSecond)
  const beside = `${figure(speed)} and ${figure(passed)} MB/s`
  return [
    { what: `${name}, against nginx`, least: 0.8, figure: speed / passed, unit: '×', beside },
    ...bars,
  ]
}

function rowsOf({ name }: Kind, subjects: readonly Subject[], seen: readonly Seen[]): string[][] {
  return seen.map((of, i) => [
    `${name}: ${subjects[i]?.name}`,
    figure(median(of.megabytesPerSecond)),
    `${Math.round(spread(of.megabytesPerSecond) * 100)} %`,
    figure(median(of.cpuPerMegabyte)),
    i === 0 ? figure(of.stallMs) : '',
    figure(of.grown),
  ])
}
