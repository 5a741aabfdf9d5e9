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

import type { GroupId, Person, UserId } from '../model/identity.ts'
import type { Effect, ImpersonationRole, ImpersonationRule } from '../model/role.ts'

/** A role's rules, made ready once, so that a rule of 100,000 targets costs no more than one of 1. */
export type CompiledRules = Readonly<{
  rules: readonly CompiledRule[]
  /** Whether any rule allows anybody: what a request that touches no mailbox needs. */
  hasAllow: boolean
}>

type CompiledRule = Readonly<{
  rule: ImpersonationRule
  target: Named | undefined
  notTarget: Named | undefined
}>

/** A role with its rules made ready. */
export type CompiledRole = Readonly<{ role: ImpersonationRole; rules: CompiledRules }>

/** The users and groups that a condition names. */
type Named = Readonly<{ users: ReadonlySet<UserId>; groups: ReadonlySet<GroupId> }>

/** The effect on a user, and the rules that produced it. */
export type Evaluation = Readonly<{
  effect: Effect
  /** In the role's order. Empty for a default DENY: no rule matched. */
  matchedRules: readonly ImpersonationRule[]
  /** The groups by which these rules matched; absent where they matched by none. */
  matchedGroups?: readonly GroupId[]
}>

/** Of one rule: the groups of its two conditions that somebody is in. */
export type GroupsHit = Readonly<{ target: readonly GroupId[]; notTarget: readonly GroupId[] }>

/** Makes a role's rules ready for {@link evaluateRules}; done once, when the role is read. */
export function compileRules(rules: readonly ImpersonationRule[]): CompiledRules {
  return {
    rules: rules.map(compileRule),
    hasAllow: rules.some(rule => rule.effect === 'ALLOW'),
  }
}

/** By role object, because a role's rules can name a hundred thousand users. */
const COMPILED = new WeakMap<ImpersonationRole, CompiledRole>()

/** Compiles the rules of a role, once for each role object. */
export function compileRole(role: ImpersonationRole): CompiledRole {
  const known = COMPILED.get(role)
  if (known !== undefined) return known
  const compiled = { role, rules: compileRules(role.rules) }
  COMPILED.set(role, compiled)
  return compiled
}

/** By rule object, because a trace evaluates each rule of a role by itself, for many users. */
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
 * Evaluates a role's rules for the user to be impersonated.
 *
 * The order of the rules does not change the effect, and adding a DENY rule never turns a DENY
 * into an ALLOW.
 *
 * @param compiled - the role's rules; none at all denies everyone
 * @param target - the user to act as, or undefined for somebody whom the directory does not know:
 *   he is in no targetUsers, outside every notTargetUsers, and never allowed. A group that was
 *   deleted has its last members wherever a rule keeps them out by it, and nobody wherever it lets
 *   them in.
 * @returns the effect, with every rule that produced it
 *
 * @example One user is kept out of a role that allows everyone
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

/** By which groups a rule's conditions know somebody. */
export function groupsHit(rule: ImpersonationRule, person: Person): GroupsHit {
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

/** Both conditions must hold; a condition that is absent holds for every user. */
function matches({ rule, target, notTarget }: CompiledRule, person: Person | undefined): boolean {
  if (person === undefined) return rule.effect === 'DENY' && target === undefined
  const included = target === undefined || names(target, person, targetGroupsOf(rule, person))
  return included && !(notTarget && names(notTarget, person, notTargetGroupsOf(rule, person)))
}

const names = (named: Named, { id }: Person, groups: readonly GroupId[]): boolean =>
  named.users.has(id) || groups.some(group => named.groups.has(group))

const hits = (named: Named | undefined, groups: readonly GroupId[]): readonly GroupId[] =>
  groups.filter(group => named?.groups.has(group))

/** What was deleted still keeps out whom it kept out, and lets nobody in. */
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
