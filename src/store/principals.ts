/**
 * Principals in SQL.
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import type { Selectable } from 'kysely'
import { DENY_ALL } from '../model/iam.ts'
import { isPolicy } from '../model/iam-shape.ts'
import type { OrganizationId } from '../model/identity.ts'
import { by } from '../model/order.ts'
import {
  foldPrincipalName,
  PRINCIPAL_PARTS,
  type Principal,
  type PrincipalPart,
} from '../model/principal.ts'
import { readJson } from '../model/read-json.ts'
import { credentialSubject, identitySubject, type Subject } from '../model/subject.ts'
import { columnsOfPeriod, readPeriod } from './periods.ts'
import { conflict, UnreadableError } from './store.ts'
import { readFlag } from './stored-json.ts'
import type { Database, PrincipalTable, WholeRow } from './tables.ts'
import { type Change, changeOrganization, raiseVersion } from './versions.ts'

/** Returns the principals ordered by name and ID, independent of the database's collation. */
export async function readPrincipals(
  db: Database,
  organization: OrganizationId,
): Promise<readonly Principal[]> {
  const rows = await db
    .selectFrom('principals')
    .selectAll()
    .where('organization_id', '=', organization)
    .execute()
  return rows.sort(by(({ name, id }) => `${name}\0${id}`)).map(principalOf)
}

export async function readPrincipal(
  db: Database,
  organization: OrganizationId,
  id: Principal['id'],
): Promise<Principal | undefined> {
  const principal = await findPrincipal(db, id)
  return principal?.organizationId === organization ? principal : undefined
}

/** Returns the principal of any organization. */
export async function findPrincipal(
  db: Database,
  id: Principal['id'],
): Promise<Principal | undefined> {
  const row = await db.selectFrom('principals').selectAll().where('id', '=', id).executeTakeFirst()
  return row && principalOf(row)
}

/**
 * Creates or replaces a principal.
 *
 * @throws ConflictError if the ID belongs to a principal of another organization, or the name to another principal
 * @throws UnreadableError if the principal has unreadable parts
 */
export async function putPrincipal(db: Database, now: number, principal: Principal): Promise<void> {
  const { unreadable } = principal
  if (unreadable !== undefined)
    throw new UnreadableError(
      `This version of the gateway does not understand parts of the principal ${principal.id}: ${unreadable.join(', ')}. Give all of them in EwsGateway.UpdatePrincipal, delete the principal, or change it with the version that wrote it`,
    )
  await changeOrganization(db, principal.organizationId, async change => {
    const stored = await findPrincipal(change, principal.id)
    if (stored && isDeepStrictEqual(stored, principal)) return
    if (stored && stored.organizationId !== principal.organizationId)
      throw conflict(`The principal ${principal.id} belongs to another organization`)

    await verifyNameIsFree(change, principal)
    const { id, ...values } = rowOfPrincipal(principal)
    await change
      .insertInto('principals')
      .values({ id, ...values })
      .onConflict(conflict => conflict.column('id').doUpdateSet(values))
      .execute()
    const subjects = await credentialsOf(change, principal.id)
    await raiseVersion(change, principal.organizationId, subjects, now)
  })
}

/**
 * Requires that no other principal has the name.
 *
 * @throws ConflictError if another principal of the organization has the name
 */
export async function verifyNameIsFree(change: Change, principal: Principal): Promise<void> {
  const other = await change
    .selectFrom('principals')
    .select('name')
    .where('organization_id', '=', principal.organizationId)
    .where('folded_name', '=', foldPrincipalName(principal.name))
    .where('id', '!=', principal.id)
    .executeTakeFirst()
  if (other === undefined) return
  throw conflict(`Another principal has the name ${JSON.stringify(other.name)} already`)
}

export async function deletePrincipal(
  db: Database,
  now: number,
  organization: OrganizationId,
  id: Principal['id'],
): Promise<void> {
  await changeOrganization(db, organization, async change => {
    if (!(await readPrincipal(change, organization, id))) return

    const subjects = await credentialsOf(change, id)
    await change.deleteFrom('identities').where('principal_id', '=', id).execute()
    await change.deleteFrom('access_keys').where('principal_id', '=', id).execute()
    await change.deleteFrom('principals').where('id', '=', id).execute()
    await raiseVersion(change, organization, subjects, now)
  })
}

/** Returns the subjects of a principal's credentials and identities, because each cached one contains the principal. */
async function credentialsOf(change: Change, id: Principal['id']): Promise<readonly Subject[]> {
  const keys = await change
    .selectFrom('access_keys')
    .select('id')
    .where('principal_id', '=', id)
    .execute()
  const identities = await change
    .selectFrom('identities')
    .select('reference')
    .where('principal_id', '=', id)
    .execute()
  return [
    ...keys.map(key => credentialSubject(key.id)),
    ...identities.map(({ reference }) => identitySubject(reference)),
  ]
}

export const rowOfPrincipal = (principal: Principal): WholeRow<PrincipalTable> => ({
  id: principal.id,
  organization_id: principal.organizationId,
  name: principal.name,
  folded_name: foldPrincipalName(principal.name),
  enabled: Number(principal.enabled),
  policy: JSON.stringify(principal.policy),
  ...columnsOfPeriod(principal),
})

/** Returns the principal of a row. One with a part that this version doesn't understand is denied everything. */
export function principalOf(row: Omit<Selectable<PrincipalTable>, 'folded_name'>): Principal {
  const parts = {
    Enabled: readFlag(row.enabled),
    Policy: readJson(row.policy, isPolicy),
    Period: readPeriod(row),
  } satisfies Record<PrincipalPart, unknown>
  const unreadable = PRINCIPAL_PARTS.filter(part => parts[part] === undefined)
  const { Enabled = false, Policy = DENY_ALL, Period } = parts
  const isUnderstood = unreadable.length === 0
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    enabled: Enabled,
    policy: isUnderstood ? Policy : DENY_ALL,
    ...Period,
    ...(isUnderstood ? {} : { unreadable }),
  }
}
