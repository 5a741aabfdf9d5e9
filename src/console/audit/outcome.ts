/**
 * Texts for the outcomes of requests.
 *
 * @module
 */

import type { AuditRecord, Outcome, TotalsRow } from '../api/history.ts'

export const OUTCOMES: Readonly<Record<NonNullable<TotalsRow['Outcome']>, string>> = {
  ANSWERED: 'Answered',
  DENIED: 'Denied',
  FAILED: 'Failed',
  ABORTED: 'Aborted',
}

const ENDS: Readonly<Record<Outcome['ended'], string>> = {
  complete: 'The client received the complete response',
  fault: 'The gateway returned an error',
  'client-gone': 'The client closed the connection',
  cut: 'The gateway cut off the response',
}

/** Returns how a request ended. @param outcome - undefined if the history has no outcome of the request */
export function outcomeInWords(
  { verdict, count }: Pick<AuditRecord, 'verdict' | 'count'>,
  outcome: Outcome | undefined,
): string {
  // A record that counts requests with wrong credentials never gets an outcome record.
  if (count !== undefined) return OUTCOMES.DENIED
  if (outcome === undefined) return 'Unknown: in progress, or no longer stored'
  const { ended, outcome: result, cause } = outcome
  if (result === undefined || result === 'ANSWERED') return ENDS[ended]
  // The decision is shown as failed, because the request was rejected before the gateway decided on it.
  if (result === 'DENIED' && verdict === 'error') return ENDS.fault
  return cause === undefined ? OUTCOMES[result] : `${OUTCOMES[result]}: ${cause}`
}
