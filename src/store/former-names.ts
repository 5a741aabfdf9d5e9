/**
 * Former names in SQL: names that stay reserved for a user, although requests no longer find the user by them. A
 * name becomes a former name if a change removes it from its user, or if the user is deleted. Its row in
 * `user_names` stays, so the primary key prevents other users from getting it.
 *
 * @module
 */

import { setImmediate } from 'node:timers/promises'
import { foldName, type OrganizationId, type UserId } from '../model/identity.ts'
import { by } from '../model/order.ts'
import { type NameSpace, nameSubject } from '../model/subject.ts'
import { chunks } from './chunks.ts'
import type { UserName } from './plan.ts'
import type { FormerName, NameRelease } from './store.ts'
import type { Database } from './tables.ts'
import { type Change, changeOrganization, raiseVersion } from './versions.ts'

/** Returns the former names of the users with these IDs. Without IDs, returns those of all users. */
export async function readFormerNames(
  db: Database,
  organization: OrganizationId,
  ids?: readonly UserId[],
): Promise<readonly UserName[]> {
  const rows = db
    .selectFrom('user_names')
    .select(['space', 'name', 'user_id'])
    .where('organization_id', '=', organization)
    .where('former', '=', 1)
  const found = await (ids ? rows.where('user_id', 'in', ids) : rows).execute()
  return found.map(({ space, name, user_id }) => ({ space, name, written: name, userId: user_id }))
}

export async function formerNamesOf(
  db: Database,
  organization: OrganizationId,
  id: UserId,
): Promise<readonly FormerName[]> {
  const names = await readFormerNames(db, organization, [id])
  return names
    .map(({ space, name }) => ({ space, name }))
    .sort(by(({ space, name }) => `${space} ${name}`))
}

export async function readFormerOwners(
  db: Database,
  organization: OrganizationId,
  addresses: readonly string[],
): Promise<readonly UserId[]> {
  const owners: UserId[] = []
  for (const names of chunks(addresses.map(foldName))) {
    const rows = await db
      .selectFrom('user_names')
      .select('user_id')
      .where('organization_id', '=', organization)
      .where('space', '=', 'address')
      .where('name', 'in', names)
      .where('former', '=', 1)
      .execute()
    owners.push(...rows.map(({ user_id }) => user_id))
  }
  return owners
}

/** Turns names into former names. */
export const retireNames = (
  change: Change,
  organization: OrganizationId,
  names: readonly UserName[],
): Promise<void> => setFormer(change, organization, names, 1)

/** Turns former names into names of the same users again. */
export const regainNames = (
  change: Change,
  organization: OrganizationId,
  names: readonly UserName[],
): Promise<void> => setFormer(change, organization, names, 0)

async function setFormer(
  change: Change,
  organization: OrganizationId,
  names: readonly UserName[],
  former: 0 | 1,
): Promise<void> {
  for (const [space, some] of Map.groupBy(names, ({ space }) => space))
    for (const part of chunks(some.map(({ name }) => name))) {
      await change
        .updateTable('user_names')
        .set({ former })
        .where('organization_id', '=', organization)
        .where('space', '=', space)
        .where('name', 'in', part)
        .execute()
      await setImmediate()
    }
}

/** Deletes the row of a former name, so that any user can have the name. */
export async function releaseName(
  db: Database,
  now: number,
  organization: OrganizationId,
  space: NameSpace,
  name: string,
): Promise<NameRelease> {
  return await changeOrganization(db, organization, async change => {
    const row = await change
      .selectFrom('user_names')
      .select(['user_id', 'former'])
      .where('organization_id', '=', organization)
      .where('space', '=', space)
      .where('name', '=', foldName(name))
      .executeTakeFirst()
    if (row === undefined) return { kind: 'unknown' }
    if (row.former === 0) return { kind: 'in-use', userId: row.user_id }

    await change
      .deleteFrom('user_names')
      .where('organization_id', '=', organization)
      .where('space', '=', space)
      .where('name', '=', foldName(name))
      .execute()
    await raiseVersion(change, organization, [nameSubject(space, name)], now)
    return { kind: 'released', userId: row.user_id }
  })
}
