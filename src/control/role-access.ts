/**
 * Actions that list which principals can act as which users, across roles.
 *
 * @module
 */

import { setImmediate } from 'node:timers/promises'
import { type Actor, actorsOf } from '../decision/actors.ts'
import { countAllowRules, type ReachPolicy, reachOf, reachWhenActive } from '../decision/reach.ts'
import { stateOfRole } from '../decision/role-state.ts'
import { YieldTimer } from '../http/yield-timer.ts'
import type { User } from '../model/identity.ts'
import { type ImpersonationRole, isLocked, type RoleId } from '../model/role.ts'
import { isLimited, type Moment } from '../model/validity.ts'
import { type Action, action } from './action.ts'
import * as contract from './contract/role-access.ts'
import { groupNamer } from './group-targets.ts'
import { lastUses } from './history.ts'
import { credentialedPrincipals } from './holders.ts'
import { lockOnWire } from './locks.ts'
import { reachPolicyOf } from './protection.ts'
import { findRole } from './roles.ts'
import { findUser } from './targets.ts'
import { periodOnWire } from './time.ts'

const listSummaries = action(contract.listSummaries, async call => {
  const { ports, organization } = call
  const [roles, used] = await Promise.all([
    ports.store.roles(organization.id),
    lastUses(call, 'role', []),
  ])
  return { Roles: roles.map(role => ({ ...summaryOf(role, call), ...used(role.id) })) }
})

const listUserAccess = action(contract.listUserAccess, async (call, { UserId }) => {
  const user = await findUser(call, UserId)
  const { ports, organization } = call
  const [roles, principals, used, namesOf] = await Promise.all([
    ports.store.roles(organization.id),
    credentialedPrincipals(ports.store, organization.id),
    lastUses(call, 'role', [{ property: 'mailbox', values: [user.id], not: false }]),
    groupNamer(call),
  ])
  const policy = await reachPolicyOf(call)
  const lookups = { policy, actorsIn: actorsOf(principals, call), namesOf }
  const timer = new YieldTimer()
  const access: (ReturnType<typeof accessOf> & ReturnType<typeof used>)[] = []
  for (const role of roles) {
    if (timer.isDue) await setImmediate()
    access.push({ ...accessOf(role, user, lookups), ...used(role.id) })
  }
  return { Roles: access }
})

const listPrincipals = action(
  contract.listRolePrincipals,
  async (call, { ImpersonationRoleId }) => {
    const { id } = await findRole(call, ImpersonationRoleId)
    const [principals, used] = await Promise.all([
      credentialedPrincipals(call.ports.store, call.organization.id),
      lastUses(call, 'principal', [{ property: 'role', values: [id], not: false }]),
    ])
    const actors = actorsOf(principals, call)(id).map(actorOnWire)
    return { Principals: actors.map(one => ({ ...one, ...used(one.PrincipalId) })) }
  },
)

export const ROLE_ACCESS_ACTIONS: readonly Action[] = [
  listSummaries,
  listUserAccess,
  listPrincipals,
]

const summaryOf = (role: ImpersonationRole, moment: Moment) => ({
  ImpersonationRoleId: role.id,
  Name: role.name,
  Type: role.type,
  ...(role.description !== undefined && { Description: role.description }),
  Rules: role.rules.length,
  AllowRules: countAllowRules(role, moment),
  State: stateOfRole(role, moment),
  ...(isLimited(role) && { Period: periodOnWire(role) }),
  ...(role.lock && isLocked(role, moment.at) && { Lock: lockOnWire(role) }),
  DateModified: role.modifiedAt / 1_000,
})

/** All principals that can assume a role, the names of all groups, and the protected mailboxes. */
type Lookups = Readonly<{
  policy: ReachPolicy
  actorsIn: (role: RoleId) => readonly Actor[]
  namesOf: Awaited<ReturnType<typeof groupNamer>>
}>

function accessOf(role: ImpersonationRole, user: User, { policy, actorsIn, namesOf }: Lookups) {
  const { effect, reason, matchedRules, matchedGroups } = reachOf(policy, role, user)
  const state = stateOfRole(role, policy.moment)
  return {
    ImpersonationRoleId: role.id,
    Name: role.name,
    Type: role.type,
    State: state,
    ...(isLimited(role) && { Period: periodOnWire(role) }),
    Effect: effect,
    ...(reason !== undefined && { Reason: reason }),
    ...(state !== 'ACTIVE' && {
      AllowsWhenActive: reachWhenActive(policy, role, user).effect === 'ALLOW',
    }),
    MatchedRules: matchedRules.map(rule => ({
      ImpersonationRuleId: rule.id,
      ...(rule.name !== undefined && { Name: rule.name }),
      Effect: rule.effect,
    })),
    ...(matchedGroups && { MatchedGroups: namesOf(matchedGroups) }),
    Principals: actorsIn(role.id).map(actorOnWire),
  }
}

const actorOnWire = ({ principal: { id, name }, state }: Actor) => ({
  PrincipalId: id,
  Name: name,
  State: state,
})
