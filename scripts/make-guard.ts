/**
 * Writes the tables of `fixtures/guard`: requests under a guard, their decisions, and their effects at
 * a server that does not check them.
 *
 * @module
 */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { ASSOCIATED } from './guard/associated.ts'
import { FROM_FIELDS } from './guard/from-fields.ts'
import { HIDDEN_PROPERTIES } from './guard/hidden.ts'
import { ORGANIZERS } from './guard/organizers.ts'
import type { Row } from './guard/row.ts'
import { SAVED_ITEMS } from './guard/saved.ts'
import { SENDER_PROPERTIES } from './guard/sender-properties.ts'
import { SENDERS } from './guard/senders.ts'
import { SENDING_ITEMS } from './guard/sending.ts'
import { SUBSCRIPTIONS, type SubscriptionRow } from './guard/subscriptions.ts'

const FOLDER = new URL('../fixtures/guard/', import.meta.url)

const TABLES: Readonly<Record<string, readonly (Row | SubscriptionRow)[]>> = {
  associated: ASSOCIATED,
  'from-fields': FROM_FIELDS,
  'hidden-properties': HIDDEN_PROPERTIES,
  organizers: ORGANIZERS,
  'saved-items': SAVED_ITEMS,
  'sender-properties': SENDER_PROPERTIES,
  senders: SENDERS,
  sending: SENDING_ITEMS,
  subscriptions: SUBSCRIPTIONS,
}

rmSync(FOLDER, { recursive: true, force: true })
mkdirSync(FOLDER, { recursive: true })
for (const [table, rows] of Object.entries(TABLES)) {
  const names = rows.map(({ name }) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined)
    throw new RangeError(`Cannot write ${table}.json: two rows are named "${twice}"`)
  const lines = rows.map(row => JSON.stringify(row))
  writeFileSync(new URL(`${table}.json`, FOLDER), `[\n${lines.join(',\n')}\n]\n`)
}
