/**
 * Evaluates which users are protected from a role.
 *
 * Protection is a rule that denies before all rules of all roles, so groups count as in other DENY rules: a deleted
 * group keeps its last members.
 *
 * @module
 */

import type { Person } from '../model/identity.ts'
import type { Protection, ProtectionException } from '../model/protection.ts'
import type { RoleId } from '../model/role.ts'
import { isWithin, type Moment } from '../model/validity.ts'
import { type CompiledRules, compileRules, evaluateRules } from './rules.ts'

/** The protected users, in a form for fast evaluation. */
export type ActiveProtection = CompiledRules

const RULE_ID = 'protected-mailboxes'

/** Protects every user, known or not, because it is not known who is to be protected. */
const EVERYONE: ActiveProtection = compileRules([{ id: RULE_ID, effect: 'DENY' }])

/** Caches compiled protection by object, because it can name many users. */
const COMPILED = new WeakMap<Protection, ActiveProtection>()

/** Returns the protection from a role; undefined if no user is protected from it. */
export const protectionFrom = (
  role: RoleId,
  protection: Protection,
  moment: Moment,
): ActiveProtection | undefined =>
  exceptionsFor(role, protection, moment).length > 0
    ? undefined
    : protectionBesideExceptions(protection)

/** Returns the exceptions that let a role reach protected mailboxes now. */
export const exceptionsFor = (
  role: RoleId,
  { exceptions }: Protection,
  moment: Moment,
): readonly ProtectionException[] =>
  exceptions.filter(({ roleId, notAfter }) => roleId === role && isWithin({ notAfter }, moment))

/** Returns the protection from roles without an exception; undefined if no user is protected. */
export function protectionBesideExceptions(protection: Protection): ActiveProtection | undefined {
  const { users, groups } = protection
  if (protection.unreadable) return EVERYONE
  if (users.length + groups.length === 0) return undefined
  const known = COMPILED.get(protection)
  if (known !== undefined) return known
  const compiled = compileRules([
    { id: RULE_ID, effect: 'DENY', targetUsers: users, targetGroups: groups },
  ])
  COMPILED.set(protection, compiled)
  return compiled
}

/** Whether a user is protected. An unknown user is only if everyone is. */
export const isProtected = (
  protection: ActiveProtection | undefined,
  user: Person | undefined,
): boolean => protection !== undefined && evaluateRules(protection, user).matchedRules.length > 0
