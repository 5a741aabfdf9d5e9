/**
 * Reads recent records of the journal.
 *
 * @module
 */

import { readdir, stat } from 'node:fs/promises'
import {
  beginningOfSegment,
  type Committed,
  JournalReader,
  type Lines,
  type Position,
} from './reader.ts'
import { segmentFile, segmentsIn } from './segments.ts'

/** Maximum difference between the clocks of the machines that write the journal and of the one that stores it. */
export const CLOCKS_MS = 60_000

/**
 * Returns the positions from which to read all records since a time: for each writer, the start of the first
 * segment that was written since then.
 */
export async function placesSince(folder: string, since: number): Promise<readonly Position[]> {
  const places = new Map<string, Position>()
  for (const name of segmentsIn(await readdir(folder))) {
    const { mtimeMs } = await stat(segmentFile(folder, name))
    if (mtimeMs < since || places.has(name.writer)) continue
    places.set(name.writer, beginningOfSegment(name))
  }
  return [...places.values()]
}

/**
 * Reads all lines of a writer after a position.
 *
 * @param committed - returns the end of what is read, for the writer of this process
 */
export async function* linesAfter(
  folder: string,
  from: Position,
  committed?: () => Committed | undefined,
): AsyncGenerator<Lines> {
  const reader = new JournalReader(folder)
  try {
    let read = await reader.read(from, committed?.())
    for (; read; read = await reader.read(read.end, committed?.())) yield read
  } finally {
    await reader.close()
  }
}
