/**
 * Reads the table of subscriptions: what each watches, and whether it is good after a change.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import type { Mailboxes } from '../../src/model/role.ts'

export type WatchedRow = Readonly<{
  what: string
  /** The guard under which Alice subscribes, and the mailboxes that her Subscribe names. */
  as: Mailboxes
  watches: readonly string[]
  /** How it names them; by address if absent. */
  by?: 'id' | 'late address' | 'all folders'
  /** Guard and denied users after the change. */
  after: Mailboxes
  deny: readonly string[]
  allowed: boolean
}>

export const WATCHED_ROWS: readonly WatchedRow[] = JSON.parse(
  readFileSync(new URL('../../fixtures/watched-mailboxes.json', import.meta.url), 'utf8'),
)
