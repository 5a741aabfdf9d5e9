/**
 * Decisions, and the closed list of reasons for denials and failures.
 *
 * @module
 */

import type { GroupId } from './identity.ts'

/** All reasons in audit records, metrics, and faults. */
export const REASONS = [
  'no-rule-allows',
  'rule-denies',
  'unknown-user',
  'mailbox-protected',
  'access-control-denies',
  'role-locked',
  'role-expired',
  'principal-expired',
  'role-unknown',
  'role-not-permitted',
  'role-ambiguous',
  'role-is-read-only',
  'operation-refused',
  'operation-unknown',
  'outside-profile',
  'push-subscription',
  'foreign-mailbox',
  'grant-refused',
  'sender-refused',
  'header-refused',
  'foreign-subscription',
  'impersonation-missing',
  'impersonation-ambiguous',
  'impersonation-conflict',
  'envelope-malformed',
  'encoding-refused',
  'body-too-large',
  'policy-unavailable',
  'audit-unavailable',
  'over-budget',
  'upstream-unreachable',
  'upstream-refused-credentials',
  'upstream-timeout',
  'credentials-refused',
  'client-gone',
  'internal-error',
] as const

export type Reason = (typeof REASONS)[number]

/** Rules and groups that produced a decision. */
export type Matched = Readonly<{
  /** IDs of the rules. Empty if no rule produced the decision. */
  matchedRules: readonly string[]
  /** Groups through which the rules matched. Absent if no rule matched through a group. */
  matchedGroups?: readonly GroupId[]
}>

export type Allow = Readonly<{ verdict: 'allow' }> & Matched
export type Deny = Readonly<{ verdict: 'deny'; reason: Reason }> & Matched

/** Result of the policy for a request. */
export type Decision = Allow | Deny
