/**
 * Principals and access keys in SQL.
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import type { Insertable, Selectable } from 'kysely'
import type { PolicyDocument } from '../model/iam.ts'
import type { OrganizationId } from '../model/identity.ts'
import type { AccessKey, AccessKeyId, Credential, Principal } from '../model/principal.ts'
import { ConflictError } from './store.ts'
import type { AccessKeyTable, Database, PrincipalTable } from './tables.ts'
import { type Change, changeOrganization, raiseVersion } from './versions.ts'

/** Two, so that a key can be replaced while the other one works. */
const MAX_KEYS = 2

export async function readCredential(
  db: Database,
  id: AccessKeyId,
): Promise<Credential | undefined> {
  const row = await db
    .selectFrom('access_keys')
    .innerJoin('principals', 'principals.id', 'access_keys.principal_id')
    .selectAll('access_keys')
    .select([
      'principals.organization_id',
      'principals.name',
      'principals.enabled as principal_enabled',
      'principals.policy',
    ])
    .where('access_keys.id', '=', id)
    .executeTakeFirst()
  if (row === undefined) return undefined

  const principal = { ...row, id: row.principal_id, enabled: row.principal_enabled }
  return { key: keyOf(row), principal: principalOf(principal) }
}

/** @throws ConflictError where the id belongs to another organization's principal */
export async function putPrincipal(db: Database, principal: Principal): Promise<void> {
  await changeOrganization(db, principal.organizationId, async change => {
    const stored = await readPrincipal(change, principal.id)
    if (stored && isDeepStrictEqual(stored, principal)) return
    if (stored && stored.organizationId !== principal.organizationId)
      throw conflict(`The principal ${principal.id} belongs to another organization`)

    const { id, ...values } = rowOfPrincipal(principal)
    await change
      .insertInto('principals')
      .values({ id, ...values })
      .onConflict(conflict => conflict.column('id').doUpdateSet(values))
      .execute()
    await raiseVersion(change, principal.organizationId)
  })
}

export async function deletePrincipal(
  db: Database,
  organization: OrganizationId,
  id: Principal['id'],
): Promise<void> {
  await changeOrganization(db, organization, async change => {
    const stored = await readPrincipal(change, id)
    if (stored?.organizationId !== organization) return

    await change.deleteFrom('access_keys').where('principal_id', '=', id).execute()
    await change.deleteFrom('principals').where('id', '=', id).execute()
    await raiseVersion(change, organization)
  })
}

/** @throws ConflictError where the key cannot be its principal's */
export async function putKey(db: Database, key: AccessKey): Promise<void> {
  const organization = (await readPrincipal(db, key.principalId))?.organizationId
  if (organization === undefined) throw conflict(`There is no principal ${key.principalId}`)

  await changeOrganization(db, organization, async change => {
    const stored = (await readCredential(change, key.id))?.key
    if (stored && isSameKey(stored, key)) return
    await refuseKey(change, key, stored)

    const { id, ...values } = rowOfKey(key)
    await change
      .insertInto('access_keys')
      .values({ id, ...values })
      .onConflict(conflict => conflict.column('id').doUpdateSet(values))
      .execute()
    await raiseVersion(change, organization)
  })
}

export async function deleteKey(
  db: Database,
  organization: OrganizationId,
  id: AccessKeyId,
): Promise<void> {
  await changeOrganization(db, organization, async change => {
    const stored = await readCredential(change, id)
    if (stored?.principal.organizationId !== organization) return

    await change.deleteFrom('access_keys').where('id', '=', id).execute()
    await raiseVersion(change, organization)
  })
}

async function readPrincipal(db: Database, id: Principal['id']): Promise<Principal | undefined> {
  const row = await db.selectFrom('principals').selectAll().where('id', '=', id).executeTakeFirst()
  return row && principalOf(row)
}

/** The principal may have been deleted since its organization was read. */
async function refuseKey(change: Change, key: AccessKey, stored: AccessKey | undefined) {
  if (!(await readPrincipal(change, key.principalId)))
    throw conflict(`There is no principal ${key.principalId}`)
  if (stored && stored.principalId !== key.principalId)
    throw conflict(`The access key ${key.id} belongs to another principal`)
  if (stored) return

  const keys = await change
    .selectFrom('access_keys')
    .select('id')
    .where('principal_id', '=', key.principalId)
    .execute()
  if (keys.length >= MAX_KEYS)
    throw conflict(
      `The principal ${key.principalId} has ${MAX_KEYS} access keys already: delete one first`,
    )
}

const conflict = (message: string) => new ConflictError([{ index: 0, message }])

const isSameKey = (a: AccessKey, b: AccessKey) => isDeepStrictEqual(rowOfKey(a), rowOfKey(b))

const rowOfPrincipal = (principal: Principal): Insertable<PrincipalTable> => ({
  id: principal.id,
  organization_id: principal.organizationId,
  name: principal.name,
  enabled: Number(principal.enabled),
  policy: JSON.stringify(principal.policy),
})

const principalOf = (row: Selectable<PrincipalTable>): Principal => ({
  id: row.id,
  organizationId: row.organization_id,
  name: row.name,
  enabled: row.enabled !== 0,
  policy: JSON.parse(row.policy) as PolicyDocument,
})

const rowOfKey = (key: AccessKey): Insertable<AccessKeyTable> => ({
  id: key.id,
  principal_id: key.principalId,
  secret_hash: toText(key.secretHash),
  sealed_secret: toText(key.sealedSecret),
  enabled: Number(key.enabled),
  expires_at: key.expiresAt ?? null,
  created_at: key.createdAt,
})

const keyOf = (row: Selectable<AccessKeyTable>): AccessKey => ({
  id: row.id,
  principalId: row.principal_id,
  secretHash: toBytes(row.secret_hash),
  sealedSecret: toBytes(row.sealed_secret),
  enabled: row.enabled !== 0,
  ...(row.expires_at !== null && { expiresAt: Number(row.expires_at) }),
  createdAt: Number(row.created_at),
})

const toText = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

const toBytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))
