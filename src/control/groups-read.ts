/**
 * Actions of WorkMail's API that read groups.
 *
 * @module
 */

import { foldGroupName, type Group, type NamedGroup } from '../model/group.ts'
import { foldName, type GroupId, type UserId } from '../model/identity.ts'
import type { GroupMember } from '../store/store.ts'
import { type Action, action, type Call } from './action.ts'
import * as contract from './contract/groups.ts'
import { ApiError } from './errors.ts'
import { findGroup, findNamedGroup } from './group-targets.ts'
import { cut, pageOf } from './paging.ts'
import { invalid } from './problems.ts'
import { findUser } from './targets.ts'
import { nameOf, stateOf } from './users-read.ts'
import { upper } from './wire.ts'

const GROUPS = 'Groups'
const MEMBERS = 'Members'

const listGroups = action(
  contract.listGroups,
  async ({ ports, organization }, { Filters = {}, ...input }) => {
    const groups = (await ports.store.groups(organization.id)).filter(filterOf(Filters))
    const { entries, ...next } = pageById(groups, input)
    return { Groups: entries.map(summaryOf), ...next }
  },
)

const describeGroup = action(contract.describeGroup, async (call, { GroupId }) => {
  const { Id, ...group } = summaryOf(await findNamedGroup(call, GroupId))
  return { GroupId: Id, ...group }
})

const listGroupMembers = action(contract.listGroupMembers, async (call, { GroupId, ...input }) => {
  const { after = '', limit } = pageOf(MEMBERS, input)
  const members = membersOf(await findGroup(call, GroupId)).filter(one => keyOf(one) > after)
  const { entries, ...next } = cut(MEMBERS, members, limit, keyOf)
  return { Members: await Promise.all(entries.map(one => memberOnWire(call, one))), ...next }
})

const listGroupsForEntity = action(
  contract.listGroupsForEntity,
  async (call, { EntityId, Filters = {}, ...input }) => {
    const member = await findMember(call, EntityId)
    const groups = await call.ports.store.groupsWith(call.organization.id, member)
    const { GroupNamePrefix: prefix = '' } = Filters
    const { entries, ...next } = pageById(groups.filter(named(prefix)), input)
    return { Groups: entries.map(({ id, name }) => ({ GroupId: id, GroupName: name })), ...next }
  },
)

export const GROUP_READ_ACTIONS: readonly Action[] = [
  listGroups,
  describeGroup,
  listGroupMembers,
  listGroupsForEntity,
]

function pageById(groups: readonly NamedGroup[], input: Parameters<typeof pageOf>[1]) {
  const { after = '', limit } = pageOf(GROUPS, input)
  const rest = groups.filter(({ id }) => id > after).sort((a, b) => (a.id < b.id ? -1 : 1))
  return cut(GROUPS, rest, limit, ({ id }) => id)
}

/** Returns a group in WorkMail's form. There, only a group with an address is enabled. */
const summaryOf = ({ id, name, primarySmtpAddress }: NamedGroup) => ({
  Id: id,
  ...(primarySmtpAddress !== undefined && { Email: primarySmtpAddress }),
  Name: name,
  State: stateOf(primarySmtpAddress !== undefined),
})

const membersOf = ({ users, groups }: Group): readonly GroupMember[] => [
  ...groups.map((id: GroupId) => ({ kind: 'group', id }) as const),
  ...users.map((id: UserId) => ({ kind: 'user', id }) as const),
]

const keyOf = ({ kind, id }: GroupMember) => `${kind} ${id}`

async function memberOnWire({ ports, organization }: Call, member: GroupMember) {
  const gone = { Id: member.id, Type: upper(member.kind), State: 'DELETED' as const }
  if (member.kind === 'user') {
    const user = await ports.store.user(organization.id, member.id)
    return user ? { ...gone, Name: nameOf(user), State: stateOf(user.enabled) } : gone
  }
  const [group] = await ports.store.groupsById(organization.id, [member.id])
  return group ? { ...gone, Name: group.name, State: summaryOf(group).State } : gone
}

async function findMember(call: Call, identifier: string): Promise<GroupMember> {
  const isUnknown = (error: unknown) =>
    error instanceof ApiError && error.type === 'EntityNotFoundException'
  try {
    return { kind: 'user', id: (await findUser(call, identifier)).id }
  } catch (error) {
    if (!isUnknown(error)) throw error
    return { kind: 'group', id: (await findNamedGroup(call, identifier)).id }
  }
}

type Filters = Readonly<{ NamePrefix?: string; PrimaryEmailPrefix?: string; State?: string }>

/**
 * Returns the predicate of a filter.
 *
 * @throws ApiError InvalidParameterException for several filters, as WorkMail does
 */
function filterOf(filters: Filters): (group: NamedGroup) => boolean {
  const names = Object.keys(filters)
  if (names.length > 1)
    throw invalid(`Filters must have at most one filter, not ${names.join(' and ')}`)
  const { NamePrefix: prefix = '', PrimaryEmailPrefix: email, State } = filters
  if (email !== undefined)
    return ({ primarySmtpAddress }) =>
      primarySmtpAddress !== undefined && foldName(primarySmtpAddress).startsWith(foldName(email))
  if (State !== undefined) return group => summaryOf(group).State === State
  return named(prefix)
}

const named = (prefix: string) => {
  const folded = foldGroupName(prefix)
  return ({ name }: NamedGroup) => foldGroupName(name).startsWith(folded)
}
