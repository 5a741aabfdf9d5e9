/**
 * Compares what users of a client see of denials with the table in docs/clients.md.
 *
 * With `WRITE_DOCS=1`, it writes the rows instead.
 *
 * @module
 */

import { readFileSync, writeFileSync } from 'node:fs'
import type { Test } from 'tap'

const PAGE = new URL('../../docs/clients.md', import.meta.url)

/** Columns of the table: what the user wanted to do. */
const COLUMNS = ['connect', 'read', 'save', 'mark', 'send', 'remove'] as const

/** Text that a user sees for each denial. */
export type Seen = Readonly<Record<(typeof COLUMNS)[number], string>>

const REASON = /Access is denied\.|does not have permission to impersonate/
const DECISION_ID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/

/** Says whether a text that a user sees has the reason of a denial; if it has not, the text itself. */
export function described(text: string): string {
  if (!REASON.test(text)) return `"${text}"`
  return DECISION_ID.test(text) ? 'reason, decision ID' : 'reason'
}

/** Fails if the row of a client on the page differs from what its user sees. */
export function comparePage(t: Test, client: string, seen: Seen): void {
  const row = `| ${[client, ...COLUMNS.map(column => seen[column])].join(' | ')} |`
  const page = readFileSync(PAGE, 'utf8')
  const present = page.split('\n').find(line => line.startsWith(`| ${client} | `))
  if (process.env['WRITE_DOCS'] === undefined || present === undefined)
    t.equal(present, row, `P10 docs/clients.md says what a user of ${client} sees`)
  else
    writeFileSync(
      PAGE,
      page.replace(present, () => row),
    )
}
