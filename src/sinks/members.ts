/**
 * The members of a record.
 *
 * @module
 */

import type { Outcome } from '../model/outcome.ts'

/** Members of a record, as the journal has them. */
export type Members = Readonly<Record<string, unknown>>

const OUTCOME_OF_VERDICT: Readonly<Record<string, Outcome>> = {
  allow: 'ANSWERED',
  pending: 'ANSWERED',
  deny: 'DENIED',
  error: 'FAILED',
}

/** Returns the outcome that a record has, or that its verdict leads to; undefined if it has neither. */
export function outcomeOf({ outcome, verdict }: Members): Outcome | undefined {
  if (typeof outcome === 'string') return outcome as Outcome
  return OUTCOME_OF_VERDICT[String(verdict)]
}
