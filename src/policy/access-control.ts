/**
 * Access control: whether mailboxes may be reached from an address, by a protocol, for a user and
 * in a role.
 *
 * This file is the whole algorithm. A matching DENY wins; else a matching ALLOW; else access is
 * denied. It stands before the impersonation rules and in addition to them, and the data plane and
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

/** What the conditions of a rule are compared with. */
export type AccessRequest = Readonly<{
  sourceAddress: string
  action: AccessControlAction
  /** The user to be impersonated; undefined for nobody who is known. */
  userId?: UserId | undefined
  /** Undefined for access without a role. */
  roleId?: RoleId | undefined
}>

/** The effect, and the rules that produced it. */
export type AccessControlEvaluation = Readonly<{
  effect: Effect
  /** Names, in the order of the rules. Empty for a default DENY: no rule matched. */
  matchedRules: readonly string[]
}>

/**
 * Evaluates an organization's access control rules; their order does not change the effect.
 *
 * A user or role that is undefined is in no list, and outside every list of those left out.
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

/** All conditions must hold; where that cannot be told, only a rule that denies matches. */
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

/** A list that is absent holds for everything, and undefined is in no list. */
function holds<T>(
  included: readonly T[] | undefined,
  excluded: readonly T[] | undefined,
  value: T,
): boolean {
  return (included?.includes(value) ?? true) && !(excluded?.includes(value) ?? false)
}

/** Undefined: an address or a range is none, so that nothing can be compared. */
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

/** Ranges by the list that holds their text: read once for as long as somebody keeps the rule. */
const RANGES = new WeakMap<readonly string[], readonly AddressRange[] | undefined>()

function rangesOf(texts: readonly string[]): readonly AddressRange[] | undefined {
  if (RANGES.has(texts)) return RANGES.get(texts)
  const read = texts.map(parseRange).filter(range => range !== undefined)
  const ranges = read.length === texts.length ? read : undefined
  RANGES.set(texts, ranges)
  return ranges
}
