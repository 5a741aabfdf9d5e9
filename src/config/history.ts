/**
 * The part of the schema that says what is kept of the audit to be asked, and for how long.
 *
 * @module
 */

import { flag, section, whole } from './values.ts'

export function history() {
  return section({
    enabled: flag().default(true).meta({
      description: 'Whether decisions and changes can be asked; the journal has them all the same.',
    }),
    sums: section({ days: days(400) })
      .prefault({})
      .meta({
        description:
          'Of every hour: requests, items and bytes per role, principal, mailbox, operation, verdict, reason, outcome, and cause.',
      }),
    refusals: section({ days: days(400), rows: rows() })
      .prefault({})
      .meta({
        description: 'Of refusals and failures one by one, and, by days alone, of changes.',
      }),
    allowed: section({ days: days(7), rows: rows() })
      .prefault({})
      .meta({ description: 'Of allowed requests one by one, and, by days alone, of tokens.' }),
  })
}

const days = (value: number) =>
  whole('days', 1, 3_650).default(value).meta({ description: 'Days until they are removed.' })

const rows = () =>
  whole('rows', 1_000, 1_000_000_000)
    .default(10_000_000)
    .meta({ description: 'The latest so many are kept.' })
