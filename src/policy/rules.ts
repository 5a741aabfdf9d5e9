/**
 * Rule evaluation: the effect that a role's rules have on one user.
 *
 * This file is the whole algorithm. A matching DENY wins; else a matching ALLOW wins; else nothing
 * speaks for the caller and the effect is DENY. It reads no clock, store or log, so the same
 * arguments always give the same answer, and the gateway's data plane and the control API's
 * `GetImpersonationRoleEffect` cannot disagree: both call {@link evaluateRules}.
 *
 * @see https://docs.aws.amazon.com/workmail/latest/adminguide/managing-impersonation-roles.html
 * @module
 */

import type { UserId } from '../model/identity.ts'
import type { Effect, ImpersonationRule } from '../model/role.ts'

/** A role's rules, made ready once, so that a rule of 100,000 targets costs no more than one of 1. */
export type CompiledRules = Readonly<{
  rules: readonly CompiledRule[]
  /** Whether any rule allows anybody: what a request that touches no mailbox needs. */
  hasAllow: boolean
}>

type CompiledRule = Readonly<{
  rule: ImpersonationRule
  targetUsers: ReadonlySet<UserId> | undefined
  notTargetUsers: ReadonlySet<UserId> | undefined
}>

/** The effect on a user, and the rules that produced it. */
export type Evaluation = Readonly<{
  effect: Effect
  /** In the role's order. Empty for a default DENY: no rule matched. */
  matchedRules: readonly ImpersonationRule[]
}>

/** Makes a role's rules ready for {@link evaluateRules}; done once, when the role is read. */
export function compileRules(rules: readonly ImpersonationRule[]): CompiledRules {
  return {
    rules: rules.map(rule => ({
      rule,
      targetUsers: rule.targetUsers && new Set(rule.targetUsers),
      notTargetUsers: rule.notTargetUsers && new Set(rule.notTargetUsers),
    })),
    hasAllow: rules.some(rule => rule.effect === 'ALLOW'),
  }
}

/**
 * Evaluates a role's rules for the user to be impersonated.
 *
 * The order of the rules does not change the effect, and adding a DENY rule never turns a DENY
 * into an ALLOW.
 *
 * @param compiled - the role's rules; none at all denies everyone
 * @param target - the user to act as, or undefined for somebody whom the directory does not know:
 *   he is in no targetUsers, outside every notTargetUsers, and never allowed
 * @returns the effect, with every rule that produced it
 *
 * @example One user is kept out of a role that allows everyone
 * ```ts
 * const everyone = { id: 'everyone', effect: 'ALLOW' } as const
 * const notTheCeo = { id: 'not-the-ceo', effect: 'DENY', targetUsers: [ceo] } as const
 *
 * evaluateRules(compileRules([everyone, notTheCeo]), ceo)
 * // { effect: 'DENY', matchedRules: [notTheCeo] }
 * ```
 */
export function evaluateRules(compiled: CompiledRules, target: UserId | undefined): Evaluation {
  const matching = compiled.rules.filter(rule => matches(rule, target)).map(({ rule }) => rule)
  const denying = matching.filter(rule => rule.effect === 'DENY')

  if (denying.length > 0) return { effect: 'DENY', matchedRules: denying }
  if (matching.length > 0) return { effect: 'ALLOW', matchedRules: matching }
  return { effect: 'DENY', matchedRules: [] }
}

/** Both conditions must hold; a condition that is absent holds for every user. */
function matches(
  { rule, targetUsers, notTargetUsers }: CompiledRule,
  target: UserId | undefined,
): boolean {
  if (target === undefined) return rule.effect === 'DENY' && targetUsers === undefined
  const included = targetUsers?.has(target) ?? true
  const excluded = notTargetUsers?.has(target) ?? false
  return included && !excluded
}
