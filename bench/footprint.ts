/**
 * Memory under full load, and bytes on disk that requests leave behind.
 *
 * @module
 */

import { statSync } from 'node:fs'
import { join } from 'node:path'
import { auditedBytes } from './audit.ts'
import type { Part } from './bench.ts'
import type { BenchEnvironment } from './environment.ts'
import { type GatewayProcess, subjectOf } from './gateway.ts'
import { measure } from './measure.ts'
import { envelope, FIND_ITEM } from './requests.ts'
import { warm } from './rounds.ts'
import { figure } from './table.ts'

/** Requests that are counted. The first ones of a gateway only warm it. */
const REQUESTS = 40_000
const PATIENCE_SECONDS = 120
/** Requests that the figures of the disk are for. */
const PER = 100_000

export async function footprint(environment: BenchEnvironment): Promise<Part> {
  const gateway = await environment.gateway({ name: 'footprint' })
  const subject = subjectOf('gateway', gateway, gateway.basic)
  const bodyFile = environment.body(envelope(FIND_ITEM))
  const options = {
    folder: environment.folder,
    bodyFile,
    seconds: PATIENCE_SECONDS,
    most: REQUESTS,
  }
  await warm({ subject, options })
  const before = bytesOf(gateway)
  gateway.program.forgetPeak()
  const { report } = await measure(subject, options)
  const peak = gateway.program.peak / 1e6
  const after = bytesOf(gateway)
  const megabytes = (bytes: number) => figure((bytes * PER) / report.answers / 1e6)
  return {
    tables: [
      {
        title: 'Memory under full load, and bytes on disk per 100,000 small requests',
        columns: ['', 'MB'],
        rows: [
          ['memory under full load, at most', figure(peak)],
          ['audit journal', megabytes(after.journal - before.journal)],
          ['history', megabytes(after.history - before.history)],
        ],
        note: 'The history is in SQLite. Its size includes its write-ahead log, which does not grow further.',
      },
    ],
    bars: [{ what: 'memory under full load', most: 200, figure: peak, unit: 'MB' }],
  }
}

function bytesOf({ dataFolder }: GatewayProcess): Readonly<{ journal: number; history: number }> {
  const database = join(dataFolder, 'gateway-history.db')
  const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0
  return {
    journal: auditedBytes(dataFolder),
    history: sizeOf(database) + sizeOf(`${database}-wal`),
  }
}
