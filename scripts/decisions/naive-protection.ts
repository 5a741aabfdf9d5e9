/**
 * The naive model's protected mailboxes.
 *
 * @module
 */

import { isLocked, isNow } from './naive-period.ts'
import { groupsHit, type RuleRow, ruleRow } from './naive-rules.ts'
import type { Person, Role, World } from './terms.ts'

/** Whether any mailbox is protected from a role. */
export function hasProtection({ protection }: World, role: Role, now: number): boolean {
  if (protection === undefined) return false
  if (protection.users.length === 0 && protection.groups.length === 0) return false
  for (const exception of protection.exceptions)
    if (exception.role === role.id && now < exception.notAfter) return false
  return true
}

export function isProtected(
  world: World,
  role: Role,
  user: Person | undefined,
  now: number,
): boolean {
  const { protection } = world
  if (protection === undefined || user === undefined || !hasProtection(world, role, now))
    return false
  if (protection.users.includes(user.id)) return true
  const rule = { id: '', effect: 'DENY', targetGroups: protection.groups } as const
  return groupsHit(world, rule, user).length > 0
}

/** The effect of a role on a user: protection first, then its lock, its period, and its rules. */
export const reachRow = (
  world: World,
  role: Role,
  user: Person | undefined,
  now = Date.now(),
): RuleRow =>
  isProtected(world, role, user, now) || isLocked(role, now) || !isNow(role, now)
    ? { effect: 'DENY', rules: [], groups: [] }
    : ruleRow(world, role, user)
