/**
 * Schema of the configuration key `audit.history`: what the history keeps of the audit records, and for how long.
 *
 * @module
 */

import { flag, section, whole } from './values.ts'

/** Returns the schema of the key `audit.history`. */
export function history() {
  return section({
    enabled: flag().default(true).meta({
      description: 'Whether to keep a history. The journal has all records in any case.',
    }),
    sums: section({ days: days(400) })
      .prefault({})
      .meta({
        description:
          'Retention of the totals of every hour: requests, items, and bytes per role, principal, mailbox, operation, verdict, reason, outcome, and cause.',
      }),
    refusals: section({ days: days(400), rows: rows() })
      .prefault({})
      .meta({
        description: 'Retention of denials and failures, and of changes (by days only).',
      }),
    allowed: section({ days: days(7), rows: rows() })
      .prefault({})
      .meta({ description: 'Retention of allowed requests, and of issued tokens (by days only).' }),
  })
}

const days = (value: number) =>
  whole('days', 1, 3_650)
    .default(value)
    .meta({ description: 'Days until the gateway deletes the entries.' })

const rows = () =>
  whole('rows', 1_000, 1_000_000_000)
    .default(10_000_000)
    .meta({ description: 'Number of the latest entries to keep.' })
