/**
 * Many streaming answers at once: what they take, and what they leave of a small read.
 *
 * @module
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Part } from './bench.ts'
import type { BenchEnvironment } from './environment.ts'
import { subjectOf } from './gateway.ts'
import { measure } from './measure.ts'
import { envelope, FIND_ITEM, STREAM, SUBSCRIBE } from './requests.ts'
import { figure } from './table.ts'
import { ask, exchange } from './wire.ts'

const STREAMS = 500
/** Notifications before those that count: after 4,000, one takes almost twice as long as after 12,000. */
const WARM = 12_000
/** While each of them is told something once a second. */
const WATCHED_MS = 4_000
const RATE = 200
const SECONDS = 2

export async function streams(environment: BenchEnvironment): Promise<Part> {
  const gateway = await environment.gateway({ name: 'streams' })
  const subject = subjectOf('gateway', gateway, gateway.basic)
  const { program } = gateway
  const read = {
    folder: environment.folder,
    bodyFile: environment.body(envelope(FIND_ITEM)),
    seconds: SECONDS,
    rate: RATE,
  }
  await measure(subject, read)
  const alone = await measure(subject, read)
  await exchange(gateway.port, gateway.basic, Buffer.from(envelope(SUBSCRIBE)))
  const before = program.rss
  const body = Buffer.from(envelope(STREAM))
  let heard = 0
  const open = []
  for (let i = 0; i < STREAMS; i += 1) {
    const stream = await ask(gateway.port, gateway.basic, body)
    if (stream.status !== 200)
      throw new Error(`A stream was answered ${stream.status}: ${stream.rest}`)
    stream.socket.on('data', () => {
      heard += 1
    })
    open.push(stream.socket)
  }
  while (heard < WARM) await sleep(WATCHED_MS / 4)
  const [cpu, from, began] = [program.cpuMs, heard, performance.now()]
  await sleep(WATCHED_MS)
  const [spent, told, took] = [program.cpuMs - cpu, heard - from, performance.now() - began]
  const grown = program.rss - before
  const beside = await measure(subject, read)
  for (const socket of open) socket.destroy()
  const perStream = grown / 1e3 / STREAMS
  const perNotification = (spent * 1_000) / Math.max(1, told)
  return {
    bars: [
      { what: 'memory of an open stream', most: 50, figure: perStream, unit: 'KB' },
      { what: 'CPU of a notification', most: 100, figure: perNotification, unit: 'µs' },
    ],
    tables: [
      {
        title: `${STREAMS} open streams, each told something once a second`,
        columns: ['', 'gateway'],
        rows: [
          ['memory per stream, KB', figure(perStream)],
          ['CPU µs per notification', figure(perNotification)],
          ['share of a core', `${figure((spent * 100) / took)} %`],
          ['small read beside them, p50 ms', figure(beside.report.latencyMs.p50)],
          ['small read without them, p50 ms', figure(alone.report.latencyMs.p50)],
        ],
      },
    ],
  }
}
