/**
 * Decisions and the closed list of reasons for a refusal.
 *
 * @module
 */

import type { GroupId } from './identity.ts'

/** Every reason that can stand in an audit record, a metric or behind a fault. */
export const REASONS = [
  'no-rule-allows',
  'rule-denies',
  'unknown-user',
  'access-control-denies',
  'role-locked',
  'role-unknown',
  'role-not-permitted',
  'role-ambiguous',
  'role-is-read-only',
  'operation-refused',
  'operation-unknown',
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

/** By what a decision was made, where rules made it. */
export type Matched = Readonly<{
  /** Ids of the rules. */
  matchedRules: readonly string[]
  /** The groups by which they matched; absent where they matched by none. */
  matchedGroups?: readonly GroupId[]
}>

export type Allow = Readonly<{ verdict: 'allow' }> & Matched
export type Deny = Readonly<{ verdict: 'deny'; reason: Reason }> & Matched

export type Decision = Allow | Deny
