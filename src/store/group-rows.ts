/**
 * Rows of groups and of their members, in SQL.
 *
 * @module
 */

import { setImmediate } from 'node:timers/promises'
import { foldGroupName, type Group } from '../model/group.ts'
import { foldName, type GroupId, type OrganizationId } from '../model/identity.ts'
import { chunks } from './chunks.ts'
import type { KnownGroup } from './group-plan.ts'
import type { GroupMember } from './store.ts'
import type { GroupTable, Replaced, WholeRow } from './tables.ts'
import type { Change } from './versions.ts'

export async function writeGroupRows(
  change: Change,
  organization: OrganizationId,
  groups: readonly KnownGroup[],
): Promise<void> {
  for (const some of chunks(groups)) {
    await change
      .insertInto('groups')
      .values(some.map(known => rowOf(organization, known)))
      .onConflict(conflict =>
        conflict.columns(['organization_id', 'id']).doUpdateSet(
          row =>
            ({
              name: row.ref('excluded.name'),
              folded_name: row.ref('excluded.folded_name'),
              primary_smtp_address: row.ref('excluded.primary_smtp_address'),
              folded_address: row.ref('excluded.folded_address'),
              deleted: row.ref('excluded.deleted'),
            }) satisfies Replaced<GroupTable>,
        ),
      )
      .execute()
    await setImmediate()
  }
}

/**
 * Writes the members of a group. Writes only the differences, because large groups change little. Removes members of
 * unknown kinds, because the group has all of its members.
 */
export async function writeMembers(
  change: Change,
  organization: OrganizationId,
  before: Group | undefined,
  after: Group,
): Promise<void> {
  for (const kind of ['user', 'group'] as const) {
    const [was, is] = [membersOf(before, kind), membersOf(after, kind)]
    const [gone, come] = [[...was].filter(id => !is.has(id)), [...is].filter(id => !was.has(id))]
    await removeMembers(change, organization, after.id, kind, gone)
    await addMembers(change, organization, after.id, kind, come)
  }
  if (before?.unreadable)
    await change
      .deleteFrom('group_members')
      .where('organization_id', '=', organization)
      .where('group_id', '=', after.id)
      .where('kind', 'not in', ['user', 'group'])
      .execute()
}

const membersOf = (group: Group | undefined, kind: GroupMember['kind']): ReadonlySet<string> =>
  new Set<string>(kind === 'user' ? group?.users : group?.groups)

async function removeMembers(
  change: Change,
  organization: OrganizationId,
  group: GroupId,
  kind: GroupMember['kind'],
  members: readonly string[],
) {
  for (const ids of chunks(members)) {
    await change
      .deleteFrom('group_members')
      .where('organization_id', '=', organization)
      .where('group_id', '=', group)
      .where('kind', '=', kind)
      .where('member_id', 'in', ids)
      .execute()
    await setImmediate()
  }
}

async function addMembers(
  change: Change,
  organization: OrganizationId,
  group: GroupId,
  kind: GroupMember['kind'],
  members: readonly string[],
) {
  const rows = members.map(id => ({
    organization_id: organization,
    group_id: group,
    kind,
    member_id: id,
  }))
  for (const some of chunks(rows)) {
    await change.insertInto('group_members').values(some).execute()
    await setImmediate()
  }
}

const rowOf = (
  organization: OrganizationId,
  { group, deleted }: KnownGroup,
): WholeRow<GroupTable> => ({
  organization_id: organization,
  id: group.id,
  name: group.name,
  folded_name: foldGroupName(group.name),
  primary_smtp_address: group.primarySmtpAddress ?? null,
  folded_address:
    group.primarySmtpAddress === undefined ? null : foldName(group.primarySmtpAddress),
  deleted: Number(deleted),
})
