/**
 * The naive model's access control rules.
 *
 * @module
 */

import { lies } from './naive-address.ts'
import type { AccessRule } from './terms.ts'

type Access = Readonly<{ from: string; userId: string | undefined; roleId: string }>

/** The effect of the rules on access by EWS, and the names of the rules that produced it. */
export function accessEffect(
  rules: readonly AccessRule[],
  access: Access,
): Readonly<{ effect: 'ALLOW' | 'DENY'; names: readonly string[] }> {
  const hits = rules.filter(rule => accessMatches(rule, access))
  const names = (effect: string) =>
    hits.filter(rule => rule.effect === effect).map(({ name }) => name)
  if (names('DENY').length > 0) return { effect: 'DENY', names: names('DENY') }
  if (names('ALLOW').length > 0) return { effect: 'ALLOW', names: names('ALLOW') }
  return { effect: 'DENY', names: [] }
}

/** An unknown user is in no list, and outside every list of exceptions. */
export function accessMatches(rule: AccessRule, { from, userId, roleId }: Access): boolean {
  const isIn = (list: readonly string[] | undefined, value: string | undefined) =>
    list !== undefined && value !== undefined && list.includes(value)
  const isFrom = (ranges: readonly string[]) => ranges.some(range => lies(from, range))
  if (rule.ipRanges !== undefined && !isFrom(rule.ipRanges)) return false
  if (rule.notIpRanges !== undefined && isFrom(rule.notIpRanges)) return false
  if (rule.actions !== undefined && !rule.actions.includes('EWS')) return false
  if (rule.notActions?.includes('EWS')) return false
  if (rule.userIds !== undefined && !isIn(rule.userIds, userId)) return false
  if (isIn(rule.notUserIds, userId)) return false
  if (rule.impersonationRoleIds !== undefined && !isIn(rule.impersonationRoleIds, roleId))
    return false
  return !isIn(rule.notImpersonationRoleIds, roleId)
}
