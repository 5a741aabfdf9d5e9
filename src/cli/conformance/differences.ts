/**
 * Compares a report with what the gateway knows about servers of the configured kind.
 *
 * @module
 */

import type { ConformanceReport, ProbeName } from '../../model/conformance.ts'
import { behaviorOf } from '../../model/server-kind.ts'

/**
 * Returns the probes that show another behavior than that on which decisions of the gateway rely. Nothing is known about
 * servers of the kind `other`.
 */
export function differencesOf({ kind, probes }: ConformanceReport): readonly ProbeName[] {
  if (kind === 'other') return []
  const { comparesChangeKeys, updatesQuietly, marksDrafts } = behaviorOf(kind)
  const expected = [
    ['send-stale', isDone(probes['send-stale']), !comparesChangeKeys],
    ['update-without-disposition', isDone(probes['update-without-disposition']), updatesQuietly],
    ['read-draft', isMarked(probes['read-draft']), marksDrafts],
  ] as const
  return expected.flatMap(([name, shown, known]) =>
    shown === undefined || shown === known ? [] : [name],
  )
}

type Result = ConformanceReport['probes'][ProbeName]

/** Whether the server did what the probe asked for; undefined if that is not known. */
const isDone = (result: Result): boolean | undefined =>
  result.form === 'skipped' || result.form === 'none' ? undefined : result.code === 'NoError'

const isMarked = (result: Result): boolean | undefined =>
  'shows' in result ? result.shows?.includes('draft') : undefined
