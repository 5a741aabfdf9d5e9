/**
 * Actions that read and replace the protected mailboxes of an organization.
 *
 * @module
 */

import type { ReachPolicy } from '../decision/reach.ts'
import type { GroupId, UserId } from '../model/identity.ts'
import { without } from '../model/members.ts'
import { NO_PROTECTION, type Protection } from '../model/protection.ts'
import { roleId } from '../model/role.ts'
import { type Action, action, type Call } from './action.ts'
import { replace, versionOf } from './concurrency.ts'
import * as contract from './contract/protection.ts'
import { findGroupIds, groupsOnWire } from './group-targets.ts'
import type { SnapshotData } from './policy-snapshot.ts'
import { invalid } from './problems.ts'
import { findRole } from './roles.ts'
import { findUserIds } from './targets.ts'

const getProtection = action(contract.getProtection, async call => {
  const { ports, organization } = call
  const protection = await ports.store.protection(organization.id)
  const { opaqueIds } = organization
  return {
    Users: await usersOnWire(call, protection.users),
    Groups: await groupsOnWire(call, protection.groups),
    Exceptions: protection.exceptions.map(({ roleId, notAfter, reason }) => ({
      ImpersonationRoleId: roleId,
      NotAfter: notAfter / 1_000,
      Reason: reason,
    })),
    OpaqueIds: opaqueIds === 'allow' ? opaqueIds : ('refuse' as const),
    ...(protection.unreadable && { Unreadable: protection.unreadable }),
    Version: versionOf(protection),
  }
})

const putProtection = action(contract.putProtection, async (call, input) => {
  const { ports, organization } = call
  const { before, after } = await replace({
    expected: input.ExpectedVersion,
    read: () => ports.store.protection(organization.id),
    versionOf: present => versionOf(present),
    write: async present => {
      const protection = await protectionOf(call, input, present)
      await ports.store.putProtection(organization.id, protection)
      return protection
    },
  })
  call.changed(before, after)
  return { Version: versionOf(after) }
})

export const PROTECTION_ACTIONS: readonly Action[] = [getProtection, putProtection]

type Input = Readonly<{
  Users: readonly string[]
  Groups?: readonly string[]
  Exceptions?: readonly Readonly<{
    ImpersonationRoleId: string
    NotAfter: number
    Reason: string
  }>[]
}>

/**
 * Returns the protected mailboxes of an input.
 *
 * @param before - its users, groups, and exceptions are accepted even if they no longer exist or have ended
 */
async function protectionOf(
  call: Call,
  { Users, Groups = [], Exceptions = [] }: Input,
  before: Protection,
): Promise<Protection> {
  const most = call.ports.limits.targetsPerList
  for (const [name, { length }] of Object.entries({ Users, Groups, Exceptions }))
    if (length > most) throw invalid(`${name} must be a list of at most ${most} entries`)
  const users = await findUserIds(call, Users, new Set(before.users))
  const groups = await findGroupIds(call, Groups, new Set(before.groups))
  const exceptions: Protection['exceptions'][number][] = []
  for (const { ImpersonationRoleId, NotAfter, Reason } of Exceptions) {
    const notAfter = NotAfter * 1_000
    const isKept = before.exceptions.some(
      exception => exception.roleId === ImpersonationRoleId && exception.notAfter === notAfter,
    )
    if (!isKept) {
      await findRole(call, ImpersonationRoleId)
      if (notAfter <= call.at) throw invalid('NotAfter of an exception must be in the future')
    }
    exceptions.push({ roleId: roleId(ImpersonationRoleId), notAfter, reason: Reason })
  }
  return {
    ...without(before, ['unreadable']),
    users: idsOf<UserId>(users),
    groups: idsOf<GroupId>(groups),
    exceptions,
  }
}

/** Returns what decides on the reach of every role, in the current state of the store. */
export async function reachPolicyOf(call: Call): Promise<ReachPolicy> {
  const { ports, organization } = call
  return { organization, protection: await ports.store.protection(organization.id), moment: call }
}

/** Returns the same in a snapshot. */
export async function reachPolicyIn(call: Call, data: SnapshotData): Promise<ReachPolicy> {
  const protection = (await data.read('protection', 'list')) ?? NO_PROTECTION
  return { organization: call.organization, protection, moment: call }
}

/** Returns the IDs in an order that doesn't depend on the request. */
const idsOf = <Id extends string>(ids: ReadonlyMap<string, Id>): readonly Id[] =>
  [...new Set(ids.values())].sort()

async function usersOnWire({ ports, organization }: Call, ids: readonly UserId[]) {
  const users = await ports.store.usersById(organization.id, ids)
  return ids.map((id, n) => {
    const address = users[n]?.primarySmtpAddress
    return { UserId: id, ...(address !== undefined && { PrimarySmtpAddress: address }) }
  })
}
