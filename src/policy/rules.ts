/**
 * Evaluates impersonation rules: the effect of a role's rules on one user.
 *
 * A matching DENY wins. Otherwise a matching ALLOW wins. Otherwise the effect is DENY. A rule outside its period doesn't
 * match. This module reads no clock, store, or log, so the same arguments always give the same result. The data plane and `GetImpersonationRoleEffect` both call
 * {@link evaluateRules}, so they cannot disagree.
 *
 * @see https://docs.aws.amazon.com/workmail/latest/adminguide/managing-impersonation-roles.html
 * @module
 */

import type { GroupId, Person, UserId } from '../model/identity.ts'
import type { Effect, ImpersonationRole, ImpersonationRule } from '../model/role.ts'
import { isLimited, isWithin, type Moment, mayBeWithin } from '../model/validity.ts'

/**
 * Rules of a role in a form for fast evaluation: a rule with 100,000 targets is as fast as one with a single
 * target.
 */
export type CompiledRules = Readonly<{
  rules: readonly CompiledRule[]
  /** Whether there is an ALLOW rule. A request that uses no mailbox requires one. */
  hasAllow: boolean
}>

type CompiledRule = Readonly<{
  rule: ImpersonationRule
  target: Named | undefined
  notTarget: Named | undefined
}>

/** A role with its compiled rules that are in force at a time. */
export type CompiledRole = Readonly<{ role: ImpersonationRole; rules: CompiledRules }>

/** The users and groups that a condition names. */
type Named = Readonly<{ users: ReadonlySet<UserId>; groups: ReadonlySet<GroupId> }>

/** The effect on a user, and the rules that produced it. */
export type Evaluation = Readonly<{
  effect: Effect
  /** Rules in the role's order. Empty for a default DENY, because no rule matched. */
  matchedRules: readonly ImpersonationRule[]
  /** Groups through which the matched rules matched. Absent if no rule matched through a group. */
  matchedGroups?: readonly GroupId[]
}>

/** Groups that contain the user, for each of a rule's two conditions. */
export type RuleGroups = Readonly<{ target: readonly GroupId[]; notTarget: readonly GroupId[] }>

/** Compiles rules for {@link evaluateRules}, whatever their periods. */
export function compileRules(rules: readonly ImpersonationRule[]): CompiledRules {
  return {
    rules: rules.map(compileRule),
    hasAllow: rules.some(rule => rule.effect === 'ALLOW'),
  }
}

/** Caches compiled roles by role object, because the rules of a role can name a hundred thousand users. */
const COMPILED = new WeakMap<ImpersonationRole, CompiledRole & Readonly<{ isTimed: boolean }>>()

/** Compiles the rules of a role, once for each role object, and returns those that are in force at a time. */
export function compileRole(role: ImpersonationRole, moment: Moment): CompiledRole {
  const known = COMPILED.get(role)
  const compiled = known ?? {
    role,
    rules: compileRules(role.rules),
    isTimed: role.rules.some(isLimited),
  }
  if (known === undefined) COMPILED.set(role, compiled)
  if (!compiled.isTimed) return compiled
  return { role, rules: compileRules(role.rules.filter(rule => isInForce(rule, moment))) }
}

/**
 * Whether a rule is in force. A clock that jumps doesn't extend access: an ALLOW rule is in force while its period
 * certainly contains the present, and a DENY rule while its period possibly does.
 */
export const isInForce = (rule: ImpersonationRule, moment: Moment): boolean =>
  rule.effect === 'ALLOW' ? isWithin(rule, moment) : mayBeWithin(rule, moment)

/** Caches compiled rules by rule object, because a trace evaluates each rule separately, for many users. */
const COMPILED_RULES = new WeakMap<ImpersonationRule, CompiledRule>()

function compileRule(rule: ImpersonationRule): CompiledRule {
  const known = COMPILED_RULES.get(rule)
  if (known !== undefined) return known
  const compiled = {
    rule,
    target: namedBy(rule.targetUsers, rule.targetGroups),
    notTarget: namedBy(rule.notTargetUsers, rule.notTargetGroups),
  }
  COMPILED_RULES.set(rule, compiled)
  return compiled
}

const namedBy = (
  users: readonly UserId[] | undefined,
  groups: readonly GroupId[] | undefined,
): Named | undefined =>
  users === undefined && groups === undefined
    ? undefined
    : { users: new Set(users), groups: new Set(groups) }

/**
 * Evaluates a role's rules for the user to impersonate.
 *
 * The order of the rules does not change the effect, and adding a DENY rule never turns a DENY
 * into an ALLOW.
 *
 * @param compiled - the role's rules. An empty list denies everyone
 * @param target - the user to impersonate, or undefined for a user that the directory does not know. An unknown user is
 *   in no list and never allowed. A deleted group keeps its last members in conditions that deny access, and has no
 *   members in conditions that allow it
 * @returns the effect, with every rule that produced it
 *
 * @example Exclude one user from a role that allows everyone
 * ```ts
 * const everyone = { id: 'everyone', effect: 'ALLOW' } as const
 * const notTheCeo = { id: 'not-the-ceo', effect: 'DENY', targetUsers: [ceo] } as const
 *
 * evaluateRules(compileRules([everyone, notTheCeo]), { id: ceo })
 * // { effect: 'DENY', matchedRules: [notTheCeo] }
 * ```
 */
export function evaluateRules(compiled: CompiledRules, target: Person | undefined): Evaluation {
  const matching = compiled.rules.filter(rule => matches(rule, target))
  const denying = matching.filter(({ rule }) => rule.effect === 'DENY')

  if (denying.length > 0) return evaluationOf('DENY', denying, target)
  if (matching.length > 0) return evaluationOf('ALLOW', matching, target)
  return { effect: 'DENY', matchedRules: [] }
}

/** Returns the groups that contain a user, for each of a rule's two conditions. */
export function ruleGroupsOf(rule: ImpersonationRule, person: Person): RuleGroups {
  const { target, notTarget } = compileRule(rule)
  return {
    target: hits(target, targetGroupsOf(rule, person)),
    notTarget: hits(notTarget, notTargetGroupsOf(rule, person)),
  }
}

function evaluationOf(
  effect: Effect,
  matched: readonly CompiledRule[],
  person: Person | undefined,
): Evaluation {
  const matchedRules = matched.map(({ rule }) => rule)
  if (person?.memberOf === undefined) return { effect, matchedRules }
  const groups = new Set(
    matched.flatMap(({ rule, target }) => hits(target, targetGroupsOf(rule, person))),
  )
  return { effect, matchedRules, ...(groups.size > 0 && { matchedGroups: [...groups] }) }
}

/** Whether both conditions hold. An absent condition holds for every user. */
function matches({ rule, target, notTarget }: CompiledRule, person: Person | undefined): boolean {
  if (person === undefined) return rule.effect === 'DENY' && target === undefined
  const denies = rule.effect === 'DENY'
  const included =
    target === undefined ||
    names(target, person, targetGroupsOf(rule, person)) ||
    (denies && mayName(target, person))
  const excluded =
    notTarget !== undefined &&
    (names(notTarget, person, notTargetGroupsOf(rule, person)) ||
      (!denies && mayName(notTarget, person)))
  return included && !excluded
}

const names = (named: Named, { id }: Person, groups: readonly GroupId[]): boolean =>
  named.users.has(id) || groups.some(group => named.groups.has(group))

/** Whether a condition could name a user through a group that is not understood. */
const mayName = ({ groups }: Named, { memberOf }: Person): boolean =>
  memberOf?.unreadable !== undefined && groups.size > 0

const hits = (named: Named | undefined, groups: readonly GroupId[]): readonly GroupId[] =>
  groups.filter(group => named?.groups.has(group))

/**
 * Returns the groups of a user that the target condition considers. Deleted groups are included only if the
 * condition restricts access.
 */
const targetGroupsOf = ({ effect }: ImpersonationRule, person: Person) =>
  effect === 'DENY' ? everOf(person) : liveOf(person)

const notTargetGroupsOf = ({ effect }: ImpersonationRule, person: Person) =>
  effect === 'ALLOW' ? everOf(person) : liveOf(person)

const NONE: readonly GroupId[] = []
const liveOf = ({ memberOf }: Person) => memberOf?.groups ?? NONE

function everOf({ memberOf }: Person): readonly GroupId[] {
  if (memberOf === undefined) return NONE
  const { groups, formerGroups } = memberOf
  return formerGroups.length === 0 ? groups : [...groups, ...formerGroups]
}
