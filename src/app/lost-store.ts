/**
 * Notices that a new store replaces one that was lost: the audit journal has records of earlier processes.
 *
 * @module
 */

import { readdir } from 'node:fs/promises'
import { segmentsIn } from '../audit/segments.ts'
import type { Config } from '../config/schema.ts'

/** Returns a warning about an empty store beside a journal with segments; undefined if the journal has none. */
export async function lostStoreWarning({ store, audit }: Config): Promise<string | undefined> {
  const names = await readdir(audit.journal).catch(() => [])
  if (segmentsIn(names).length === 0) return undefined
  const place =
    store.kind === 'sqlite' ? store.file : `the database ${store.database} on ${store.host}`
  return (
    `The store ${place} is new and empty, but the audit journal ${audit.journal} has earlier records. ` +
    'All requests are denied. If the store was lost or moved, stop the gateway, and correct the configuration key ' +
    '"store" or run ews-gateway restore FILE --replace'
  )
}
