/**
 * Reads of roles, in SQL.
 *
 * @module
 */

import type { Selectable } from 'kysely'
import type { OrganizationId } from '../model/identity.ts'
import { present } from '../model/members.ts'
import { by } from '../model/order.ts'
import { readJson } from '../model/read-json.ts'
import {
  foldRoleName,
  type ImpersonationRole,
  ROLE_PARTS,
  type RoleId,
  type RolePart,
  roleId,
  STRICTEST_GUARD,
} from '../model/role.ts'
import { isGuard, isLock, isProfile, isRoleType, isRules, isShadow } from '../model/role-shape.ts'
import { isInvalidText } from './names.ts'
import { columnsOfPeriod, readPeriod } from './periods.ts'
import type { Page } from './store.ts'
import { readOptionalJson, readWhole } from './stored-json.ts'
import type { Database, RoleTable, WholeRow } from './tables.ts'

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

export const rowOf = (role: ImpersonationRole): WholeRow<RoleTable> => ({
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

/**
 * Returns the role of a row. A role with a part that this version doesn't understand keeps its other parts, but has no
 * rules, and the strictest value for each unreadable part.
 */
function roleOf(row: Selectable<RoleTable>): ImpersonationRole {
  const parts = partsOf(row)
  const unreadable = ROLE_PARTS.filter(part => parts[part] === undefined)
  const { Type, Rules, Guard, Profile, Period, Lock, Shadow, Versions } = parts
  const isUnderstood = unreadable.length === 0
  return present<ImpersonationRole>({
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    description: row.description ?? undefined,
    type: Type ?? 'READ_ONLY',
    rules: isUnderstood && Rules ? Rules : [],
    guard: Guard ?? STRICTEST_GUARD,
    lock: Lock === null ? undefined : (Lock ?? {}),
    profile: Profile ?? undefined,
    shadow: Shadow ?? undefined,
    notBefore: Period?.notBefore,
    notAfter: Period?.notAfter,
    ...(Versions ?? { version: 0, tokensValidFrom: 0, createdAt: 0, modifiedAt: 0 }),
    unreadable: isUnderstood ? undefined : unreadable,
  })
}

/** Returns the parts of a role: null for a part that it doesn't have, undefined for one that is not understood. */
const partsOf = (row: Selectable<RoleTable>) =>
  ({
    Type: isRoleType(row.type) ? row.type : undefined,
    Rules: readJson(row.rules, isRules),
    Guard: readJson(row.guard, isGuard),
    Profile: readOptionalJson(row.profile, isProfile),
    Period: readPeriod(row),
    Lock: readOptionalJson(row.lock, isLock),
    Shadow: readOptionalJson(row.shadow, isShadow),
    Versions: versionsOf(row),
  }) satisfies Record<RolePart, unknown>

function versionsOf(row: Selectable<RoleTable>) {
  const version = readWhole(row.version)
  const tokensValidFrom = readWhole(row.tokens_valid_from)
  const createdAt = readWhole(row.created_at)
  const modifiedAt = readWhole(row.modified_at)
  if (version === undefined || tokensValidFrom === undefined) return undefined
  if (createdAt === undefined || modifiedAt === undefined) return undefined
  return { version, tokensValidFrom, createdAt, modifiedAt }
}
