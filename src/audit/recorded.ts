/**
 * Finds changes, and snapshots of policies, that the journal already contains.
 *
 * @module
 */

import { type Committed, linesIn } from './reader.ts'
import { linesAfter, placesSince } from './recent.ts'

/** Beginnings of the lines of changes and snapshots. */
const BEGINNINGS = ['{"type":"change",', '{"type":"snapshot",']

/**
 * Returns the IDs of those changes and snapshots that the journal already contains, from any writer.
 *
 * @param decisionIds - IDs to look for
 * @param since - time before all of them, in milliseconds since the epoch; earlier segments are not read
 * @param own - the writer of this process
 */
export async function recordedIn(
  folder: string,
  decisionIds: readonly string[],
  since: number,
  own: Readonly<{ writer: string; committed: () => Committed | undefined }>,
): Promise<ReadonlySet<string>> {
  const wanted = new Set(decisionIds)
  const found = new Set<string>()
  for (const place of await placesSince(folder, since)) {
    const committed = place.writer === own.writer ? () => own.committed() : undefined
    for await (const lines of linesAfter(folder, place, committed))
      for (const { line } of linesIn(lines)) {
        if (!BEGINNINGS.some(beginning => line.startsWith(beginning))) continue
        const { decisionId } = JSON.parse(line)
        if (wanted.has(decisionId)) found.add(decisionId)
      }
  }
  return found
}
