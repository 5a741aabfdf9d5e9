/**
 * Reads what the journal has of a recent time.
 *
 * @module
 */

import { readdir, stat } from 'node:fs/promises'
import { JournalReader, type Lines, type Position } from './reader.ts'
import { segmentFile, segmentsIn } from './segments.ts'

/** Maximum difference between the clocks of the processes that write the journal and of its disk. */
export const CLOCKS_MS = 60_000

/** Returns the beginning of the first segment of each writer that was written since a time. */
export async function placesSince(folder: string, since: number): Promise<readonly Position[]> {
  const places = new Map<string, Position>()
  for (const name of segmentsIn(await readdir(folder))) {
    const { mtimeMs } = await stat(segmentFile(folder, name))
    if (mtimeMs < since || places.has(name.writer)) continue
    places.set(name.writer, { ...name, sequence: 0, offset: 0 })
  }
  return [...places.values()]
}

/** Reads all lines of a writer behind a place. */
export async function* linesAfter(folder: string, from: Position): AsyncGenerator<Lines> {
  const reader = new JournalReader(folder)
  try {
    let read = await reader.read(from)
    for (; read; read = await reader.read(read.end)) yield read
  } finally {
    await reader.close()
  }
}
