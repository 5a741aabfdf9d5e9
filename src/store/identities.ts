/**
 * External identities of principals in SQL.
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import type { Selectable } from 'kysely'
import {
  type BoundIdentity,
  type ExternalIdentity,
  type IdentityReference,
  referencesOf,
  unreadableIdentity,
} from '../model/external-identity.ts'
import type { OrganizationId } from '../model/identity.ts'
import { isIdentity } from '../model/policy-shapes.ts'
import type { PrincipalId } from '../model/principal.ts'
import { readJson } from '../model/read-json.ts'
import { identitySubject } from '../model/subject.ts'
import { principalOf, readPrincipal } from './principals.ts'
import { ConflictError, conflict } from './store.ts'
import type { Database, IdentityTable } from './tables.ts'
import { type Change, changeOrganization, raiseVersion } from './versions.ts'

export async function readIdentity(
  db: Database,
  reference: IdentityReference,
): Promise<BoundIdentity | undefined> {
  const row = await boundRows(db).where('reference', '=', reference).executeTakeFirst()
  return row && boundOf(row)
}

/** Returns the identities of a principal, in the order in which they were put. */
export async function readIdentitiesOf(
  db: Database,
  organization: OrganizationId,
  principal: PrincipalId,
): Promise<readonly ExternalIdentity[]> {
  const rows = await db
    .selectFrom('identities')
    .selectAll()
    .where('organization_id', '=', organization)
    .where('principal_id', '=', principal)
    .orderBy('place')
    .execute()
  return [
    ...new Map(
      rows.map(row => [row.place, identityOf(row) ?? unreadableIdentity(row.reference)]),
    ).values(),
  ]
}

/** Returns all identities of an organization, unordered. */
export async function readIdentities(
  db: Database,
  organization: OrganizationId,
): Promise<readonly BoundIdentity[]> {
  const rows = await boundRows(db).where('identities.organization_id', '=', organization).execute()
  const first = new Map(rows.map(row => [`${row.id} ${row.place}`, row]))
  return [...first.values()].map(boundOf)
}

/**
 * Binds a principal to these identities, and no others.
 *
 * @throws ConflictError if another principal is bound to one of them, or if the principal doesn't exist
 */
export async function putIdentities(
  db: Database,
  now: number,
  organization: OrganizationId,
  principal: PrincipalId,
  identities: readonly ExternalIdentity[],
): Promise<void> {
  await changeOrganization(db, organization, async change => {
    if (!(await readPrincipal(change, organization, principal)))
      throw conflict(`There is no principal ${principal}`)
    const stored = await readIdentitiesOf(change, organization, principal)
    if (isDeepStrictEqual(stored, identities)) return

    await verifyFree(change, principal, identities)
    const former = await change
      .selectFrom('identities')
      .select('reference')
      .where('principal_id', '=', principal)
      .execute()
    await change.deleteFrom('identities').where('principal_id', '=', principal).execute()
    const rows = identities.flatMap((identity, place) =>
      referencesOf(identity).map(reference => ({
        reference,
        organization_id: organization,
        principal_id: principal,
        place,
        identity: JSON.stringify(identity),
      })),
    )
    if (rows.length > 0) await change.insertInto('identities').values(rows).execute()
    const references = new Set([
      ...former.map(({ reference }) => reference),
      ...identities.flatMap(referencesOf),
    ])
    await raiseVersion(change, organization, [...references].map(identitySubject), now)
  })
}

/** @throws ConflictError with each identity that another principal has, or that appears more than once, by index */
async function verifyFree(
  change: Change,
  principal: PrincipalId,
  identities: readonly ExternalIdentity[],
): Promise<void> {
  const references = identities.map(referencesOf)
  const all = references.flat()
  const taken = new Set(
    all.length === 0
      ? []
      : (
          await change
            .selectFrom('identities')
            .select('reference')
            .where('reference', 'in', all)
            .where('principal_id', '!=', principal)
            .execute()
        ).map(({ reference }) => reference),
  )
  const conflicts = references.flatMap((own, index) => {
    const isRepeated = own.some(one => references.slice(0, index).flat().includes(one))
    if (isRepeated) return [{ index, message: 'An account, name, or subject appears twice' }]
    if (own.some(one => taken.has(one)))
      return [{ index, message: 'Another principal is bound to the account, name, or subject' }]
    return []
  })
  if (conflicts.length > 0) throw new ConflictError(conflicts)
}

const boundRows = (db: Database) =>
  db
    .selectFrom('identities')
    .innerJoin('principals', 'principals.id', 'identities.principal_id')
    .selectAll('principals')
    .select(['reference', 'identity', 'place'])

type IdentityRow = Pick<Selectable<IdentityTable>, 'reference' | 'identity'>

/** Returns the identity of a row; undefined if it is not understood, or is not the one that the row is found by. */
function identityOf({ reference, identity }: IdentityRow): ExternalIdentity | undefined {
  const read = readJson(identity, isIdentity)
  return read !== undefined && referencesOf(read).includes(reference) ? read : undefined
}

type BoundRow = IdentityRow & Parameters<typeof principalOf>[0]

/** Returns an identity with its principal, which is disabled if the identity is not understood. */
function boundOf(row: BoundRow): BoundIdentity {
  const principal = principalOf(row)
  const identity = identityOf(row)
  if (identity !== undefined) return { identity, principal }
  const disabled = { ...principal, enabled: false }
  return { identity: unreadableIdentity(row.reference), principal: disabled, unreadable: true }
}
