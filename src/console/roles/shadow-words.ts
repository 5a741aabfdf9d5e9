/**
 * Texts for the verdicts of drafts that are attached to roles.
 *
 * @module
 */

import type { ShadowDifference } from '../api/shadows.ts'
import { reasonInWords } from './words.ts'

/** Outcomes as statuses, in the order of their counts. */
export const SHADOW_OUTCOMES = {
  SAME: 'Same',
  WOULD_DENY: 'Would be denied',
  WOULD_ALLOW: 'Would be allowed',
  UNKNOWN: 'Not known',
} as const

export type ShadowOutcome = keyof typeof SHADOW_OUTCOMES

export const SHADOW_STATUS = {
  SAME: 'success',
  WOULD_DENY: 'error',
  WOULD_ALLOW: 'warning',
  UNKNOWN: 'info',
} as const

const CAUSES = {
  DATA_MISSING: 'The gateway did not have the data that the draft needs.',
  BODY_NOT_READ: 'The role denied the request before its body was read.',
  ERROR: "An error of the gateway. Look for it in the gateway's log.",
} as const

type Difference = Readonly<{
  Outcome: ShadowOutcome
  Reason?: string
  Cause?: ShadowDifference['Cause']
}>

/** Says why the draft has another verdict. */
export function whyInWords({ Outcome, Reason, Cause }: Difference): string {
  if (Cause !== undefined) return CAUSES[Cause]
  const reason = reasonInWords(Reason)
  return Outcome === 'WOULD_ALLOW' && reason !== '' ? `The role denies it: ${reason}` : reason
}
