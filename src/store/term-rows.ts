/**
 * Search terms of users, in SQL. They are written in the same transaction as the users, so that a search is always
 * up to date.
 *
 * @module
 */

import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import type { OrganizationId, User } from '../model/identity.ts'
import { by } from '../model/order.ts'
import { chunks } from './chunks.ts'
import type { Database } from './tables.ts'
import { type Termed, termsOf } from './terms.ts'

type Person = Termed & Pick<User, 'id'>

/** Adds terms of users. Writes them in the order of the index, which is much faster. Keeps terms that exist. */
export async function addTerms(
  db: Database,
  organization: OrganizationId,
  users: readonly Person[],
): Promise<void> {
  const rows = users.flatMap(user =>
    [...termsOf(user)].map(term => ({ organization_id: organization, term, user_id: user.id })),
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
