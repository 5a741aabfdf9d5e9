/**
 * What a directory says of groups, as the groups that it makes.
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
import type { GroupEntry, Unfit } from './directory.ts'
import type { Drafted } from './drafts.ts'

type Grouped = Readonly<{ entryId: GroupId; draft: GroupDraft; members: readonly GroupId[] }>

/** Groups that can be taken together, with members as the store knows them. */
export type GroupFitting = Readonly<{
  drafts: readonly GroupDraft[]
  /** By the ids of their entries. */
  groupIds: ReadonlyMap<GroupId, GroupId>
  unfit: readonly Unfit[]
}>

/** Who is who by the ids of the directory, those included whom an import of users is to make. */
export function usersOfEntries(
  fit: readonly Drafted[],
  users: readonly User[],
): ReadonlyMap<UserId, UserId> {
  const ids = new Map(users.map(user => [foldName(user.primarySmtpAddress), user.id]))
  return new Map(
    fit.flatMap(({ entryId, draft }) => {
      const id = ids.get(foldName(draft.primarySmtpAddress))
      return id === undefined ? [] : [[entryId, id] as const]
    }),
  )
}

/**
 * Leaves out what contradicts, until the rest can be taken: first the address of a group, which it
 * can do without, then the group.
 *
 * @param userIds - as {@link usersOfEntries} gives them; whoever is not there is in no group
 * @param leaving - users who are about to be removed: until they are, they stay in their groups, for
 *   rules may keep others away from them by those
 */
export async function fittingGroups(
  organization: OrganizationId,
  entries: readonly GroupEntry[],
  known: Readonly<{
    userIds: ReadonlyMap<UserId, UserId>
    groupIds: ReadonlyMap<GroupId, GroupId>
    leaving: readonly User[]
  }>,
  store: GroupStore,
): Promise<GroupFitting> {
  const unfit: Unfit[] = []
  let fit = entries.map(entry => groupedOf(entry, known))
  let plan: GroupPlan | undefined
  while (plan === undefined) {
    const drafts = fit.map(({ draft }) => draft)
    try {
      plan = await store.importGroups(organization, drafts, { dryRun: true, deleteMissing: true })
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error
      const conflicts = Map.groupBy(error.conflicts, ({ index }) => index)
      fit = fit.flatMap((one, index) => {
        const found = conflicts.get(index) ?? []
        for (const { message } of found) unfit.push(unfitOf(one, message))
        return found.length === 0 ? [one] : withoutAddress(one)
      })
    }
  }
  const groupIds = idsOf(fit, [
    ...(await store.groups(organization)),
    ...plan.created,
    ...plan.updated,
  ])
  const staying = await groupsOfLeaving(organization, known.leaving, store)
  return {
    drafts: fit.map(({ entryId, draft, members }) => ({
      ...draft,
      users: [...draft.users, ...(staying.get(groupIds.get(entryId) ?? entryId) ?? [])],
      groups: members.flatMap(member => groupIds.get(member) ?? []),
    })),
    groupIds,
    unfit,
  }
}

function groupedOf(
  { entryId, name, primarySmtpAddress, users, groups }: GroupEntry,
  { userIds, groupIds }: Parameters<typeof fittingGroups>[2],
): Grouped {
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

function withoutAddress({ draft, ...grouped }: Grouped): Grouped[] {
  const { primarySmtpAddress, ...rest } = draft
  return primarySmtpAddress === undefined ? [] : [{ ...grouped, draft: rest }]
}

const unfitOf = ({ draft }: Grouped, message: string): Unfit => ({
  who: `the group ${draft.name}`,
  problem: message.replace('another row', 'another group'),
})

function idsOf(
  fit: readonly Grouped[],
  groups: readonly NamedGroup[],
): ReadonlyMap<GroupId, GroupId> {
  const ids = new Map(groups.map(({ name, id }) => [foldGroupName(name), id]))
  return new Map(
    fit.flatMap(({ entryId, draft }) => {
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
