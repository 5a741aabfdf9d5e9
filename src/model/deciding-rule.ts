/**
 * The one rule that explains a decision, although several rules can match.
 *
 * @module
 */

import type { Reason } from './decision.ts'

/** Value for a decision that no rule made, such as a denial by default or by the type of the role. */
export const NO_RULE = '(none)'

/** Precedes the name of an access control rule. IDs of impersonation rules have no colon. */
const ACCESS_CONTROL = 'access-control:'

/** Returns the value for the access control rule with a name. */
export const accessControlRule = (name: string): string => `${ACCESS_CONTROL}${name}`

/** Returns the name of the access control rule of a value; undefined if the value is of another kind. */
export const accessControlName = (rule: string): string | undefined =>
  rule.startsWith(ACCESS_CONTROL) ? rule.slice(ACCESS_CONTROL.length) : undefined

/**
 * Returns the rule that decided: of the rules that matched, the first in the order of the role or of the access control
 * rules. Each of them alone would have led to the same decision.
 *
 * A request is allowed by an ALLOW rule of its role, and denied by a DENY rule of its role or of access control. Every
 * other decision has no rule, and its reason says what decided. A request that uses no mailbox needs only a role with an
 * ALLOW rule, so no rule matched.
 *
 * @returns ID of the rule, {@link accessControlRule}, or {@link NO_RULE}
 */
export function decidingRule({
  verdict,
  reason,
  matchedRules: [first] = [],
}: Readonly<{
  verdict: string
  reason?: Reason | undefined
  matchedRules?: readonly string[] | undefined
}>): string {
  if (first === undefined) return NO_RULE
  if (verdict === 'allow' || reason === 'rule-denies') return first
  return reason === 'access-control-denies' ? accessControlRule(first) : NO_RULE
}
