/**
 * Roles in SQL.
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import type { Insertable, Selectable } from 'kysely'
import type { OrganizationId } from '../model/identity.ts'
import type { ImpersonationRole, ImpersonationRule, RoleGuard, RoleId } from '../model/role.ts'
import { by } from './order.ts'
import { ConflictError, type RoleDraft } from './store.ts'
import type { Database, RoleTable } from './tables.ts'
import { type Change, changeOrganization, raiseVersion } from './versions.ts'

export async function readRole(
  db: Database,
  organization: OrganizationId,
  id: RoleId,
): Promise<ImpersonationRole | undefined> {
  const row = await rowsOf(db, organization).where('id', '=', id).executeTakeFirst()
  return row && roleOf(row)
}

export async function readRoleByName(
  db: Database,
  organization: OrganizationId,
  name: string,
): Promise<ImpersonationRole | undefined> {
  const row = await rowsOf(db, organization)
    .where('folded_name', '=', foldRoleName(name))
    .executeTakeFirst()
  return row && roleOf(row)
}

/** Ordered by folded name, whatever the database's collation. */
export async function readRoles(
  db: Database,
  organization: OrganizationId,
): Promise<readonly ImpersonationRole[]> {
  const rows = await rowsOf(db, organization).execute()
  return rows.sort(by(({ folded_name }) => folded_name)).map(roleOf)
}

/** @throws ConflictError where another role of the organization has its name */
export async function putRole(
  db: Database,
  draft: RoleDraft,
  now: number,
): Promise<ImpersonationRole> {
  return await changeOrganization(db, draft.organizationId, async change => {
    const stored = await readRole(change, draft.organizationId, draft.id)
    if (stored && isDeepStrictEqual(draftOf(stored), draft)) return stored

    await refuseTakenName(change, draft)
    const version = await raiseVersion(change, draft.organizationId)
    const role = { ...draft, version, createdAt: stored?.createdAt ?? now, modifiedAt: now }
    await writeRole(change, role)
    return role
  })
}

export async function deleteRole(
  db: Database,
  organization: OrganizationId,
  id: RoleId,
): Promise<void> {
  await changeOrganization(db, organization, async change => {
    const { numDeletedRows } = await change
      .deleteFrom('roles')
      .where('organization_id', '=', organization)
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    if (numDeletedRows > 0n) await raiseVersion(change, organization)
  })
}

/** The form in which names of roles are compared; nothing else folds them. */
const foldRoleName = (name: string) => name.normalize('NFC').toLowerCase()

const rowsOf = (db: Database, organization: OrganizationId) =>
  db.selectFrom('roles').selectAll().where('organization_id', '=', organization)

async function refuseTakenName(change: Change, draft: RoleDraft) {
  const other = await readRoleByName(change, draft.organizationId, draft.name)
  if (other === undefined || other.id === draft.id) return
  const message = `The role ${other.id} has the name ${JSON.stringify(other.name)} already`
  throw new ConflictError([{ index: 0, message }])
}

async function writeRole(change: Change, role: ImpersonationRole) {
  const { organization_id, id, ...values } = rowOf(role)
  await change
    .insertInto('roles')
    .values({ organization_id, id, ...values })
    .onConflict(conflict => conflict.columns(['organization_id', 'id']).doUpdateSet(values))
    .execute()
}

function draftOf({ version, createdAt, modifiedAt, ...draft }: ImpersonationRole): RoleDraft {
  return draft
}

const rowOf = (role: ImpersonationRole): Insertable<RoleTable> => ({
  organization_id: role.organizationId,
  id: role.id,
  name: role.name,
  folded_name: foldRoleName(role.name),
  description: role.description ?? null,
  type: role.type,
  rules: JSON.stringify(role.rules),
  guard: JSON.stringify(role.guard),
  version: role.version,
  created_at: role.createdAt,
  modified_at: role.modifiedAt,
})

const roleOf = (row: Selectable<RoleTable>): ImpersonationRole => ({
  id: row.id,
  organizationId: row.organization_id,
  name: row.name,
  ...(row.description !== null && { description: row.description }),
  type: row.type,
  rules: JSON.parse(row.rules) as readonly ImpersonationRule[],
  guard: JSON.parse(row.guard) as RoleGuard,
  version: Number(row.version),
  createdAt: Number(row.created_at),
  modifiedAt: Number(row.modified_at),
})
