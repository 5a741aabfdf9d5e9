/**
 * Fills a history with requests, by the code that follows the journal, and can keep the journal of the same requests.
 *
 * @module
 */

import { writeFileSync } from 'node:fs'
import { zstdCompressSync } from 'node:zlib'
import type { AuditRecord } from '../../src/audit/audit.ts'
import { lineOf } from '../../src/audit/line.ts'
import { beginningOf, type Position } from '../../src/audit/reader.ts'
import { segmentFile } from '../../src/audit/segments.ts'
import { openSqliteHistory } from '../../src/history/sqlite.ts'
import { DAY } from './rows.ts'
import { TotalsWriter } from './totals.ts'

/** Writer of the journal that is made up. */
const WRITER = '20261127T120000Z-00000000'
/** Records in a batch: about as many as the journal's reader returns at once. */
const BATCH = 400

export type FillOptions = Readonly<{
  /** Folder for the journal, with one compressed segment for each day. */
  journal?: string
  /** Days before this time have no single requests that were allowed, because their retention is over. */
  singlesFrom?: number
}>

/**
 * Writes records to a history, and closes it.
 *
 * @param requests - records of each request, oldest first
 */
export async function fillHistory(
  file: string,
  requests: Iterable<readonly AuditRecord[]>,
  { journal, singlesFrom = 0 }: FillOptions = {},
): Promise<void> {
  const history = await openSqliteHistory(file)
  const totals = new TotalsWriter(file)
  let start = beginningOf(WRITER)
  let day = 0
  let lines: string[] = []
  let segment: Buffer[] = []
  let writing: Promise<unknown> = Promise.resolve()

  const write = async () => {
    const bytes = Buffer.from(lines.join(''))
    const end = after(start, lines.length, bytes.length)
    const batch = { bytes, start, end }
    const written = lines
    segment.push(bytes)
    start = end
    lines = []
    // The next lines are made while the history stores these.
    await writing
    if ((day + 1) * DAY <= singlesFrom) await totals.count(written, start)
    else writing = history.consume(batch, undefined)
  }
  const endSegment = async () => {
    await write()
    if (journal !== undefined)
      writeFileSync(`${segmentFile(journal, start)}.zst`, zstdCompressSync(Buffer.concat(segment)))
    segment = []
    start = { ...start, segment: start.segment + 1, sequence: 0, offset: 0 }
  }

  for (const records of requests) {
    const today = Math.floor((records[0]?.at ?? 0) / DAY)
    if (today !== day && day !== 0) await endSegment()
    day = today
    for (const record of records) lines.push(lineOf(record))
    if (lines.length >= BATCH) await write()
  }
  await endSegment()
  await writing
  totals.close()
  await history.close()
}

const after = (start: Position, lines: number, bytes: number): Position => ({
  ...start,
  sequence: start.sequence + lines,
  offset: start.offset + bytes,
})
