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
  'envelope-malformed',
  'encoding-refused',
  'body-too-large',
  'policy-unavailable',
  'audit-unavailable',
  'over-budget',
  'upstream-unreachable',
  'upstream-refused-credentials',
  'upstream-timeout',
  'client-gone',
  'internal-error',
] as const

export type Reason = (typeof REASONS)[number]

/** What was decided, and the ids of the rules that made it. */
export type Decision = Readonly<
  | { verdict: 'allow'; matchedRules: readonly string[] }
  | { verdict: 'deny'; reason: Reason; matchedRules: readonly string[] }
>
