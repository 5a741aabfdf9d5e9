/**
 * Access keys in SQL.
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import type { Selectable } from 'kysely'
import type { OrganizationId } from '../model/identity.ts'
import { by } from '../model/order.ts'
import { isExtendedProtection } from '../model/policy-shapes.ts'
import type { AccessKey, AccessKeyId, Credential, PrincipalId } from '../model/principal.ts'
import { credentialSubject } from '../model/subject.ts'
import { toBytes, toText } from './bytes.ts'
import { readPeriod } from './periods.ts'
import { findPrincipal, principalOf, readPrincipal } from './principals.ts'
import { conflict, type ResealedPage, UnreadableError } from './store.ts'
import { readFlag, readWhole } from './stored-json.ts'
import type { AccessKeyTable, Database, WholeRow } from './tables.ts'
import { type Change, changeOrganization, raiseVersion } from './versions.ts'

/** Maximum number of keys of a principal: two, so that one can be replaced while the other one works. */
const MAX_KEYS = 2

/** Maximum number of keys whose secrets one transaction encrypts again. */
const RESEALED_AT_ONCE = 200

/** Precision with which the time of the last use is recorded. */
const USE_MS = 60_000

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
      'principals.not_before as principal_not_before',
      'principals.not_after',
    ])
    .where('access_keys.id', '=', id)
    .executeTakeFirst()
  if (row === undefined) return undefined

  const principal = {
    ...row,
    id: row.principal_id,
    enabled: row.principal_enabled,
    not_before: row.principal_not_before,
  }
  return { key: keyOf(row), principal: principalOf(principal) }
}

/** Returns the access keys of a principal, oldest first. */
export async function readKeys(
  db: Database,
  organization: OrganizationId,
  principal: PrincipalId,
): Promise<readonly AccessKey[]> {
  if (!(await readPrincipal(db, organization, principal))) return []
  return oldestFirst(await keysOf(db, principal).execute())
}

/** Returns the access keys of all principals of an organization, oldest first. */
export async function readAllKeys(
  db: Database,
  organization: OrganizationId,
): Promise<readonly AccessKey[]> {
  const rows = await db
    .selectFrom('access_keys')
    .innerJoin('principals', 'principals.id', 'access_keys.principal_id')
    .selectAll('access_keys')
    .where('principals.organization_id', '=', organization)
    .execute()
  return oldestFirst(rows)
}

const oldestFirst = (rows: Selectable<AccessKeyTable>[]): readonly AccessKey[] =>
  rows
    .sort(by(({ id }) => id))
    .map(keyOf)
    .sort((a, b) => a.createdAt - b.createdAt)

/**
 * Creates or replaces a key.
 *
 * @throws ConflictError if the principal doesn't exist, has the maximum number of keys, or isn't the owner of the
 * key
 * @throws UnreadableError if the key is unreadable
 */
export async function putKey(db: Database, now: number, key: AccessKey): Promise<void> {
  if (key.unreadable)
    throw new UnreadableError(
      `This version of the gateway does not understand the access key ${key.id}. Delete it and create another one, or change it with the version that wrote it`,
    )
  const organization = (await findPrincipal(db, key.principalId))?.organizationId
  if (organization === undefined) throw conflict(`There is no principal ${key.principalId}`)

  await changeOrganization(db, organization, async change => {
    const stored = (await readCredential(change, key.id))?.key
    const next = withUse(key, stored)
    if (stored && isSameKey(stored, next)) return
    await rejectKey(change, key, stored)

    const { id, ...values } = rowOfKey(next)
    await change
      .insertInto('access_keys')
      .values({ id, ...values })
      .onConflict(conflict => conflict.column('id').doUpdateSet(values))
      .execute()
    await raiseVersion(change, organization, [credentialSubject(id)], now)
  })
}

export async function deleteKey(
  db: Database,
  now: number,
  organization: OrganizationId,
  id: AccessKeyId,
): Promise<void> {
  await changeOrganization(db, organization, async change => {
    const stored = await readCredential(change, id)
    if (stored?.principal.organizationId !== organization) return

    await change.deleteFrom('access_keys').where('id', '=', id).execute()
    await raiseVersion(change, organization, [credentialSubject(id)], now)
  })
}

/**
 * Records the use of a key in one statement, without the organization's lock. It changes nothing within a minute of
 * the last use, so that all gateways together write once a minute, and a late write doesn't set the time back.
 */
export async function keyUsed(db: Database, id: AccessKeyId, at: number): Promise<void> {
  await db
    .updateTable('access_keys')
    .set({ last_used_at: at })
    .where('id', '=', id)
    .where(({ or, eb }) =>
      or([eb('last_used_at', 'is', null), eb('last_used_at', '<=', at - USE_MS)]),
    )
    .execute()
}

/**
 * Encrypts secrets again. Locks the organization, so that no concurrent change of a key writes its former secret back.
 */
export async function resealSecrets(
  db: Database,
  organization: OrganizationId,
  after: AccessKeyId | undefined,
  reseal: (sealed: Uint8Array, id: AccessKeyId) => Uint8Array | undefined,
): Promise<ResealedPage> {
  return await changeOrganization(db, organization, async change => {
    let query = change
      .selectFrom('access_keys')
      .innerJoin('principals', 'principals.id', 'access_keys.principal_id')
      .select(['access_keys.id', 'access_keys.sealed_secret'])
      .where('principals.organization_id', '=', organization)
      .orderBy('access_keys.id')
      .limit(RESEALED_AT_ONCE)
    if (after !== undefined) query = query.where('access_keys.id', '>', after)
    const rows = await query.execute()
    let resealed = 0
    for (const { id, sealed_secret } of rows) {
      const sealed = reseal(toBytes(sealed_secret), id)
      if (sealed === undefined) continue
      const values = { sealed_secret: toText(sealed) }
      await change.updateTable('access_keys').set(values).where('id', '=', id).execute()
      resealed += 1
    }
    return { resealed, last: rows.length < RESEALED_AT_ONCE ? undefined : rows.at(-1)?.id }
  })
}

const keysOf = (db: Database, principal: PrincipalId) =>
  db.selectFrom('access_keys').selectAll().where('principal_id', '=', principal)

/** Rejects a key if its principal doesn't exist. The principal could have been deleted concurrently. */
async function rejectKey(change: Change, key: AccessKey, stored: AccessKey | undefined) {
  if (!(await findPrincipal(change, key.principalId)))
    throw conflict(`There is no principal ${key.principalId}`)
  if (stored && stored.principalId !== key.principalId)
    throw conflict(`The access key ${key.id} belongs to another principal`)
  if (stored) return

  const keys = await keysOf(change, key.principalId).execute()
  if (keys.length >= MAX_KEYS)
    throw conflict(
      `The principal ${key.principalId} has ${MAX_KEYS} access keys already: delete one first`,
    )
}

/**
 * Returns a key with the stored time of its last use. Only {@link keyUsed} changes it, because other callers can
 * have an outdated value.
 */
function withUse({ lastUsedAt, ...key }: AccessKey, stored: AccessKey | undefined): AccessKey {
  const used = stored ? stored.lastUsedAt : lastUsedAt
  return { ...key, ...(used !== undefined && { lastUsedAt: used }) }
}

const isSameKey = (a: AccessKey, b: AccessKey) => isDeepStrictEqual(rowOfKey(a), rowOfKey(b))

export const rowOfKey = (key: AccessKey): WholeRow<AccessKeyTable> => ({
  id: key.id,
  principal_id: key.principalId,
  secret_hash: toText(key.secretHash),
  sealed_secret: toText(key.sealedSecret),
  enabled: Number(key.enabled),
  not_before: key.notBefore ?? null,
  expires_at: key.expiresAt ?? null,
  created_at: key.createdAt,
  last_used_at: key.lastUsedAt ?? null,
  extended_protection: key.extendedProtection,
})

/** Returns the key of a row. One that this version doesn't understand is disabled. */
function keyOf(row: Selectable<AccessKeyTable>): AccessKey {
  const { extended_protection: extendedProtection } = row
  const times = timesOf(row)
  const enabled = readFlag(row.enabled)
  const key = {
    id: row.id,
    principalId: row.principal_id,
    secretHash: toBytes(row.secret_hash),
    sealedSecret: toBytes(row.sealed_secret),
  }
  if (enabled !== undefined && times !== undefined && isExtendedProtection(extendedProtection))
    return { ...key, enabled, extendedProtection, ...times }
  return {
    ...key,
    enabled: false,
    extendedProtection: 'require',
    createdAt: 0,
    ...times,
    unreadable: true,
  }
}

/** Returns the times of a key; undefined if one of them is not understood. */
function timesOf(row: Selectable<AccessKeyTable>) {
  const period = readPeriod({ not_before: row.not_before, not_after: row.expires_at })
  const createdAt = readWhole(row.created_at)
  const lastUsedAt = row.last_used_at === null ? null : readWhole(row.last_used_at)
  if (period === undefined || createdAt === undefined || lastUsedAt === undefined) return undefined
  const { notBefore, notAfter: expiresAt } = period
  return {
    ...(notBefore !== undefined && { notBefore }),
    ...(expiresAt !== undefined && { expiresAt }),
    createdAt,
    ...(lastUsedAt !== null && { lastUsedAt }),
  }
}
