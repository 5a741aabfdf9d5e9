/**
 * The naive model's impersonation rules.
 *
 * @module
 */

import { groupsOf } from './naive-people.ts'
import { isNow } from './naive-period.ts'
import type { Person, Role, Rule, World } from './terms.ts'

/** The effect of a role's rules on a user, and the rules and groups that produced it. */
export type RuleRow = Readonly<{
  effect: 'ALLOW' | 'DENY'
  rules: readonly string[]
  groups: readonly string[]
}>

/** @param user - undefined: a user that the rules can't know */
export function ruleRow(world: World, role: Role, user: Person | undefined): RuleRow {
  const denying: Rule[] = []
  const allowing: Rule[] = []
  for (const rule of role.rules)
    if (matches(world, rule, user)) (rule.effect === 'DENY' ? denying : allowing).push(rule)

  const producing = denying.length > 0 ? denying : allowing
  const groups = producing.flatMap(rule => groupsHit(world, rule, user))
  return {
    effect: denying.length === 0 && allowing.length > 0 ? 'ALLOW' : 'DENY',
    rules: producing.map(({ id }) => id),
    groups: [...new Set(groups)],
  }
}

/**
 * Returns whether a rule matches. For an unknown user, only a DENY can match: the user is not in its
 * exceptions.
 */
export function matches(world: World, rule: Rule, user: Person | undefined): boolean {
  if (!isNow(rule)) return false
  const isForEveryone = rule.targetUsers === undefined && rule.targetGroups === undefined
  if (user === undefined) return rule.effect === 'DENY' && isForEveryone
  if (!isForEveryone) {
    const isNamed = rule.targetUsers?.includes(user.id) ?? false
    if (!isNamed && groupsHit(world, rule, user).length === 0) return false
  }
  if (rule.notTargetUsers?.includes(user.id)) return false
  return groupsExcepted(world, rule, user).length === 0
}

/** A deleted group still keeps its last members out, and lets no user in. */
export function groupsHit(world: World, rule: Rule, user: Person | undefined): readonly string[] {
  if (user === undefined) return []
  const { live, former } = groupsOf(world, user)
  const counted = rule.effect === 'DENY' ? [...live, ...former] : live
  return counted.filter(id => rule.targetGroups?.includes(id))
}

function groupsExcepted(world: World, rule: Rule, user: Person): readonly string[] {
  const { live, former } = groupsOf(world, user)
  const counted = rule.effect === 'ALLOW' ? [...live, ...former] : live
  return counted.filter(id => rule.notTargetGroups?.includes(id))
}
