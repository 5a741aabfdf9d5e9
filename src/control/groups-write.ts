/**
 * The actions that find groups and change them.
 *
 * An id belongs to a group for ever: one that is made again under its name or address has it.
 *
 * @module
 */

import { foldGroupName, type Group, type NamedGroup } from '../model/group.ts'
import { groupId, isAddress, isGroupId } from '../model/identity.ts'
import { ConflictError, type GroupDraft } from '../store/store.ts'
import { type Action, action, type Call } from './action.ts'
import { replace, versionOf } from './concurrency.ts'
import { findGroup, findGroupIds } from './group-targets.ts'
import { cut, pageOf } from './paging.ts'
import { invalid } from './problems.ts'
import {
  entityIdentifierShape,
  expectedVersionShape,
  groupIdentifierShape,
  groupNameShape,
  list,
  maxResultsShape,
  nextTokenShape,
  organizationIdShape,
  searchTextShape,
  structure,
  textThat,
} from './shapes.ts'
import { findUserIds } from './targets.ts'

const service = 'EwsGateway'
const SEARCH = 'SearchGroups'
/** Of a name, for a token that is not too long. */
const KEY_LENGTH = 100
/** Members that a change names in the audit. */
const SHOWN = 1_000

const oneGroup = { OrganizationId: organizationIdShape, GroupId: groupIdentifierShape }

const searchGroups = action({
  service,
  name: SEARCH,
  summary:
    'Finds groups whose name, or a word of it, or address begins with Text, by name; without Text all.',
  audited: undefined,
  input: structure({
    OrganizationId: organizationIdShape,
    Text: searchTextShape.exactOptional(),
    NextToken: nextTokenShape.exactOptional(),
    MaxResults: maxResultsShape.exactOptional(),
  }),
  run: async ({ ports, organization }, { Text = '', ...input }) => {
    const { after = '', limit } = pageOf(SEARCH, input)
    const found = (await ports.store.groups(organization.id))
      .filter(group => isMeant(group, foldGroupName(Text)))
      .map(group => ({ group, key: keyOf(group) }))
      .filter(({ key }) => key > after)
      .sort((a, b) => (a.key < b.key ? -1 : 1))
    const { entries, ...next } = cut(SEARCH, found, limit, ({ key }) => key)
    return { Groups: entries.map(({ group }) => foundOnWire(group)), ...next }
  },
})

const getGroup = action({
  service,
  name: 'GetGroup',
  summary:
    'Gives a group, by id, name or address, with the ids of its direct members, and the Version that PutGroup expects.',
  audited: undefined,
  input: structure(oneGroup),
  run: async (call, { GroupId }) => onWire(await findGroup(call, GroupId)),
})

const putGroup = action({
  service,
  name: 'PutGroup',
  summary:
    'Changes the group of this GroupId, or creates one, or finds again one that was deleted; what is left out is cleared. Users are named as in rules, Groups by id, name or address. Gives GroupId and Version.',
  audited: 'change',
  byHand: true,
  input: structure({
    OrganizationId: organizationIdShape,
    GroupId: textThat(
      'the id of a group, a UUID in lower case or of the form S-1-1-…',
      isGroupId,
    ).exactOptional(),
    Name: groupNameShape,
    PrimarySmtpAddress: textThat('an address, like sales@example.com', isAddress).exactOptional(),
    Users: list(entityIdentifierShape, 'users').exactOptional(),
    Groups: list(groupIdentifierShape, 'groups').exactOptional(),
    ExpectedVersion: expectedVersionShape.exactOptional(),
  }),
  run: async (call, { ExpectedVersion, ...input }) => {
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
            write: async present =>
              await put(call, await draftOf(call, input, present), { replacing: present }),
          })
    call.changed(before && shownOf(before), shownOf(after, before))
    return { GroupId: after.id, Version: versionOfGroup(after) }
  },
})

const deleteGroup = action({
  service,
  name: 'DeleteGroup',
  summary:
    'Deletes a group, by id, name or address. Name and address stay with the id, and rules that keep its last members out by it still do.',
  audited: 'change',
  byHand: true,
  input: structure(oneGroup),
  run: async (call, { GroupId }) => {
    const before = await findGroup(call, GroupId)
    await call.ports.store.deleteGroup(call.organization.id, before.id)
    call.changed(shownOf(before), undefined)
    return {}
  },
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

async function put(
  { ports, organization }: Call,
  draft: GroupDraft,
  options: Readonly<{ replacing?: Group }> = {},
): Promise<Group> {
  try {
    return await ports.store.putGroup(organization.id, draft, options)
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
