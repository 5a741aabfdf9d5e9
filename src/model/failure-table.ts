/**
 * Everything that follows from the reason of a request that was not served.
 *
 * @module
 */

import type { Reason } from './decision.ts'
import type { Outcome } from './outcome.ts'

/** Outcome of a request that ended for a reason. */
export const OUTCOME_OF = {
  'no-rule-allows': 'DENIED',
  'rule-denies': 'DENIED',
  'unknown-user': 'DENIED',
  'access-control-denies': 'DENIED',
  'role-locked': 'DENIED',
  'role-unknown': 'DENIED',
  'role-not-permitted': 'DENIED',
  'role-ambiguous': 'DENIED',
  'role-is-read-only': 'DENIED',
  'operation-refused': 'DENIED',
  'operation-unknown': 'DENIED',
  'push-subscription': 'DENIED',
  'foreign-mailbox': 'DENIED',
  'grant-refused': 'DENIED',
  'sender-refused': 'DENIED',
  'header-refused': 'DENIED',
  'foreign-subscription': 'DENIED',
  'impersonation-missing': 'DENIED',
  'impersonation-ambiguous': 'DENIED',
  'impersonation-conflict': 'DENIED',
  'envelope-malformed': 'DENIED',
  'encoding-refused': 'DENIED',
  'credentials-refused': 'DENIED',
  'body-too-large': 'FAILED',
  'policy-unavailable': 'FAILED',
  'audit-unavailable': 'FAILED',
  'over-budget': 'FAILED',
  'upstream-unreachable': 'FAILED',
  'upstream-refused-credentials': 'FAILED',
  'upstream-timeout': 'FAILED',
  'internal-error': 'FAILED',
  'client-gone': 'ABORTED',
} as const satisfies Record<Reason, Outcome>
