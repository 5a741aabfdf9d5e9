/**
 * Outcomes as the console calls them.
 *
 * @module
 */

import type { TotalsRow } from '../api/history.ts'

export const OUTCOMES: Readonly<Record<NonNullable<TotalsRow['Outcome']>, string>> = {
  ANSWERED: 'Answered',
  DENIED: 'Denied',
  FAILED: 'Failed',
  ABORTED: 'Aborted',
}
