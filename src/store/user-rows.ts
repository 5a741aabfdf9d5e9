/**
 * Writes a plan of users, in SQL.
 *
 * Many rows are written in chunks, so that the process can do other work between them.
 *
 * @module
 */

import { setImmediate } from 'node:timers/promises'
import type { OrganizationId, User } from '../model/identity.ts'
import { by } from '../model/order.ts'
import { chunks } from './chunks.ts'
import { regainNames, retireNames } from './former-names.ts'
import { namesOf } from './names.ts'
import type { Plan, UserName } from './plan.ts'
import type { Replaced, UserTable, WholeRow } from './tables.ts'
import { addTerms, removeTerms } from './term-rows.ts'
import type { Change } from './versions.ts'

/** Creates and updates users of a plan. Doesn't delete missing users. */
export async function writePlan(
  change: Change,
  organization: OrganizationId,
  { created, updated, overwritten, lost, taken, regained }: Plan,
): Promise<void> {
  await writeUsers(change, organization, [...created, ...updated])
  await retireNames(change, organization, lost)
  await regainNames(change, organization, regained)
  await takeNames(change, organization, taken)
  await removeTerms(change, organization, overwritten)
  await addTerms(change, organization, [...created, ...updated])
}

/** Marks users as deleted. Keeps their rows, and their names as former names. */
export async function markDeleted(
  change: Change,
  organization: OrganizationId,
  users: readonly User[],
): Promise<void> {
  for (const ids of chunks(users.map(({ id }) => id))) {
    await change
      .updateTable('users')
      .set({ deleted: 1 })
      .where('organization_id', '=', organization)
      .where('id', 'in', ids)
      .execute()
    await setImmediate()
  }
  const names = users.flatMap(user => namesOf(user).map(name => ({ ...name, userId: user.id })))
  await retireNames(change, organization, names)
  await removeTerms(change, organization, users)
}

/** Writes the rows of users. Writes them in the order of the index, which is much faster. */
async function writeUsers(change: Change, organization: OrganizationId, users: readonly User[]) {
  const rows = users.map(user => rowOf(organization, user)).sort(by(({ id }) => id))
  for (const some of chunks(rows)) {
    await writeRows(change, some)
    await setImmediate()
  }
}

/** Adds names. A name that already belongs to another user violates the primary key. */
async function takeNames(change: Change, organization: OrganizationId, taken: readonly UserName[]) {
  const rows = taken
    .map(({ space, name, userId }) => ({
      organization_id: organization,
      space,
      name,
      user_id: userId,
      former: 0,
    }))
    .sort(by(({ space, name }) => `${space} ${name}`))
  for (const some of chunks(rows)) {
    await change.insertInto('user_names').values(some).execute()
    await setImmediate()
  }
}

async function writeRows(change: Change, rows: readonly WholeRow<UserTable>[]) {
  await change
    .insertInto('users')
    .values(rows)
    .onConflict(conflict =>
      conflict.columns(['organization_id', 'id']).doUpdateSet(
        row =>
          ({
            primary_smtp_address: row.ref('excluded.primary_smtp_address'),
            aliases: row.ref('excluded.aliases'),
            principal_name: row.ref('excluded.principal_name'),
            sid: row.ref('excluded.sid'),
            display_name: row.ref('excluded.display_name'),
            enabled: row.ref('excluded.enabled'),
            deleted: row.ref('excluded.deleted'),
          }) satisfies Replaced<UserTable>,
      ),
    )
    .execute()
}

const rowOf = (organization: OrganizationId, user: User): WholeRow<UserTable> => ({
  organization_id: organization,
  id: user.id,
  primary_smtp_address: user.primarySmtpAddress,
  aliases: JSON.stringify(user.aliases),
  principal_name: user.principalName ?? null,
  sid: user.sid ?? null,
  display_name: user.displayName ?? null,
  enabled: Number(user.enabled),
  deleted: 0,
})
