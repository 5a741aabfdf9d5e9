/**
 * Users that are protected, also through groups, in SQL.
 *
 * A deleted group protects its last members, as groups do in other rules that deny.
 *
 * @module
 */

import type { GroupId, OrganizationId, UserId } from '../model/identity.ts'
import type { ProtectedMembers } from '../model/protection.ts'
import { chunks } from './chunks.ts'
import { readProtection } from './protection.ts'
import type { Database } from './tables.ts'

export async function readProtectedMembers(
  db: Database,
  organization: OrganizationId,
): Promise<ProtectedMembers> {
  const protection = await readProtection(db, organization)
  const users = new Set(protection.users)
  const below = new Set(protection.groups)
  let level: readonly GroupId[] = protection.groups
  while (level.length > 0) {
    const next = new Set<GroupId>()
    for (const some of chunks(level))
      for (const { kind, member_id } of await membersOf(db, organization, some)) {
        // A member of an unknown kind can be either.
        if (kind !== 'group') users.add(member_id as UserId)
        if (kind !== 'user' && !below.has(member_id as GroupId)) next.add(member_id as GroupId)
      }
    for (const id of next) below.add(id)
    level = [...next]
  }
  return { users, groups: await liveIn(db, organization, [...below]) }
}

const membersOf = (db: Database, organization: OrganizationId, groups: readonly GroupId[]) =>
  db
    .selectFrom('group_members')
    .select(['kind', 'member_id'])
    .where('organization_id', '=', organization)
    .where('group_id', 'in', groups)
    .execute()

async function liveIn(
  db: Database,
  organization: OrganizationId,
  groups: readonly GroupId[],
): Promise<ReadonlySet<GroupId>> {
  const live = new Set<GroupId>()
  for (const some of chunks(groups)) {
    const rows = await db
      .selectFrom('groups')
      .select('id')
      .where('organization_id', '=', organization)
      .where('deleted', '=', 0)
      .where('id', 'in', some)
      .execute()
    for (const { id } of rows) live.add(id)
  }
  return live
}
