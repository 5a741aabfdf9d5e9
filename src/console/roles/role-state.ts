/**
 * Says whether a role is active, and why it denies all requests if it isn't.
 *
 * @module
 */

import type { Output } from '../api/actions.ts'
import type { Effect, RoleSummary } from '../api/roles.ts'
import { timeInShort } from '../parts/time-words.ts'
import { localZone } from '../parts/zone.ts'

export type RoleState = RoleSummary['State']

type ReachTotals = Output<'EwsGateway.ListRoleReach'>['Totals']
type Stateful = Readonly<Pick<RoleSummary, 'State' | 'Period'>>

export const ROLE_STATES: Readonly<Record<RoleState, string>> = {
  ACTIVE: 'Active',
  LOCKED: 'Locked',
  NOT_YET: 'Not valid yet',
  ENDED: 'Ended',
}

/** Returns a predicate such as `ended on 1 Dec 2026, 18:00 UTC+1`; undefined if the role is active. */
export function closedInWords({ State, Period = {} }: Stateful): string | undefined {
  if (State === 'ACTIVE') return undefined
  if (State === 'LOCKED') return 'is locked'
  const [verb, at] = State === 'ENDED' ? ['ended', Period.NotAfter] : ['begins', Period.NotBefore]
  return at === undefined ? verb : `${verb} on ${timeInShort(at, localZone())}`
}

type Ruled = Stateful & Readonly<{ Rules: readonly Readonly<{ Effect: Effect }>[] }>

/**
 * Says why a role reaches no user now.
 *
 * @param role - AllowRules is the number of Allow rules in force, if it is known
 * @param users - number of users that the role reaches, if it is known
 * @returns undefined if the role reaches users, or if nothing says that it doesn't
 */
export function whyNobody(
  { Rules, AllowRules, ...role }: Ruled & Readonly<{ AllowRules?: number }>,
  users: number | undefined,
): string | undefined {
  const closed = closedInWords(role)
  if (closed !== undefined) return `The role ${closed}.`
  if (Rules.length === 0) return 'The role has no rules.'
  if (Rules.every(({ Effect }) => Effect !== 'ALLOW')) return 'The role has no Allow rules.'
  if (AllowRules === 0) return 'No Allow rule of the role is valid now.'
  if (users !== 0) return undefined
  return 'No Allow rule that is valid now matches a user who is enabled, not protected, and not matched by a Deny rule.'
}

/** Says how many users a role reaches now, and how many it would reach if it were active. */
export function reachInWords(
  role: Stateful,
  { Allowed, Denied, AllowedWhenActive }: ReachTotals,
): string {
  const users = (Allowed + Denied).toLocaleString()
  const closed = closedInWords(role)
  if (closed === undefined || AllowedWhenActive === undefined)
    return `The role reaches ${Allowed.toLocaleString()} of ${users} users.`
  return `The role ${closed}, so it reaches 0 of ${users} users. If it were active, it would reach ${AllowedWhenActive.toLocaleString()}.`
}
