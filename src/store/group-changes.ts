/**
 * Changes of groups, in SQL.
 *
 * Every change is planned with all groups in memory, because there are few, and a change of one affects the users
 * of all groups inside it.
 *
 * @module
 */

import {
  type Group,
  type MembershipChange,
  membershipChange,
  unchangedMembers,
} from '../model/group.ts'
import type { GroupId, OrganizationId, UserId } from '../model/identity.ts'
import { type Subject, userSubject } from '../model/subject.ts'
import { concernedBy } from './group-effects.ts'
import { type KnownGroup, membersOf, type Plan, planGroups } from './group-plan.ts'
import { writeGroupRows, writeMembers } from './group-rows.ts'
import { readGroup, readKnownGroups } from './groups.ts'
import { subjectsOfUser } from './plan.ts'
import { type GroupDraft, type GroupPlan, type PutGroup, writesAnything } from './store.ts'
import type { Database } from './tables.ts'
import { readStoredUsersById } from './users.ts'
import { type Change, changeOrganization, MAX_SUBJECTS, raiseVersion } from './versions.ts'

/** Returns the result that an import would have, without importing. */
export async function dryRunGroups(
  db: Database,
  organization: OrganizationId,
  drafts: readonly GroupDraft[],
): Promise<GroupPlan> {
  return resultOf(planGroups(await readKnownGroups(db, organization), drafts))
}

/**
 * Imports groups, all or nothing. Most imports change nothing, which is determined without the lock.
 *
 * @param readers - database connection whose reads don't wait for writers
 */
export async function importGroups(
  db: Database,
  now: number,
  readers: Database,
  organization: OrganizationId,
  drafts: readonly GroupDraft[],
  deleteMissing: boolean,
): Promise<GroupPlan> {
  const plan = await dryRunGroups(readers, organization, drafts)
  if (!writesAnything(plan, deleteMissing)) return plan
  return await changeOrganization(db, organization, async change =>
    resultOf(await carryOut(change, now, organization, drafts, deleteMissing)),
  )
}

/** Creates or updates the group of one draft. @throws ConflictError */
export async function putGroup(
  db: Database,
  now: number,
  organization: OrganizationId,
  draft: GroupDraft,
): Promise<PutGroup> {
  return await changeOrganization(db, organization, async change => {
    const { drafted, members } = await carryOut(change, now, organization, [draft], false)
    const group = drafted[0] as Group
    const changed = members.find(({ groupId }) => groupId === group.id)
    return { group, members: changed ?? unchangedMembers(group.id) }
  })
}

/** Marks a group as deleted. Keeps its row and members, because rules can exclude users through it. */
export async function deleteGroup(
  db: Database,
  now: number,
  organization: OrganizationId,
  id: GroupId,
): Promise<MembershipChange | undefined> {
  return await changeOrganization(db, organization, async change => {
    if ((await readGroup(change, organization, id)) === undefined) return undefined
    const before = await readKnownGroups(change, organization)
    const known = before.find(({ group }) => group.id === id)
    if (known === undefined) return undefined
    await write(change, now, organization, before, { written: [], deleted: [known.group] })
    return membershipChange(id, membersOf(known), undefined)
  })
}

const resultOf = ({ drafted, ...result }: Plan): GroupPlan => result

async function carryOut(
  change: Change,
  now: number,
  organization: OrganizationId,
  drafts: readonly GroupDraft[],
  deleteMissing: boolean,
): Promise<Plan> {
  const before = await readKnownGroups(change, organization)
  const plan = planGroups(before, drafts)
  if (writesAnything(plan, deleteMissing))
    await write(change, now, organization, before, {
      written: [...plan.created, ...plan.updated],
      deleted: deleteMissing ? plan.missing : [],
    })
  return plan
}

type Changes = Readonly<{ written: readonly Group[]; deleted: readonly Group[] }>

/** Writes groups, and invalidates all users whose groups change. */
async function write(
  change: Change,
  now: number,
  organization: OrganizationId,
  before: readonly KnownGroup[],
  { written, deleted }: Changes,
): Promise<void> {
  const after = new Map(before.map(known => [known.group.id, known]))
  for (const group of deleted) after.set(group.id, { group, deleted: true })
  for (const group of written) after.set(group.id, { group, deleted: false })
  const known = new Map(before.map(({ group }) => [group.id, group]))

  await writeGroupRows(
    change,
    organization,
    [...deleted, ...written].flatMap(({ id }) => after.get(id) ?? []),
  )
  for (const group of written) await writeMembers(change, organization, known.get(group.id), group)
  const users = concernedBy(before, [...after.values()])
  await raiseVersion(change, organization, await subjectsOf(change, organization, users), now)
}

/**
 * Returns the subjects of users. The list may be incomplete if it has more subjects than a change can name, because
 * such a change invalidates all subjects.
 */
async function subjectsOf(
  change: Change,
  organization: OrganizationId,
  users: ReadonlySet<UserId>,
): Promise<readonly Subject[]> {
  const subjects = [...users].map(userSubject)
  if (subjects.length > MAX_SUBJECTS) return subjects
  const known = await readStoredUsersById(change, organization, [...users])
  return [...subjects, ...known.flatMap(({ user }) => subjectsOfUser(user))]
}
