/**
 * Actions that list which principals can act as which users, across roles.
 *
 * @module
 */

import { setImmediate } from 'node:timers/promises'
import type { GroupId, User } from '../model/identity.ts'
import type { Principal } from '../model/principal.ts'
import { type ImpersonationRole, isLocked, type RoleId } from '../model/role.ts'
import { canAssume } from '../policy/assumers.ts'
import { type Action, action, type Call } from './action.ts'
import * as contract from './contract/role-access.ts'
import { lastUses } from './history.ts'
import { effectOn } from './role-effect.ts'
import { findRole } from './roles.ts'
import { findUser } from './targets.ts'

/** Number of roles after which the call yields to other requests. */
const BATCH = 50

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
  const [roles, principals, used] = await Promise.all([
    ports.store.roles(organization.id),
    ports.store.principals(organization.id),
    lastUses(call, 'role', [{ property: 'mailbox', values: [user.id], not: false }]),
  ])
  const names = new Map((await ports.store.groups(organization.id)).map(one => [one.id, one.name]))
  const access: (ReturnType<typeof accessOf> & ReturnType<typeof used>)[] = []
  for (const role of roles) {
    if (access.length % BATCH === BATCH - 1) await setImmediate()
    const shown = accessOf(call, role, user, { principals, names })
    access.push({ ...shown, ...used(role.id) })
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
    const assumers = assumersOf(principals, id)
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
  Locked: isLocked(role.lock, at),
  DateModified: role.modifiedAt / 1_000,
})

/** All principals, and the names of all groups. */
type Lookups = Readonly<{
  principals: readonly Principal[]
  names: ReadonlyMap<GroupId, string>
}>

function accessOf(call: Call, role: ImpersonationRole, user: User, { principals, names }: Lookups) {
  const { effect, matchedRules, matchedGroups } = effectOn(call, role, user)
  return {
    ImpersonationRoleId: role.id,
    Name: role.name,
    Type: role.type,
    Locked: isLocked(role.lock, call.at),
    Effect: effect,
    MatchedRules: matchedRules.map(rule => ({
      ImpersonationRuleId: rule.id,
      ...(rule.name !== undefined && { Name: rule.name }),
      Effect: rule.effect,
    })),
    ...(matchedGroups && {
      MatchedGroups: matchedGroups.map(id => {
        const name = names.get(id)
        return { GroupId: id, ...(name !== undefined && { Name: name }) }
      }),
    }),
    Principals: assumersOf(principals, role.id),
  }
}

const assumersOf = (principals: readonly Principal[], role: RoleId) =>
  principals
    .filter(({ enabled, policy, organizationId: id }) => enabled && canAssume(policy, id, role))
    .map(({ id, name }) => ({ PrincipalId: id, Name: name }))
