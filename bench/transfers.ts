/**
 * Large requests and large answers, one at a time: how fast, at what cost, and whether others wait.
 *
 * @module
 */

import { DOWNLOAD_BYTES } from './answers.ts'
import { type GatewayHouse, subjectOf } from './gateway.ts'
import { median, spread } from './measure.ts'
import { BARE, NGINX, type Subject } from './peers.ts'
import { attachment, DOWNLOAD, envelope, markup } from './requests.ts'
import type { Stage } from './stage.ts'
import { figure, type Table } from './table.ts'
import { exchange } from './wire.ts'

const UPLOAD_BYTES = 60_000_000
const ROUNDS = 5

type Kind = Readonly<{ name: string; body: Uint8Array; bytes: number }>

type Seen = {
  megabytesPerSecond: number[]
  cpuPerMegabyte: number[]
  stallMs: number
  grown: number
}

export async function transfers(stage: Stage): Promise<{ tables: readonly Table[] }> {
  const house = await stage.house({ name: 'transfers' })
  const subjects: Subject[] = [subjectOf('gateway', house, house.basic)]
  for (const name of [NGINX, BARE]) {
    const peer = await stage.peer(name)
    if (peer !== undefined) subjects.push(peer)
  }
  const upload = (body: Uint8Array) => ({ body, bytes: body.length })
  const kinds: readonly Kind[] = [
    { name: '60 MB upload, base64', ...upload(attachment(UPLOAD_BYTES)) },
    { name: '60 MB upload, markup', ...upload(markup(UPLOAD_BYTES)) },
    { name: '60 MB download', body: Buffer.from(envelope(DOWNLOAD)), bytes: DOWNLOAD_BYTES },
  ]
  const rows: string[][] = []
  for (const kind of kinds) rows.push(...(await rowsOf(kind, subjects, house)))
  return {
    tables: [
      {
        title: 'Large requests and answers, one at a time',
        columns: ['', 'MB/s', '±', 'CPU µs/MB', 'longest stall ms', 'memory grows by MB'],
        rows,
        note: 'A stall is how long the event loop stood still while it took so many transfers; nginx has none to ask.',
      },
    ],
  }
}

async function rowsOf(
  { name, body, bytes }: Kind,
  subjects: readonly Subject[],
  house: GatewayHouse,
): Promise<string[][]> {
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
      const took = await exchange(port, authorizations[0] ?? '', body)
      const [spent, peak] = [program.cpuMs - cpu, program.peak]
      const stalled = isGateway ? await house.stallMs() : 0
      const of = seen[i]
      if (round < 0 || of === undefined) continue
      of.megabytesPerSecond.push(bytes / 1_000 / took)
      of.cpuPerMegabyte.push((spent * 1e9) / bytes)
      of.stallMs = Math.max(of.stallMs, stalled)
      of.grown = Math.max(of.grown, (peak - rss) / 1e6)
    }
  return seen.map((of, i) => [
    `${name}: ${subjects[i]?.name}`,
    figure(median(of.megabytesPerSecond)),
    `${Math.round(spread(of.megabytesPerSecond) * 100)} %`,
    figure(median(of.cpuPerMegabyte)),
    i === 0 ? figure(of.stallMs) : '',
    figure(of.grown),
  ])
}
