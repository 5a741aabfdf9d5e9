/**
 * Finds changes that the journal has recorded already.
 *
 * @module
 */

import { linesIn } from './reader.ts'
import { linesAfter, placesSince } from './recent.ts'

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
    for await (const lines of linesAfter(folder, place))
      for (const { line } of linesIn(lines)) {
        if (!line.startsWith(CHANGE)) continue
        const { decisionId } = JSON.parse(line)
        if (wanted.has(decisionId)) found.add(decisionId)
      }
  return found
}
