/**
 * Finds out whether a change gives access after a time, so that what a principal with an end gives doesn't outlast it.
 *
 * The answer is no only if the values before and after the change prove it.
 *
 * @module
 */

import type { AccessControlRule } from '../model/access-control.ts'
import type { Protection } from '../model/protection.ts'
import {
  type ImpersonationRole,
  type ImpersonationRule,
  MAILBOXES,
  type RoleContent,
  type RoleGuard,
  SENDERS,
} from '../model/role.ts'
import type { Validity } from '../model/validity.ts'

/** Parts of a role that say when it allows what. */
export type TimedRole = RoleContent & Validity & Pick<ImpersonationRole, 'lock' | 'unreadable'>

/** Whether a role allows something after a time that it didn't allow there before. */
export function roleGivesAfter(
  end: number,
  before: TimedRole | undefined,
  after: TimedRole,
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
    lasting.every(rule => contains(before.rules, rule)) &&
    denying.every(rule => contains(after.rules, rule))
  )
}

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
  const isKept = ({ roleId, notAfter }: Protection['exceptions'][number]) =>
    before.exceptions.some(one => one.roleId === roleId && one.notAfter >= notAfter)
  return !(
    before.users.every(id => after.users.includes(id)) &&
    before.groups.every(id => after.groups.includes(id)) &&
    after.exceptions.every(exception => exception.notAfter <= end || isKept(exception))
  )
}

const endOf = ({ notAfter = Number.POSITIVE_INFINITY }: Validity): number => notAfter
const beginOf = ({ notBefore = Number.NEGATIVE_INFINITY }: Validity): number => notBefore

/** Returns when the lock of a role ends; it has ended if there is none. */
const lockEndOf = ({ lock }: Pick<TimedRole, 'lock'>): number =>
  lock === undefined ? Number.NEGATIVE_INFINITY : (lock.expiresAt ?? Number.POSITIVE_INFINITY)

/** Whether a period contains no time after an end that the other one doesn't contain. */
const isWithinPeriod = (end: number, before: Validity, after: Validity): boolean =>
  endOf(after) <= endOf(before) && (beginOf(before) <= end || beginOf(before) <= beginOf(after))

/** Whether a guard allows all that another one allows. `MAILBOXES` and `SENDERS` are ordered from the least to the most. */
const guardCovers = (wider: RoleGuard, narrower: RoleGuard): boolean =>
  SWITCHES.every(name => wider[name] || !narrower[name]) &&
  MAILBOXES.indexOf(wider.mailboxes) >= MAILBOXES.indexOf(narrower.mailboxes) &&
  SENDERS.indexOf(wider.senders) >= SENDERS.indexOf(narrower.senders) &&
  narrower.extraReads.every(name => wider.extraReads.includes(name))

const SWITCHES = ['delegation', 'inboxRules', 'directoryLookups', 'sending'] as const

const contains = (rules: readonly ImpersonationRule[], rule: ImpersonationRule): boolean =>
  rules.some(other => isSame(effectOf(other), effectOf(rule)))

/** Returns the parts of a rule that decide. */
const effectOf = ({
  id: _,
  name: __,
  description: ___,
  temporary: ____,
  ...rule
}: ImpersonationRule) => rule

const hasRule = (rules: readonly AccessControlRule[], rule: AccessControlRule): boolean =>
  rules.some(other => isSame(conditionsOf(other), conditionsOf(rule)))

const conditionsOf = ({
  name: _,
  description: __,
  createdAt: ___,
  modifiedAt: ____,
  ...rule
}: AccessControlRule) => rule

/** Whether two values of JSON are the same. Another order of entries counts as another value. */
const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(sorted(one)) === JSON.stringify(sorted(other))

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}
