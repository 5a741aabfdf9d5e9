/**
 * Actions that list which principals can act as which users, across roles.
 *
 * @module
 */

import { setImmediate } from 'node:timers/promises'
import { type ReachPolicy, reachOf } from '../decision/reach.ts'
import { YieldTimer } from '../http/yield-timer.ts'
import type { User } from '../model/identity.ts'
import type { Principal } from '../model/principal.ts'
import { type ImpersonationRole, isLocked, type RoleId } from '../model/role.ts'
import { assumerOf } from '../policy/assumers.ts'
import { type Action, action, type Call } from './action.ts'
import * as contract from './contract/role-access.ts'
import { groupNamer } from './group-targets.ts'
import { lastUses } from './history.ts'
import { reachPolicyOf } from './protection.ts'
import { findRole } from './roles.ts'
import { findUser } from './targets.ts'

const listSummaries = action(contract.listSummaries, async call => {
  const { ports, organization, at } = call
  const [roles, used] = await Promise.all([
    ports.store.roles(organization.id),
    lastUses(call, 'role', []),
  ])
  return { Roles: roles.map(role => ({ ...summaryOf(role, at), ...used(role.id) })) }
})

const listUserAccess = action(contract.listUserAccess, async (call, { UserId }) => {
  const user = await findUser(call, UserId)
  const { ports, organization } = call
  const [roles, principals, used, namesOf] = await Promise.all([
    ports.store.roles(organization.id),
    ports.store.principals(organization.id),
    lastUses(call, 'role', [{ property: 'mailbox', values: [user.id], not: false }]),
    groupNamer(call),
  ])
  const policy = await reachPolicyOf(call)
  const lookups = { policy, assumers: principals.flatMap(assumersOf), namesOf }
  const timer = new YieldTimer()
  const access: (ReturnType<typeof accessOf> & ReturnType<typeof used>)[] = []
  for (const role of roles) {
    if (timer.isDue) await setImmediate()
    access.push({ ...accessOf(call, role, user, lookups), ...used(role.id) })
  }
  return { Roles: access }
})

const listPrincipals = action(
  contract.listRolePrincipals,
  async (call, { ImpersonationRoleId }) => {
    const { id } = await findRole(call, ImpersonationRoleId)
    const [principals, used] = await Promise.all([
      call.ports.store.principals(call.organization.id),
      lastUses(call, 'principal', [{ property: 'role', values: [id], not: false }]),
    ])
    const assumers = namesOfAssumers(principals.flatMap(assumersOf), id)
    return { Principals: assumers.map(one => ({ ...one, ...used(one.PrincipalId) })) }
  },
)

export const ROLE_ACCESS_ACTIONS: readonly Action[] = [
  listSummaries,
  listUserAccess,
  listPrincipals,
]

const summaryOf = (role: ImpersonationRole, at: number) => ({
  ImpersonationRoleId: role.id,
  Name: role.name,
  Type: role.type,
  ...(role.description !== undefined && { Description: role.description }),
  Rules: role.rules.length,
  AllowRules: role.rules.filter(({ effect }) => effect === 'ALLOW').length,
  Locked: isLocked(role, at),
  DateModified: role.modifiedAt / 1_000,
})

/** All enabled principals, the names of all groups, and the protected mailboxes. */
type Lookups = Readonly<{
  policy: ReachPolicy
  assumers: readonly Assumer[]
  namesOf: Awaited<ReturnType<typeof groupNamer>>
}>

function accessOf(
  call: Call,
  role: ImpersonationRole,
  user: User,
  { policy, assumers, namesOf }: Lookups,
) {
  const { effect, reason, matchedRules, matchedGroups } = reachOf(policy, role, user)
  return {
    ImpersonationRoleId: role.id,
    Name: role.name,
    Type: role.type,
    Locked: isLocked(role, call.at),
    Effect: effect,
    ...(reason !== undefined && { Reason: reason }),
    MatchedRules: matchedRules.map(rule => ({
      ImpersonationRuleId: rule.id,
      ...(rule.name !== undefined && { Name: rule.name }),
      Effect: rule.effect,
    })),
    ...(matchedGroups && { MatchedGroups: namesOf(matchedGroups) }),
    Principals: namesOfAssumers(assumers, role.id),
  }
}

/** A principal, and whether it can assume a role. */
type Assumer = Readonly<{ principal: Principal; mayAssume: ReturnType<typeof assumerOf> }>

const assumersOf = (principal: Principal): readonly Assumer[] =>
  principal.enabled
    ? [{ principal, mayAssume: assumerOf(principal.policy, principal.organizationId) }]
    : []

const namesOfAssumers = (assumers: readonly Assumer[], role: RoleId) =>
  assumers
    .filter(({ mayAssume }) => mayAssume(role))
    .map(({ principal: { id, name } }) => ({ PrincipalId: id, Name: name }))
