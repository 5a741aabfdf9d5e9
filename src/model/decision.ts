/**
 * Decisions and the closed list of reasons for a refusal.
 *
 * @module
 */

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

/** With the ids of the rules that made it. */
export type Allow = Readonly<{ verdict: 'allow'; matchedRules: readonly string[] }>

/** With the ids of the rules that made it, where rules did. */
export type Deny = Readonly<{ verdict: 'deny'; reason: Reason; matchedRules: readonly string[] }>

export type Decision = Allow | Deny
