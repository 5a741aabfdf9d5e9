/**
 * Impersonation rules, from the wire and onto it.
 *
 * @module
 */

import type { UserId } from '../model/identity.ts'
import type { ImpersonationRule } from '../model/role.ts'
import type { Call, ControlLimits } from './action.ts'
import { quote, refuse } from './problems.ts'
import type { RuleInput } from './shapes.ts'
import { findUserIds } from './targets.ts'

/**
 * The rules of a request, with their targets as user ids.
 *
 * @param standing - the rules that they replace: whom these name may be named again by id, even
 *   where the directory does not know the user any more
 * @throws ApiError InvalidParameterException, EntityNotFoundException
 */
export async function readRules(
  call: Call,
  rules: readonly RuleInput[],
  standing: readonly ImpersonationRule[] = [],
): Promise<readonly ImpersonationRule[]> {
  refuse([...tooMany(rules, call.ports.limits), ...notUnique(rules)])
  const kept = new Set<string>(
    standing.flatMap(({ targetUsers = [], notTargetUsers = [] }) => [
      ...targetUsers,
      ...notTargetUsers,
    ]),
  )
  const ids = await findUserIds(call, rules.flatMap(targetsOf), kept)
  return rules.map(rule => ruleOf(rule, ids))
}

/** As a caller wrote it, with every target by its id. */
export function ruleOnWire(rule: ImpersonationRule) {
  return {
    ImpersonationRuleId: rule.id,
    ...(rule.name !== undefined && { Name: rule.name }),
    ...(rule.description !== undefined && { Description: rule.description }),
    Effect: rule.effect,
    ...(rule.targetUsers && { TargetUsers: rule.targetUsers }),
    ...(rule.notTargetUsers && { NotTargetUsers: rule.notTargetUsers }),
  }
}

const LISTS = ['TargetUsers', 'NotTargetUsers'] as const

const targetsOf = (rule: RuleInput) => LISTS.flatMap(list => rule[list] ?? [])

function tooMany(rules: readonly RuleInput[], limits: ControlLimits): string[] {
  const problems: string[] = []
  if (rules.length > limits.rulesPerRole)
    problems.push(`Rules must be a list of at most ${limits.rulesPerRole} rules`)
  for (const [i, rule] of rules.entries())
    for (const list of LISTS)
      if ((rule[list]?.length ?? 0) > limits.targetsPerList)
        problems.push(
          `Rules[${i}].${list} must be a list of at most ${limits.targetsPerList} users`,
        )
  const targets = rules.reduce((sum, rule) => sum + targetsOf(rule).length, 0)
  if (targets > limits.targetsPerRole)
    problems.push(`Rules must name at most ${limits.targetsPerRole} users in all`)
  return problems
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

/** The form in which names of rules are compared: NFC, without case. */
const foldLabel = (label: string) =>
  label.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC')

function ruleOf(rule: RuleInput, ids: ReadonlyMap<string, UserId>): ImpersonationRule {
  const resolved = (identifiers: readonly string[]) => [
    ...new Set(identifiers.map(identifier => ids.get(identifier)).filter(id => id !== undefined)),
  ]
  return {
    id: rule.ImpersonationRuleId,
    effect: rule.Effect,
    ...(rule.Name !== undefined && { name: rule.Name }),
    ...(rule.Description !== undefined && { description: rule.Description }),
    ...(rule.TargetUsers && { targetUsers: resolved(rule.TargetUsers) }),
    ...(rule.NotTargetUsers && { notTargetUsers: resolved(rule.NotTargetUsers) }),
  }
}
