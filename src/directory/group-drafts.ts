/**
 * Converts directory groups to drafts of groups.
 *
 * @module
 */

import { foldGroupName, type NamedGroup } from '../model/group.ts'
import {
  foldName,
  type GroupId,
  type OrganizationId,
  type User,
  type UserId,
} from '../model/identity.ts'
import { ConflictError, type GroupDraft, type GroupPlan, type GroupStore } from '../store/store.ts'
import type { GroupEntry, SkippedEntry } from './directory.ts'
import type { DraftedUser } from './drafts.ts'

type DraftedGroup = Readonly<{ entryId: GroupId; draft: GroupDraft; members: readonly GroupId[] }>

/** Groups that can be imported together, with user and group IDs of the store. */
export type UsableGroups = Readonly<{
  drafts: readonly GroupDraft[]
  /** Group IDs by the ID of the directory entry. */
  groupIds: ReadonlyMap<GroupId, GroupId>
  unfit: readonly SkippedEntry[]
}>

/** Returns user IDs by the ID of the directory entry, including users that an import will create. */
export function usersOfEntries(
  drafted: readonly DraftedUser[],
  users: readonly User[],
): ReadonlyMap<UserId, UserId> {
  const ids = new Map(users.map(user => [foldName(user.primarySmtpAddress), user.id]))
  return new Map(
    drafted.flatMap(({ entryId, draft }) => {
      const id = ids.get(foldName(draft.primarySmtpAddress))
      return id === undefined ? [] : [[entryId, id] as const]
    }),
  )
}

/**
 * Removes conflicting groups from the drafts, until the rest can be imported. If a group has an address, removes
 * the address first.
 *
 * @param known.userIds - user IDs by entry ID, from {@link usersOfEntries}
 * @param known.leaving - users who will be removed. They stay in their groups until then, because a rule can deny
 * access to them through a group
 */
export async function findUsableGroups(
  organization: OrganizationId,
  entries: readonly GroupEntry[],
  known: Readonly<{
    userIds: ReadonlyMap<UserId, UserId>
    groupIds: ReadonlyMap<GroupId, GroupId>
    leaving: readonly User[]
  }>,
  store: GroupStore,
): Promise<UsableGroups> {
  const unfit: SkippedEntry[] = []
  let drafted = entries.map(entry => draftOf(entry, known))
  let plan: GroupPlan | undefined
  while (plan === undefined) {
    const drafts = drafted.map(({ draft }) => draft)
    try {
      plan = await store.importGroups(organization, drafts, { dryRun: true, deleteMissing: true })
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error
      const conflicts = Map.groupBy(error.conflicts, ({ index }) => index)
      drafted = drafted.flatMap((one, index) => {
        const found = conflicts.get(index) ?? []
        for (const { message } of found) unfit.push(skippedEntryOf(one, message))
        return found.length === 0 ? [one] : withoutAddress(one)
      })
    }
  }
  const groupIds = idsOf(drafted, [
    ...(await store.groups(organization)),
    ...plan.created,
    ...plan.updated,
  ])
  const staying = await groupsOfLeaving(organization, known.leaving, store)
  return {
    drafts: drafted.map(({ entryId, draft, members }) => ({
      ...draft,
      users: [...draft.users, ...(staying.get(groupIds.get(entryId) ?? entryId) ?? [])],
      groups: members.flatMap(member => groupIds.get(member) ?? []),
    })),
    groupIds,
    unfit,
  }
}

function draftOf(
  { entryId, name, primarySmtpAddress, users, groups }: GroupEntry,
  { userIds, groupIds }: Parameters<typeof findUsableGroups>[2],
): DraftedGroup {
  const id = groupIds.get(entryId)
  const draft = {
    ...(id === undefined ? { ownId: entryId } : { id }),
    name,
    ...(primarySmtpAddress !== undefined && { primarySmtpAddress }),
    users: users.flatMap(user => userIds.get(user) ?? []),
    groups: [],
  }
  return { entryId, draft, members: groups }
}

/** Returns the group without its address, or nothing if it has no address. */
function withoutAddress({ draft, ...group }: DraftedGroup): DraftedGroup[] {
  const { primarySmtpAddress, ...rest } = draft
  return primarySmtpAddress === undefined ? [] : [{ ...group, draft: rest }]
}

const skippedEntryOf = ({ draft }: DraftedGroup, message: string): SkippedEntry => ({
  who: `the group ${draft.name}`,
  problem: message.replace('another row', 'another group'),
})

function idsOf(
  drafted: readonly DraftedGroup[],
  groups: readonly NamedGroup[],
): ReadonlyMap<GroupId, GroupId> {
  const ids = new Map(groups.map(({ name, id }) => [foldGroupName(name), id]))
  return new Map(
    drafted.flatMap(({ entryId, draft }) => {
      const id = ids.get(foldGroupName(draft.name))
      return id === undefined ? [] : [[entryId, id] as const]
    }),
  )
}

async function groupsOfLeaving(
  organization: OrganizationId,
  leaving: readonly User[],
  store: GroupStore,
): Promise<ReadonlyMap<GroupId, readonly UserId[]>> {
  const staying = new Map<GroupId, UserId[]>()
  for (const { id } of leaving)
    for (const group of await store.groupsWith(organization, { kind: 'user', id }))
      staying.set(group.id, [...(staying.get(group.id) ?? []), id])
  return staying
}
