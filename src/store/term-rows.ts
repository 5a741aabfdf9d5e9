/**
 * Search terms of users, in SQL. They are written in the same transaction as the users, so that a search is always
 * up to date.
 *
 * @module
 */

import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import type { OrganizationId, User, UserId } from '../model/identity.ts'
import { isAliases } from '../model/policy-shapes.ts'
import { readJson } from '../model/read-json.ts'
import { chunks } from './chunks.ts'
import { by } from './order.ts'
import type { Database } from './tables.ts'
import { type Termed, termsOf } from './terms.ts'

type Person = Termed & Pick<User, 'id'>

/** Number of users in one batch of {@link addTermsOfAll}. */
const BATCH = 500

/** Adds terms of users. Writes them in the order of the index, which is much faster. Keeps terms that exist. */
export async function addTerms(
  db: Database,
  organization: OrganizationId,
  users: readonly Person[],
  of: (user: Person) => Iterable<string> = termsOf,
): Promise<void> {
  const rows = users.flatMap(user =>
    [...of(user)].map(term => ({ organization_id: organization, term, user_id: user.id })),
  )
  rows.sort(by(({ term }) => term))
  for (const some of chunks(rows)) {
    await db
      .insertInto('user_terms')
      .values(some)
      .onConflict(conflict => conflict.doNothing())
      .execute()
    await setImmediate()
  }
}

/** Adds terms of all users of all organizations who are not deleted, for migrations. */
export async function addTermsOfAll(
  db: Database,
  of?: (user: Person) => Iterable<string>,
): Promise<void> {
  const organizations = await db.selectFrom('organizations').select('id').execute()
  for (const { id } of organizations) {
    let after = '' as UserId
    for (;;) {
      const rows = await db
        .selectFrom('users')
        .select(['id', 'primary_smtp_address', 'aliases', 'principal_name', 'display_name'])
        .where('organization_id', '=', id)
        .where('deleted', '=', 0)
        .where('id', '>', after)
        .orderBy('id')
        .limit(BATCH)
        .execute()
      const last = rows.at(-1)
      if (last === undefined) break
      const users = rows.map(row => ({
        id: row.id,
        primarySmtpAddress: row.primary_smtp_address,
        aliases: readJson(row.aliases, isAliases) ?? [],
        ...(row.principal_name !== null && { principalName: row.principal_name }),
        ...(row.display_name !== null && { displayName: row.display_name }),
      }))
      await addTerms(db, id, users, of)
      after = last.id
    }
  }
}

/**
 * Removes the terms of users.
 *
 * @param users - users before the change, from whose values the terms to remove are computed
 */
export async function removeTerms(
  db: Database,
  organization: OrganizationId,
  users: readonly Person[],
): Promise<void> {
  const rows = users.flatMap(user => [...termsOf(user)].map(term => sql`(${term}, ${user.id})`))
  for (const some of chunks(rows)) {
    await sql`delete from user_terms where organization_id = ${organization}
      and (term, user_id) in (values ${sql.join(some)})`.execute(db)
    await setImmediate()
  }
}
