/**
 * Reads of roles, in SQL.
 *
 * @module
 */

import type { Insertable, Selectable } from 'kysely'
import type { OrganizationId } from '../model/identity.ts'
import type { RoleProfile } from '../model/profile.ts'
import {
  completeGuard,
  foldRoleName,
  type ImpersonationRole,
  type ImpersonationRule,
  type RoleGuard,
  type RoleId,
  type RoleLock,
  type RoleShadow,
  roleId,
} from '../model/role.ts'
import { isInvalidText } from './names.ts'
import { by } from './order.ts'
import { columnsOfPeriod, periodOf } from './periods.ts'
import type { Page } from './store.ts'
import type { Database, RoleTable } from './tables.ts'

export async function readRole(
  db: Database,
  organization: OrganizationId,
  id: RoleId,
): Promise<ImpersonationRole | undefined> {
  if (isInvalidText(id)) return undefined
  const row = await rowsOf(db, organization).where('id', '=', id).executeTakeFirst()
  return row && roleOf(row)
}

export async function readRoleByName(
  db: Database,
  organization: OrganizationId,
  name: string,
): Promise<ImpersonationRole | undefined> {
  if (isInvalidText(name)) return undefined
  const row = await rowsOf(db, organization)
    .where('folded_name', '=', foldRoleName(name))
    .executeTakeFirst()
  return row && roleOf(row)
}

/** Returns the roles ordered by folded name, independent of the database's collation. */
export async function readRoles(
  db: Database,
  organization: OrganizationId,
): Promise<readonly ImpersonationRole[]> {
  const rows = await rowsOf(db, organization).execute()
  return rows.sort(by(({ folded_name }) => folded_name)).map(roleOf)
}

/** Returns a page ordered by ID. Uses the order of the database, because only a stable order matters. */
export async function readRolesPage(
  db: Database,
  organization: OrganizationId,
  { after, limit }: Page<RoleId>,
): Promise<readonly ImpersonationRole[]> {
  const rows = await rowsOf(db, organization)
    .where('id', '>', after ?? roleId(''))
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(roleOf)
}

export async function countRoles(db: Database, organization: OrganizationId): Promise<number> {
  const { roles } = await db
    .selectFrom('roles')
    .select(({ fn }) => fn.countAll().as('roles'))
    .where('organization_id', '=', organization)
    .executeTakeFirstOrThrow()
  return Number(roles)
}

const rowsOf = (db: Database, organization: OrganizationId) =>
  db.selectFrom('roles').selectAll().where('organization_id', '=', organization)

export const rowOf = (role: ImpersonationRole): Insertable<RoleTable> => ({
  organization_id: role.organizationId,
  id: role.id,
  name: role.name,
  folded_name: foldRoleName(role.name),
  description: role.description ?? null,
  type: role.type,
  rules: JSON.stringify(role.rules),
  guard: JSON.stringify(role.guard),
  lock: role.lock === undefined ? null : JSON.stringify(role.lock),
  profile: role.profile === undefined ? null : JSON.stringify(role.profile),
  shadow: role.shadow === undefined ? null : JSON.stringify(role.shadow),
  ...columnsOfPeriod(role),
  version: role.version,
  tokens_valid_from: role.tokensValidFrom,
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
  guard: completeGuard(JSON.parse(row.guard) as Partial<RoleGuard>),
  ...(row.lock !== null && { lock: JSON.parse(row.lock) as RoleLock }),
  ...(row.profile !== null && { profile: JSON.parse(row.profile) as RoleProfile }),
  ...(row.shadow !== null && { shadow: shadowOf(JSON.parse(row.shadow) as RoleShadow) }),
  ...periodOf(row),
  version: Number(row.version),
  tokensValidFrom: Number(row.tokens_valid_from),
  createdAt: Number(row.created_at),
  modifiedAt: Number(row.modified_at),
})

const shadowOf = (stored: RoleShadow): RoleShadow => ({
  ...stored,
  guard: completeGuard(stored.guard),
})
