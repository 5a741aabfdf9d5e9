/**
 * Reads impersonation rules of requests, and writes them to responses.
 *
 * @module
 */

import type { GroupId, UserId } from '../model/identity.ts'
import type { ImpersonationRule } from '../model/role.ts'
import type { Call, ControlLimits } from './action.ts'
import { findGroupIds } from './group-targets.ts'
import { quote, requireNone } from './problems.ts'
import type { RuleInput } from './shapes.ts'
import { findUserIds } from './targets.ts'
import { maxRuleMs, msOf, periodOnWire } from './time.ts'

/**
 * Returns the rules of a request, with IDs of users and groups.
 *
 * @param present - rules that the request replaces. Their users and groups are accepted by ID even if they no
 * longer exist
 * @throws ApiError InvalidParameterException, EntityNotFoundException
 */
export async function readRules(
  call: Call,
  rules: readonly RuleInput[],
  present: readonly ImpersonationRule[] = [],
): Promise<readonly ImpersonationRule[]> {
  requireNone([
    ...tooMany(rules, call.ports.limits),
    ...notUnique(rules),
    ...rules.flatMap((rule, i) => problemsOfTimes(call, rule, i, present)),
  ])
  const users = await findUserIds(
    call,
    rules.flatMap(rule => named(rule, USER_LISTS)),
    new Set(present.flatMap(usersIn)),
  )
  const groups = await findGroupIds(
    call,
    rules.flatMap(rule => named(rule, GROUP_LISTS)),
    new Set(present.flatMap(groupsIn)),
  )
  return rules.map(rule => ruleOf(rule, users, groups))
}

/** Returns every user that a rule names. */
const usersIn = ({ targetUsers = [], notTargetUsers = [] }: ImpersonationRule) => [
  ...targetUsers,
  ...notTargetUsers,
]

/** Returns every group that a rule names. */
const groupsIn = ({ targetGroups = [], notTargetGroups = [] }: ImpersonationRule) => [
  ...targetGroups,
  ...notTargetGroups,
]

/**
 * Returns a rule for clients that do not know groups, with targets by ID. A rule with groups always has a list of
 * users too, even if it is empty. Without the list, the rule would look as if it matched everyone.
 */
export function ruleOnWire(rule: ImpersonationRule) {
  return {
    ImpersonationRuleId: rule.id,
    ...(rule.name !== undefined && { Name: rule.name }),
    ...(rule.description !== undefined && { Description: rule.description }),
    Effect: rule.effect,
    ...(rule.targetUsers && { TargetUsers: rule.targetUsers }),
    ...(rule.notTargetUsers && { NotTargetUsers: rule.notTargetUsers }),
    ...(rule.targetGroups && { TargetGroups: rule.targetGroups }),
    ...(rule.notTargetGroups && { NotTargetGroups: rule.notTargetGroups }),
  }
}

/** Returns a rule for clients that know groups and periods, in the form in which a request can write it. */
export function groupRuleOnWire(rule: ImpersonationRule) {
  const { targetUsers = [], notTargetUsers = [], ...rest } = rule
  return {
    ...ruleOnWire({
      ...rest,
      ...(targetUsers.length > 0 && { targetUsers }),
      ...(notTargetUsers.length > 0 && { notTargetUsers }),
    }),
    ...periodOnWire(rule),
    ...(rule.temporary && { Temporary: true }),
  }
}

const USER_LISTS = ['TargetUsers', 'NotTargetUsers'] as const
const GROUP_LISTS = ['TargetGroups', 'NotTargetGroups'] as const
const LISTS = [...USER_LISTS, ...GROUP_LISTS]

const named = (rule: RuleInput, lists: readonly (typeof LISTS)[number][]) =>
  lists.flatMap(list => rule[list] ?? [])

function tooMany(rules: readonly RuleInput[], limits: ControlLimits): string[] {
  const problems: string[] = []
  if (rules.length > limits.rulesPerRole)
    problems.push(`Rules must be a list of at most ${limits.rulesPerRole} rules`)
  for (const [i, rule] of rules.entries())
    for (const list of LISTS)
      if ((rule[list]?.length ?? 0) > limits.targetsPerList)
        problems.push(
          `Rules[${i}].${list} must be a list of at most ${limits.targetsPerList} ${list.endsWith('Users') ? 'users' : 'groups'}${list.startsWith('Not') ? '' : ': name the others in another rule'}`,
        )
  const targets = rules.reduce((sum, rule) => sum + named(rule, LISTS).length, 0)
  if (targets > limits.targetsPerRole)
    problems.push(`Rules must name at most ${limits.targetsPerRole} users and groups in all`)
  return problems
}

/** Only a change of the times of a temporary rule is limited, because the time passes. */
function problemsOfTimes(
  { at, organization }: Call,
  { ImpersonationRuleId, NotBefore, NotAfter, Temporary }: RuleInput,
  i: number,
  present: readonly ImpersonationRule[],
): string[] {
  if (NotAfter !== undefined && NotAfter <= (NotBefore ?? -1))
    return [`Rules[${i}].NotAfter must be later than NotBefore`]
  if (!Temporary) return []
  if (NotAfter === undefined)
    return [`Rules[${i}].NotAfter must be given, because the rule is temporary`]
  const before = present.find(({ id }) => id === ImpersonationRuleId)
  const isUnchanged =
    before?.temporary === true &&
    before.notAfter === msOf(NotAfter) &&
    before.notBefore === (NotBefore && msOf(NotBefore))
  const from = Math.max(at, msOf(NotBefore ?? 0))
  const latest = from + maxRuleMs(organization)
  if (isUnchanged || msOf(NotAfter) <= latest) return []
  const days = maxRuleMs(organization) / 86_400_000
  return [
    `Rules[${i}].NotAfter must be at most ${days} days after the begin of the rule, the limit of the organization for temporary rules`,
  ]
}

function notUnique(rules: readonly RuleInput[]): string[] {
  const repeated = (member: 'ImpersonationRuleId' | 'Name') => {
    const first = new Map<string, number>()
    return rules.flatMap((rule, i) => {
      const value = rule[member]
      if (value === undefined) return []
      const folded = foldLabel(value)
      const other = first.get(folded)
      if (other === undefined) {
        first.set(folded, i)
        return []
      }
      const written = quote(rules[other]?.[member] ?? value)
      return [`Rules[${i}].${member} must be unique in its role: Rules[${other}] has ${written}`]
    })
  }
  return [...repeated('ImpersonationRuleId'), ...repeated('Name')]
}

/** Returns the form in which names of rules are compared: Unicode NFC, without case. */
const foldLabel = (label: string) =>
  label.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC')

function ruleOf(
  rule: RuleInput,
  users: ReadonlyMap<string, UserId>,
  groups: ReadonlyMap<string, GroupId>,
): ImpersonationRule {
  const { TargetUsers, NotTargetUsers, TargetGroups, NotTargetGroups } = rule
  return {
    id: rule.ImpersonationRuleId,
    effect: rule.Effect,
    ...(rule.Name !== undefined && { name: rule.Name }),
    ...(rule.Description !== undefined && { description: rule.Description }),
    ...((TargetUsers || TargetGroups) && { targetUsers: resolved(TargetUsers, users) }),
    ...((NotTargetUsers || NotTargetGroups) && { notTargetUsers: resolved(NotTargetUsers, users) }),
    ...(TargetGroups && { targetGroups: resolved(TargetGroups, groups) }),
    ...(NotTargetGroups && { notTargetGroups: resolved(NotTargetGroups, groups) }),
    ...(rule.NotBefore !== undefined && { notBefore: msOf(rule.NotBefore) }),
    ...(rule.NotAfter !== undefined && { notAfter: msOf(rule.NotAfter) }),
    ...(rule.Temporary && { temporary: true as const }),
  }
}

const resolved = <Id>(identifiers: readonly string[] = [], ids: ReadonlyMap<string, Id>) => [
  ...new Set(identifiers.map(identifier => ids.get(identifier)).filter(id => id !== undefined)),
]
