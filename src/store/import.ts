/**
 * The import of users in SQL.
 *
 * @module
 */

import { setImmediate } from 'node:timers/promises'
import type { Insertable } from 'kysely'
import type { OrganizationId, User } from '../model/identity.ts'
import { by } from './order.ts'
import { type Plan, planImport, type UserName } from './plan.ts'
import type { ImportPlan, UserDraft } from './store.ts'
import type { Database, UserTable } from './tables.ts'
import { readKnown } from './users.ts'
import { type Change, changeOrganization, raiseVersion } from './versions.ts'

/** Rows in a statement: enough to be quick, and few parameters for any database. */
const ROWS_AT_ONCE = 200

/** What the import would do. */
export async function rehearseImport(
  db: Database,
  organization: OrganizationId,
  drafts: readonly UserDraft[],
): Promise<ImportPlan> {
  return resultOf(planImport(await readKnown(db, organization), drafts))
}

/** Does it: all or nothing. */
export async function importUsers(
  db: Database,
  organization: OrganizationId,
  drafts: readonly UserDraft[],
  deleteMissing: boolean,
): Promise<ImportPlan> {
  return await changeOrganization(db, organization, async change => {
    const plan = planImport(await readKnown(change, organization), drafts)
    const written = [...plan.created, ...plan.updated]
    const deleted = deleteMissing ? plan.missing : []
    if (written.length + deleted.length === 0) return resultOf(plan)

    await markDeleted(change, organization, deleted)
    await writeUsers(change, organization, written)
    await freeNames(change, organization, plan.freed)
    await takeNames(change, organization, plan.taken)
    await raiseVersion(change, organization)
    return resultOf(plan)
  })
}

const resultOf = ({ freed, taken, ...result }: Plan): ImportPlan => result

/** The row and its names stay. */
async function markDeleted(change: Change, organization: OrganizationId, users: readonly User[]) {
  for (const ids of chunks(users.map(({ id }) => id))) {
    await change
      .updateTable('users')
      .set({ deleted: 1 })
      .where('organization_id', '=', organization)
      .where('id', 'in', ids)
      .execute()
    await setImmediate()
  }
}

/** In the order of their index, which is much faster. */
async function writeUsers(change: Change, organization: OrganizationId, users: readonly User[]) {
  const rows = users.map(user => rowOf(organization, user)).sort(by(({ id }) => id))
  for (const some of chunks(rows)) {
    await writeRows(change, some)
    await setImmediate()
  }
}

async function freeNames(change: Change, organization: OrganizationId, freed: readonly UserName[]) {
  for (const [space, some] of Map.groupBy(freed, ({ space }) => space))
    for (const names of chunks(some.map(({ name }) => name))) {
      await change
        .deleteFrom('user_names')
        .where('organization_id', '=', organization)
        .where('space', '=', space)
        .where('name', 'in', names)
        .execute()
      await setImmediate()
    }
}

/** Comes after {@link freeNames}, for users may exchange names. */
async function takeNames(change: Change, organization: OrganizationId, taken: readonly UserName[]) {
  const rows = taken
    .map(({ space, name, userId }) => ({
      organization_id: organization,
      space,
      name,
      user_id: userId,
    }))
    .sort(by(({ space, name }) => `${space} ${name}`))
  for (const some of chunks(rows)) {
    await change.insertInto('user_names').values(some).execute()
    await setImmediate()
  }
}

async function writeRows(change: Change, rows: readonly Insertable<UserTable>[]) {
  await change
    .insertInto('users')
    .values(rows)
    .onConflict(conflict =>
      conflict.columns(['organization_id', 'id']).doUpdateSet(row => ({
        primary_smtp_address: row.ref('excluded.primary_smtp_address'),
        aliases: row.ref('excluded.aliases'),
        principal_name: row.ref('excluded.principal_name'),
        sid: row.ref('excluded.sid'),
        display_name: row.ref('excluded.display_name'),
        enabled: row.ref('excluded.enabled'),
        deleted: row.ref('excluded.deleted'),
      })),
    )
    .execute()
}

/** Other work of the process goes on between two chunks. */
function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += ROWS_AT_ONCE) yield items.slice(at, at + ROWS_AT_ONCE)
}

const rowOf = (organization: OrganizationId, user: User): Insertable<UserTable> => ({
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
