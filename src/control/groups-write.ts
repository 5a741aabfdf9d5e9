/**
 * The actions that find groups and change them.
 *
 * An id belongs to a group for ever: one that is made again under its name or address has it.
 *
 * @module
 */

import { foldGroupName, type Group, type NamedGroup } from '../model/group.ts'
import { groupId } from '../model/identity.ts'
import { ConflictError, type GroupDraft } from '../store/store.ts'
import { type Action, action, type Call } from './action.ts'
import { replace, versionOf } from './concurrency.ts'
import * as contract from './contract/groups.ts'
import { findGroup, findGroupIds } from './group-targets.ts'
import { cut, pageOf } from './paging.ts'
import { invalid } from './problems.ts'
import { findUserIds } from './targets.ts'

const SEARCH = 'SearchGroups'
/** Of a name, for a token that is not too long. */
const KEY_LENGTH = 100
/** Members that a change names in the audit. */
const SHOWN = 1_000

const searchGroups = action(
  contract.searchGroups,
  async ({ ports, organization }, { Text = '', ...input }) => {
    const { after = '', limit } = pageOf(SEARCH, input)
    const found = (await ports.store.groups(organization.id))
      .filter(group => isMeant(group, foldGroupName(Text)))
      .map(group => ({ group, key: keyOf(group) }))
      .filter(({ key }) => key > after)
      .sort((a, b) => (a.key < b.key ? -1 : 1))
    const { entries, ...next } = cut(SEARCH, found, limit, ({ key }) => key)
    return { Groups: entries.map(({ group }) => foundOnWire(group)), ...next }
  },
)

const getGroup = action(contract.getGroup, async (call, { GroupId }) =>
  onWire(await findGroup(call, GroupId)),
)

const putGroup = action(contract.putGroup, async (call, { ExpectedVersion, ...input }) => {
  const { GroupId: id } = input
  if (ExpectedVersion !== undefined && id === undefined)
    throw invalid('GroupId must be given where ExpectedVersion is')
  const { before, after } =
    ExpectedVersion === undefined || id === undefined
      ? await putAnyway(call, input)
      : await replace({
          expected: ExpectedVersion,
          read: () => findGroup(call, id),
          versionOf: versionOfGroup,
          write: async present => await put(call, await draftOf(call, input, present)),
        })
  call.changed(before && shownOf(before), shownOf(after, before))
  return { GroupId: after.id, Version: versionOfGroup(after) }
})

const deleteGroup = action(contract.deleteGroup, async (call, { GroupId }) => {
  const before = await findGroup(call, GroupId)
  await call.ports.store.deleteGroup(call.organization.id, before.id)
  call.changed(shownOf(before), undefined)
  return {}
})

export const GROUP_WRITE_ACTIONS: readonly Action[] = [
  searchGroups,
  getGroup,
  putGroup,
  deleteGroup,
]

type Fields = Readonly<{
  GroupId?: string
  Name: string
  PrimarySmtpAddress?: string
  Users?: readonly string[]
  Groups?: readonly string[]
}>

/** @param before - whoever is in it may be named again by id, even where nobody knows them any more */
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

/** Whichever group the draft turns out to be: for the audit, that one is looked for first. */
async function putAnyway(call: Call, input: Fields) {
  const { store } = call.ports
  const { id: organization } = call.organization
  const named = await store.groupsNamed(organization, input.Name)
  const id = input.GroupId === undefined ? named[0]?.id : groupId(input.GroupId)
  const known = id && (await store.group(organization, id))
  const after = await put(call, await draftOf(call, input, known))
  return { before: known?.id === after.id ? known : undefined, after }
}

async function put({ ports, organization }: Call, draft: GroupDraft): Promise<Group> {
  try {
    return await ports.store.putGroup(organization.id, draft)
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error
    throw invalid(...error.conflicts.map(({ message }) => `The group: ${message}`))
  }
}

function isMeant({ name, primarySmtpAddress = '' }: NamedGroup, text: string): boolean {
  const folded = foldGroupName(name)
  return [folded, ...folded.split(/\s+/), foldGroupName(primarySmtpAddress)].some(word =>
    word.startsWith(text),
  )
}

const keyOf = ({ id, name }: NamedGroup) =>
  `${foldGroupName(name).slice(0, KEY_LENGTH).toWellFormed()} ${id}`

const versionOfGroup = ({ name, primarySmtpAddress, users, groups }: Group): string =>
  versionOf(name, primarySmtpAddress, users, groups)

const foundOnWire = ({ id, name, primarySmtpAddress }: NamedGroup) => ({
  GroupId: id,
  Name: name,
  ...(primarySmtpAddress !== undefined && { Email: primarySmtpAddress }),
})

const onWire = (group: Group) => ({
  GroupId: group.id,
  Name: group.name,
  ...(group.primarySmtpAddress !== undefined && { PrimarySmtpAddress: group.primarySmtpAddress }),
  Users: group.users,
  Groups: group.groups,
  Version: versionOfGroup(group),
})

/** Of a group without its members, which can be many, how many, and who came and went. */
function shownOf({ users, groups, ...group }: Group, before?: Group) {
  const shown = { ...group, users: users.length, groups: groups.length }
  if (before === undefined) return shown
  const [was, is] = [idsOf(before), idsOf({ users, groups })]
  return {
    ...shown,
    joined: [...is].filter(id => !was.has(id)).slice(0, SHOWN),
    left: [...was].filter(id => !is.has(id)).slice(0, SHOWN),
  }
}

const idsOf = ({ users, groups }: Pick<Group, 'users' | 'groups'>): ReadonlySet<string> =>
  new Set<string>([...users, ...groups])
