/**
 * Actions that show the users in a group, and where the group is used.
 *
 * @module
 */

import type { GroupId } from '../model/identity.ts'
import { rulesNaming } from '../policy/naming.ts'
import type { UserInGroup } from '../store/store.ts'
import { type Action, action, type Call } from './action.ts'
import * as contract from './contract/groups.ts'
import { findGroup, findNamedGroup, groupsOnWire } from './group-targets.ts'
import { versionOfGroup } from './groups-write.ts'
import { pageOf, tokenAfter } from './paging.ts'
import { stateOf } from './users-read.ts'
import { keyOf, placeOf } from './users-search.ts'

const USERS = 'GroupUsers'

const searchGroupUsers = action(
  contract.searchGroupUsers,
  async (call, { GroupId, Text = '', ...input }) => {
    const { after, limit } = pageOf(USERS, input)
    const { store } = call.ports
    const { id } = await findNamedGroup(call, GroupId)
    const page = { limit, ...(after !== undefined && { after: placeOf(after) }) }
    const { members, total, next } = await store.groupUsers(call.organization.id, id, Text, page)
    return {
      Users: members.map(onWire),
      Total: total,
      ...(next && { NextToken: tokenAfter(USERS, keyOf(next)) }),
    }
  },
)

const describeGroupUse = action(contract.describeGroupUse, async (call, { GroupId }) => {
  const { store } = call.ports
  const group = await findGroup(call, GroupId)
  const { id, name, primarySmtpAddress, unreadable } = group
  const above = await groupsAbove(call, id)
  const named = new Set([id, ...above.all])
  const roles = await store.roles(call.organization.id)
  const wire = async (ids: readonly GroupId[] = []) =>
    await groupsOnWire(
      call,
      ids.filter(one => named.has(one)),
    )
  return {
    GroupId: id,
    Name: name,
    ...(primarySmtpAddress !== undefined && { PrimarySmtpAddress: primarySmtpAddress }),
    Users: group.users.length,
    Groups: await groupsOnWire(call, group.groups),
    ...(unreadable && { Unreadable: unreadable }),
    Version: versionOfGroup(group),
    MemberOf: await groupsOnWire(call, above.direct),
    Rules: await Promise.all(
      roles.flatMap(role =>
        rulesNaming(role, named).map(async rule => ({
          ImpersonationRoleId: role.id,
          RoleName: role.name,
          ImpersonationRuleId: rule.id,
          ...(rule.name !== undefined && { RuleName: rule.name }),
          Effect: rule.effect,
          TargetGroups: await wire(rule.targetGroups),
          NotTargetGroups: await wire(rule.notTargetGroups),
        })),
      ),
    ),
  }
})

export const GROUP_USE_ACTIONS: readonly Action[] = [searchGroupUsers, describeGroupUse]

/** Returns the groups that contain a group, directly, and in all also through other groups. */
async function groupsAbove({ ports, organization }: Call, group: GroupId) {
  const holdersOf = async (id: GroupId) =>
    (await ports.store.groupsWith(organization.id, { kind: 'group', id })).map(one => one.id)
  const direct = await holdersOf(group)
  const all = new Set(direct)
  // The set grows during the loop.
  for (const id of all) for (const holder of await holdersOf(id)) all.add(holder)
  return { direct, all }
}

const onWire = ({ id, user, deleted }: UserInGroup) => ({
  UserId: id,
  ...(user && { Email: user.primarySmtpAddress }),
  ...(user?.displayName !== undefined && { DisplayName: user.displayName }),
  State: user && !deleted ? stateOf(user.enabled) : ('DELETED' as const),
})
