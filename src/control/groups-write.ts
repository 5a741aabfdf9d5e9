/**
 * Actions that find groups and change them.
 *
 * An ID belongs to a group permanently. A group that is created again with the same name or address has the same ID.
 *
 * @module
 */

import {
  foldGroupName,
  type Group,
  type MembershipChange,
  type NamedGroup,
} from '../model/group.ts'
import { foldName, groupId } from '../model/identity.ts'
import { without } from '../model/members.ts'
import { ConflictError, type GroupDraft, type MemberCounts, type PutGroup } from '../store/store.ts'
import { type Action, action, type Call } from './action.ts'
import { replace, versionOf } from './concurrency.ts'
import * as contract from './contract/groups.ts'
import { ApiError } from './errors.ts'
import { findGroup, findGroupIds } from './group-targets.ts'
import { cut, pageOf } from './paging.ts'
import { keepingProtection } from './permissions.ts'
import { invalid, requireNone } from './problems.ts'
import { findUserIds } from './targets.ts'

const SEARCH = 'SearchGroups'
/** Maximum length of a group's name in a NextToken. */
const MAX_KEY_LENGTH = 100

const searchGroups = action(
  contract.searchGroups,
  async ({ ports, organization }, { Text = '', ...input }) => {
    const { after = '', limit } = pageOf(SEARCH, input)
    const groups = await ports.store.groups(organization.id)
    const found = groups
      .filter(group => matchesText(group, foldGroupName(Text)))
      .map(group => ({ group, key: keyOf(group) }))
      .filter(({ key }) => key > after)
      .sort((a, b) => (a.key < b.key ? -1 : 1))
    const { entries, ...next } = cut(SEARCH, found, limit, ({ key }) => key)
    const ids = entries.map(({ group }) => group.id)
    const counts = await ports.store.countMembers(organization.id, ids)
    return {
      Groups: entries.map(({ group }) => ({
        ...foundOnWire(group),
        Members: sumOf(counts.get(group.id)),
      })),
      Total: groups.length,
      ...next,
    }
  },
)

const putGroup = action(contract.putGroup, async (call, { ExpectedVersion, ...input }) => {
  const { GroupId: id } = input
  if (ExpectedVersion !== undefined && id === undefined)
    throw invalid('GroupId must be given if ExpectedVersion is')
  const { result, unprotected } = await keepingProtection(call, async () =>
    ExpectedVersion === undefined || id === undefined
      ? await putAnyway(call, input)
      : await replace({
          expected: ExpectedVersion,
          read: () => findGroup(call, id),
          versionOf: versionOfGroup,
          write: async present => await put(call, await draftOf(call, input, present)),
        }),
  )
  const { before, after } = result
  call.changed(before && shownOf(before), { ...shownOf(after.group, after.members), unprotected })
  return { GroupId: after.group.id, Version: versionOfGroup(after.group) }
})

const updateGroup = action(contract.updateGroup, async (call, { GroupId, ...changes }) => {
  const before = await findGroup(call, GroupId)
  requireReadable(before)
  const { Name, PrimarySmtpAddress } = changes
  const kept = PrimarySmtpAddress === undefined ? before : without(before, ['primarySmtpAddress'])
  const [users, groups] = [new Set(before.users), new Set(before.groups)]
  const usersOf = (named: readonly string[] = []) => findUserIds(call, named, users)
  const groupsOf = (named: readonly string[] = []) => findGroupIds(call, named, groups)
  const [leaving, left] = [await usersOf(changes.RemoveUsers), await groupsOf(changes.RemoveGroups)]
  const [joining, joined] = [await usersOf(changes.AddUsers), await groupsOf(changes.AddGroups)]
  for (const id of leaving.values()) users.delete(id)
  for (const id of left.values()) groups.delete(id)
  const { result: after, unprotected } = await keepingProtection(
    call,
    async () =>
      await put(call, {
        ...kept,
        ...(Name !== undefined && { name: Name }),
        ...(PrimarySmtpAddress && { primarySmtpAddress: PrimarySmtpAddress }),
        users: [...users, ...joining.values()],
        groups: [...groups, ...joined.values()],
      }),
  )
  const { group, members } = after
  call.changed(shownOf(before), { ...shownOf(group, members), unprotected })
  return { GroupId: group.id, Version: versionOfGroup(group) }
})

const deleteGroup = action(contract.deleteGroup, async (call, { GroupId }) => {
  const before = await findGroup(call, GroupId)
  const { result: members, unprotected } = await keepingProtection(
    call,
    async () => await call.ports.store.deleteGroup(call.organization.id, before.id),
  )
  call.changed({ ...shownOf(before), left: members?.left, unprotected }, undefined)
  return {}
})

export const GROUP_WRITE_ACTIONS: readonly Action[] = [
  searchGroups,

  putGroup,
  updateGroup,
  deleteGroup,
]

/**
 * Requires a group whose members are all understood. For any other, it is not known what a partial change would keep.
 *
 * @throws ApiError EntityStateException
 */
function requireReadable({ name, unreadable }: Group): void {
  if (unreadable === undefined) return
  throw new ApiError(
    'EntityStateException',
    `This version of the gateway does not understand all members of the group ${name}. Give all of them in EwsGateway.PutGroup, or change the group with the version that wrote it`,
  )
}

type Fields = Readonly<{
  GroupId?: string
  Name: string
  PrimarySmtpAddress?: string
  Users?: readonly string[]
  Groups?: readonly string[]
}>

/**
 * Returns the draft of a group from an input.
 *
 * @param before - existing group. Its members are accepted by ID even if they no longer exist
 */
async function draftOf(call: Call, input: Fields, before?: Group): Promise<GroupDraft> {
  const { Users = [], Groups = [], PrimarySmtpAddress } = input
  const users = await findUserIds(call, Users, new Set<string>(before?.users))
  const groups = await findGroupIds(call, Groups, new Set<string>(before?.groups))
  return {
    ...(input.GroupId !== undefined && { id: groupId(input.GroupId) }),
    name: input.Name,
    ...(PrimarySmtpAddress !== undefined && { primarySmtpAddress: PrimarySmtpAddress }),
    users: [...users.values()],
    groups: [...groups.values()],
  }
}

/** Creates or replaces a group without a version check. Reads the existing group first, for the audit record. */
async function putAnyway(call: Call, input: Fields) {
  if (input.GroupId === undefined) await requireFree(call, input)
  const before =
    input.GroupId === undefined
      ? undefined
      : await call.ports.store.group(call.organization.id, groupId(input.GroupId))
  return { before, after: await put(call, await draftOf(call, input, before)) }
}

/** Prevents that a new group replaces one with its name or address. @throws ApiError InvalidParameterException */
async function requireFree({ ports, organization }: Call, { Name, PrimarySmtpAddress }: Fields) {
  const ownerOf = async (text: string, isSame: (group: NamedGroup) => boolean) =>
    (await ports.store.groupsNamed(organization.id, text)).find(isSame)
  const folded = foldGroupName(Name)
  const named = await ownerOf(Name, ({ name }) => foldGroupName(name) === folded)
  const address = PrimarySmtpAddress && foldName(PrimarySmtpAddress)
  const addressed =
    address && (await ownerOf(address, one => foldName(one.primarySmtpAddress ?? '') === address))
  requireNone([
    ...(named ? [`Name must be unique: ${inUse(named)}`] : []),
    ...(addressed ? [`PrimarySmtpAddress must be unique: ${inUse(addressed)}`] : []),
  ])
}

const inUse = ({ id, name }: NamedGroup) =>
  `it is already in use by the group ${name}. To change that group, give its GroupId, ${id}`

async function put({ ports, organization }: Call, draft: GroupDraft): Promise<PutGroup> {
  try {
    return await ports.store.putGroup(organization.id, draft)
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error
    throw invalid(...error.conflicts.map(({ message }) => `The group: ${message}`))
  }
}

function matchesText({ name, primarySmtpAddress = '' }: NamedGroup, text: string): boolean {
  const folded = foldGroupName(name)
  return [folded, ...folded.split(/\s+/), foldGroupName(primarySmtpAddress)].some(word =>
    word.startsWith(text),
  )
}

const sumOf = ({ users, groups }: MemberCounts = { users: 0, groups: 0 }) => users + groups

const keyOf = ({ id, name }: NamedGroup) =>
  `${foldGroupName(name).slice(0, MAX_KEY_LENGTH).toWellFormed()} ${id}`

/** Returns a version that changes with the name, the address, and the members of a group. */
export const versionOfGroup = ({ name, primarySmtpAddress, users, groups }: Group): string =>
  versionOf(name, primarySmtpAddress, users, groups)

const foundOnWire = ({ id, name, primarySmtpAddress }: NamedGroup) => ({
  GroupId: id,
  Name: name,
  ...(primarySmtpAddress !== undefined && { Email: primarySmtpAddress }),
})

/** Returns a group for the audit record: the numbers of its members, and those that joined or left. */
const shownOf = ({ users, groups, ...group }: Group, members?: MembershipChange) => ({
  ...group,
  users: users.length,
  groups: groups.length,
  joined: members?.joined,
  left: members?.left,
})
