/**
 * Finds changes that the journal has recorded already.
 *
 * @module
 */

import { readdir, stat } from 'node:fs/promises'
import { JournalReader, type Position } from './reader.ts'
import { segmentFile, segmentsIn } from './segments.ts'

/** Beginning of the line of a change. */
const CHANGE = '{"type":"change",'

/**
 * Returns those of some changes that any writer of a journal has recorded.
 *
 * @param decisionIds - those of the changes
 * @param since - time before all of them, in milliseconds since the epoch; earlier segments are not read
 */
export async function recordedIn(
  folder: string,
  decisionIds: readonly string[],
  since: number,
): Promise<ReadonlySet<string>> {
  const wanted = new Set(decisionIds)
  const found = new Set<string>()
  for (const place of await placesSince(folder, since))
    for await (const line of linesAfter(folder, place)) {
      if (!line.startsWith(CHANGE)) continue
      const { decisionId } = JSON.parse(line)
      if (wanted.has(decisionId)) found.add(decisionId)
    }
  return found
}

/** Returns the beginning of the first segment of each writer that was written since a time. */
async function placesSince(folder: string, since: number): Promise<Iterable<Position>> {
  const places = new Map<string, Position>()
  for (const name of segmentsIn(await readdir(folder))) {
    const { mtimeMs } = await stat(segmentFile(folder, name))
    if (mtimeMs < since || places.has(name.writer)) continue
    places.set(name.writer, { ...name, sequence: 0, offset: 0 })
  }
  return places.values()
}

async function* linesAfter(folder: string, from: Position): AsyncGenerator<string> {
  const reader = new JournalReader(folder)
  try {
    let read = await reader.read(from)
    for (; read; read = await reader.read(read.end)) for (const { line } of read.lines) yield line
  } finally {
    await reader.close()
  }
}
