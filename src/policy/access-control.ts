/**
 * Evaluates access control rules: whether an address, a protocol, a user, and a role have access.
 *
 * If a DENY rule matches, access is denied. Otherwise, it is allowed if an ALLOW rule matches, and denied if none
 * does. Access control is checked before the impersonation rules, and both must allow a request. The data plane and
 * `GetAccessControlEffect` both call {@link evaluateAccessControl}.
 *
 * @see https://docs.aws.amazon.com/workmail/latest/adminguide/access-rules.html
 * @module
 */

import type { AccessControlAction, AccessControlRule } from '../model/access-control.ts'
import { parseAddress } from '../model/address.ts'
import type { UserId } from '../model/identity.ts'
import type { Effect, RoleId } from '../model/role.ts'
import { type AddressRange, inRange, parseRange } from './address.ts'

/** Values with which the conditions of a rule are compared. */
export type AccessRequest = Readonly<{
  sourceAddress: string
  action: AccessControlAction
  /** User to impersonate. Undefined if the user is not known. */
  userId?: UserId | undefined
  /** Role of the request. Undefined for access without a role. */
  roleId?: RoleId | undefined
}>

/** The effect, and the rules that produced it. */
export type AccessControlEvaluation = Readonly<{
  effect: Effect
  /** Names in the order of the rules. Empty for a default DENY, because no rule matched. */
  matchedRules: readonly string[]
}>

/**
 * Evaluates an organization's access control rules. Their order does not change the effect.
 *
 * An undefined user or role is in no list, so a list of exceptions never applies to it.
 */
export function evaluateAccessControl(
  rules: readonly AccessControlRule[],
  request: AccessRequest,
): AccessControlEvaluation {
  const matching = rules.filter(rule => matches(rule, request))
  const denying = matching.filter(({ effect }) => effect === 'DENY')
  const producing = denying.length > 0 ? denying : matching
  return {
    effect: denying.length === 0 && matching.length > 0 ? 'ALLOW' : 'DENY',
    matchedRules: producing.map(({ name }) => name),
  }
}

/**
 * Whether all conditions of a rule hold. If that cannot be determined, a DENY rule matches, and an ALLOW rule
 * doesn't.
 */
function matches(
  rule: AccessControlRule,
  { action, userId, roleId, sourceAddress }: AccessRequest,
): boolean {
  return (
    holds(rule.actions, rule.notActions, action) &&
    holds(rule.userIds, rule.notUserIds, userId) &&
    holds(rule.impersonationRoleIds, rule.notImpersonationRoleIds, roleId) &&
    (addressHolds(rule, sourceAddress) ?? rule.effect === 'DENY')
  )
}

/**
 * Whether a value is in one list and not in another. An absent list holds for every value, and undefined is in no
 * list.
 */
function holds<T>(
  included: readonly T[] | undefined,
  excluded: readonly T[] | undefined,
  value: T,
): boolean {
  return (included?.includes(value) ?? true) && !(excluded?.includes(value) ?? false)
}

/** Whether the address meets the conditions of a rule. Returns undefined if the address or a range is malformed. */
function addressHolds(
  { ipRanges, notIpRanges }: AccessControlRule,
  sourceAddress: string,
): boolean | undefined {
  if (ipRanges === undefined && notIpRanges === undefined) return true
  const address = parseAddress(sourceAddress)
  const [included, excluded] = [rangesOf(ipRanges ?? []), rangesOf(notIpRanges ?? [])]
  if (!address || !included || !excluded) return undefined
  const within = (ranges: readonly AddressRange[]) => ranges.some(range => inRange(range, address))
  return (ipRanges === undefined || within(included)) && !within(excluded)
}

/** Caches the parsed ranges of each list, so that it is parsed only once. */
const RANGES = new WeakMap<readonly string[], readonly AddressRange[] | undefined>()

function rangesOf(texts: readonly string[]): readonly AddressRange[] | undefined {
  if (RANGES.has(texts)) return RANGES.get(texts)
  const read = texts.map(parseRange).filter(range => range !== undefined)
  const ranges = read.length === texts.length ? read : undefined
  RANGES.set(texts, ranges)
  return ranges
}
