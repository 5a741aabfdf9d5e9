/**
 * Texts for the outcomes of requests.
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
