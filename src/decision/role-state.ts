/**
 * Evaluates whether a role denies all requests now, because of its lock or its period.
 *
 * @module
 */

import type { Reason } from '../model/decision.ts'
import { type ImpersonationRole, isLocked } from '../model/role.ts'
import { isWithin, type Moment, stateOfPeriod } from '../model/validity.ts'

/** `LOCKED` also of a role with parts that this version doesn't understand. A role that is not `ACTIVE` denies all requests. */
export const ROLE_STATES = ['ACTIVE', 'LOCKED', 'NOT_YET', 'ENDED'] as const
export type RoleState = (typeof ROLE_STATES)[number]

/** Parts of a role that can deny all requests. */
type Closable = Pick<ImpersonationRole, 'lock' | 'unreadable' | 'notBefore' | 'notAfter'>

export const denialOfLock = (role: Closable, { at }: Moment): Reason | undefined =>
  isLocked(role, at) ? 'role-locked' : undefined

export const denialOfPeriod = (role: Closable, moment: Moment): Reason | undefined =>
  isWithin(role, moment) ? undefined : 'role-expired'

/** Returns the reason for which a role denies all requests now, in the order of the checks; undefined if it doesn't. */
export const denialOfRole = (role: Closable, moment: Moment): Reason | undefined =>
  denialOfLock(role, moment) ?? denialOfPeriod(role, moment)

export const stateOfRole = (role: Closable, moment: Moment): RoleState =>
  denialOfLock(role, moment) === undefined ? stateOfPeriod(role, moment) : 'LOCKED'
