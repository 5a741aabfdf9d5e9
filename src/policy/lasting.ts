/**
 * Finds out whether a change gives access after a time, so that what a principal with an end gives doesn't outlast it.
 *
 * The answer is no only if the values before and after the change prove it.
 *
 * @module
 */

import type { AccessControlRule } from '../model/access-control.ts'
import { isSame, without } from '../model/members.ts'
import type { Protection, ProtectionException } from '../model/protection.ts'
import {
  GUARD_SWITCHES,
  type ImpersonationRule,
  MAILBOXES,
  type RoleDraft,
  type RoleGuard,
  SENDERS,
} from '../model/role.ts'
import type { Validity } from '../model/validity.ts'

/** Whether a role allows something after a time that it didn't allow there before. */
export function roleGivesAfter(
  end: number,
  before: RoleDraft | undefined,
  after: RoleDraft,
): boolean {
  const lasting = after.rules.filter(rule => rule.effect === 'ALLOW' && endOf(rule) > end)
  const isOver = endOf(after) <= end || lockEndOf(after) === Number.POSITIVE_INFINITY
  if (isOver || lasting.length === 0) return false
  if (before === undefined || before.unreadable !== undefined) return true
  const denying = before.rules.filter(rule => rule.effect === 'DENY' && endOf(rule) > end)
  return !(
    isWithinPeriod(end, before, after) &&
    (lockEndOf(before) <= end || lockEndOf(before) <= lockEndOf(after)) &&
    (before.type === after.type || before.type === 'FULL_ACCESS') &&
    (before.profile === undefined || isSame(before.profile, after.profile)) &&
    guardCovers(before.guard, after.guard) &&
    isSame(without(before, NOT_COMPARED), without(after, NOT_COMPARED)) &&
    lasting.every(rule => contains(before.rules, rule)) &&
    denying.every(rule => contains(after.rules, rule))
  )
}

/**
 * Members of a role that are compared in another way, or with which it allows no more. Any other change counts as
 * allowing more, also of a member that was added later.
 */
const NOT_COMPARED = [
  'name',
  'description',
  'type',
  'rules',
  'guard',
  'profile',
  'notBefore',
  'notAfter',
  'lock',
  'shadow',
] as const satisfies readonly (keyof RoleDraft)[]

/** Whether access control rules allow something that they didn't allow before. They have no end. */
export const accessControlGives = (
  before: readonly AccessControlRule[],
  after: readonly AccessControlRule[],
): boolean =>
  after.some(rule => rule.effect === 'ALLOW' && !hasRule(before, rule)) ||
  before.some(rule => rule.effect === 'DENY' && !hasRule(after, rule))

/** Whether mailboxes are reachable after a time that were protected there before. */
export function protectionGivesAfter(end: number, before: Protection, after: Protection): boolean {
  if (before.unreadable) return true
  const isKept = (exception: ProtectionException) =>
    before.exceptions.some(
      one =>
        one.notAfter >= exception.notAfter &&
        isSame(without(one, ['notAfter', 'reason']), without(exception, ['notAfter', 'reason'])),
    )
  return !(
    isSame(without(before, PROTECTION_LISTS), without(after, PROTECTION_LISTS)) &&
    before.users.every(id => after.users.includes(id)) &&
    before.groups.every(id => after.groups.includes(id)) &&
    after.exceptions.every(exception => exception.notAfter <= end || isKept(exception))
  )
}

const PROTECTION_LISTS = ['users', 'groups', 'exceptions'] as const

const endOf = ({ notAfter = Number.POSITIVE_INFINITY }: Validity): number => notAfter
const beginOf = ({ notBefore = Number.NEGATIVE_INFINITY }: Validity): number => notBefore

/** Returns when the lock of a role ends; it has ended if there is none. */
const lockEndOf = ({ lock }: Pick<RoleDraft, 'lock'>): number =>
  lock === undefined ? Number.NEGATIVE_INFINITY : (lock.expiresAt ?? Number.POSITIVE_INFINITY)

/** Whether a period contains no time after an end that the other one doesn't contain. */
const isWithinPeriod = (end: number, before: Validity, after: Validity): boolean =>
  endOf(after) <= endOf(before) && (beginOf(before) <= end || beginOf(before) <= beginOf(after))

/** Whether a guard allows all that another one allows. `MAILBOXES` and `SENDERS` are ordered from the least to the most. */
const guardCovers = (wider: RoleGuard, narrower: RoleGuard): boolean =>
  GUARD_SWITCHES.every(name => wider[name] || !narrower[name]) &&
  MAILBOXES.indexOf(wider.mailboxes) >= MAILBOXES.indexOf(narrower.mailboxes) &&
  SENDERS.indexOf(wider.senders) >= SENDERS.indexOf(narrower.senders) &&
  narrower.extraReads.every(name => wider.extraReads.includes(name)) &&
  isSame(without(wider, OF_GUARD), without(narrower, OF_GUARD))

const OF_GUARD = [...GUARD_SWITCHES, 'mailboxes', 'senders', 'extraReads'] as const

const contains = (rules: readonly ImpersonationRule[], rule: ImpersonationRule): boolean =>
  rules.some(other => isSame(effectOf(other), effectOf(rule)))

/** Returns the parts of a rule that decide. */
const effectOf = (rule: ImpersonationRule) =>
  without(rule, ['id', 'name', 'description', 'temporary'])

const hasRule = (rules: readonly AccessControlRule[], rule: AccessControlRule): boolean =>
  rules.some(other => isSame(conditionsOf(other), conditionsOf(rule)))

const conditionsOf = (rule: AccessControlRule) =>
  without(rule, ['name', 'description', 'createdAt', 'modifiedAt'])
