/**
 * Outcomes as the console calls them.
 *
 * @module
 */

import type { Sum } from '../api/history.ts'

export const OUTCOMES: Readonly<Record<NonNullable<Sum['Outcome']>, string>> = {
  ANSWERED: 'Answered',
  DENIED: 'Denied',
  FAILED: 'Failed',
  ABORTED: 'Aborted',
}
