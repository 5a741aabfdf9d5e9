/**
 * Lists the users in a group, and counts members, in SQL.
 *
 * @module
 */

import { sql } from 'kysely'
import { type GroupId, type OrganizationId, userId } from '../model/identity.ts'
import { chunks } from './chunks.ts'
import type { MemberCounts, MemberPage, SearchPage } from './store.ts'
import type { Database } from './tables.ts'
import { LAST, wordsOf } from './terms.ts'
import { userOf } from './users.ts'

/** Returns a page of the direct members that are users, ordered by primary address. */
export async function readGroupUsers(
  db: Database,
  organization: OrganizationId,
  group: GroupId,
  text: string,
  { after, limit }: SearchPage,
): Promise<MemberPage> {
  const members = membersWith(db, organization, group, wordsOf(text))
  const { total } = await members
    .select(({ fn }) => fn.countAll().as('total'))
    .executeTakeFirstOrThrow()
  // A user who was never in the store has only an ID.
  const term = sql<string>`coalesce(lower(users.primary_smtp_address), group_members.member_id)`
  const rows = await members
    .leftJoin('users', join =>
      join
        .onRef('users.organization_id', '=', 'group_members.organization_id')
        .on(sql`users.id`, '=', sql.ref('group_members.member_id')),
    )
    .selectAll('users')
    .select(['group_members.member_id', term.as('term')])
    .$if(after !== undefined, query =>
      query.where(
        sql<boolean>`(${term}, group_members.member_id) > (${after?.term}, ${after?.userId})`,
      ),
    )
    .orderBy('term')
    .orderBy('group_members.member_id')
    .limit(limit + 1)
    .execute()
  const found = rows.map(({ member_id, term, id, ...row }) => ({
    id: userId(member_id),
    term,
    ...(id !== null && { user: userOf({ ...row, id } as Parameters<typeof userOf>[0]) }),
    deleted: row.deleted === 1,
  }))
  const last = found.length > limit ? found[limit - 1] : undefined
  return {
    members: found.slice(0, limit),
    total: Number(total),
    ...(last && { next: { term: last.term, userId: last.id, scattered: false } }),
  }
}

/** Selects the members with a term that begins with each word. */
const membersWith = (
  db: Database,
  organization: OrganizationId,
  group: GroupId,
  words: readonly string[],
) =>
  words.reduce(
    (query, word) =>
      query.where('member_id', 'in', terms =>
        terms
          .selectFrom('user_terms')
          .select('user_id')
          .where('user_terms.organization_id', '=', organization)
          .where('term', '>=', word)
          .where('term', '<', `${word}${LAST}`),
      ),
    db
      .selectFrom('group_members')
      .where('group_members.organization_id', '=', organization)
      .where('group_id', '=', group)
      .where('kind', '=', 'user'),
  )

/** Returns the numbers of direct members of each group that has some. */
export async function countMembers(
  db: Database,
  organization: OrganizationId,
  groups: readonly GroupId[],
): Promise<ReadonlyMap<GroupId, MemberCounts>> {
  const counts = new Map<GroupId, MemberCounts>()
  for (const some of chunks(groups)) {
    const rows = await db
      .selectFrom('group_members')
      .select(({ fn }) => ['group_id', 'kind', fn.countAll().as('members')])
      .where('organization_id', '=', organization)
      .where('group_id', 'in', some)
      .groupBy(['group_id', 'kind'])
      .execute()
    for (const { group_id: id, kind, members } of rows)
      counts.set(id, { ...NONE, ...counts.get(id), [`${kind}s`]: Number(members) })
  }
  return counts
}

const NONE = { users: 0, groups: 0 } as const
