/**
 * Policy versions. Every change of an organization increments its version and logs the subjects that it
 * invalidates, in the same transaction.
 *
 * @module
 */

import { sql, type Transaction } from 'kysely'
import type { OrganizationId } from '../model/identity.ts'
import { id, list } from '../model/shape.ts'
import type { PolicyChange, Subject } from '../model/subject.ts'
import type { PolicyVersions, RecordedVersion } from './store.ts'
import { readOptionalJson, readWhole } from './stored-json.ts'
import type { Database, Tables } from './tables.ts'

export type Change = Transaction<Tables>

/** Maximum number of changes that are kept for gateways that have not read them. */
const MAX_CHANGES = 1_000

/** Maximum number of subjects that a change names. A change with more invalidates all subjects. */
export const MAX_SUBJECTS = 2_000

/**
 * Runs a change of an organization, all or nothing. Only one runs at a time, so data that the change has read is
 * still current when it writes. If a transaction has already begun, the change becomes part of it.
 *
 * @param change - receives the policy version at its beginning
 */
export async function changeOrganization<T>(
  db: Database,
  organization: OrganizationId,
  change: (transaction: Change, versionBefore: number) => Promise<T>,
): Promise<T> {
  const locked = async (transaction: Change) =>
    await change(transaction, await lockOrganization(transaction, organization))
  return isTransaction(db) ? await locked(db) : await db.transaction().execute(locked)
}

const isTransaction = (db: Database): db is Change => db.isTransaction

/** Runs a change of the whole store, all or nothing. Begins with a write, as {@link lockOrganization} does. */
export async function changeStore<T>(
  db: Database,
  change: (transaction: Change) => Promise<T>,
): Promise<T> {
  return await db.transaction().execute(async transaction => {
    await transaction
      .updateTable('meta')
      .set(({ ref }) => ({ value: ref('value') }))
      .where('key', '=', 'epoch')
      .execute()
    return await change(transaction)
  })
}

/**
 * Increments the version and returns the new one. Don't call it for a change without an effect.
 *
 * @param subjects - subjects that the change invalidates, including those of the values before it
 * @param now - current time in milliseconds
 */
export async function raiseVersion(
  transaction: Change,
  organization: OrganizationId,
  subjects: readonly Subject[],
  now: number,
): Promise<number> {
  const { policy_version } = await transaction
    .updateTable('organizations')
    .set({ policy_version: sql<number>`policy_version + 1` })
    .where('id', '=', organization)
    .returning('policy_version')
    .executeTakeFirstOrThrow()
  const version = Number(policy_version)
  const named = [...new Set(subjects)]
  await logChange(transaction, organization, { version, subjects: named, at: now })
  return version
}

async function logChange(
  transaction: Change,
  organization: OrganizationId,
  { version, subjects, at }: Required<PolicyChange>,
) {
  await transaction
    .insertInto('changes')
    .values({
      organization_id: organization,
      version,
      subjects: subjects.length > MAX_SUBJECTS ? null : JSON.stringify(subjects),
      changed_at: at,
    })
    .execute()
  await transaction
    .deleteFrom('changes')
    .where('organization_id', '=', organization)
    .where('version', '<=', version - MAX_CHANGES)
    .execute()
}

const isSubjects = list(id<Subject>())

/**
 * Returns the changes of an organization after a version, oldest first. A change whose subjects are not understood
 * invalidates all.
 */
export async function readChangesSince(
  db: Database,
  organization: OrganizationId,
  version: number,
): Promise<readonly PolicyChange[]> {
  const rows = await db
    .selectFrom('changes')
    .selectAll()
    .where('organization_id', '=', organization)
    .where('version', '>', version)
    .orderBy('version')
    .execute()
  return rows.map(row => {
    const subjects = readOptionalJson(row.subjects, isSubjects)
    return {
      version: versionIn(row.version),
      ...(subjects && { subjects }),
      at: Number(row.changed_at),
    }
  })
}

/** Returns the epoch and all versions. Reads them in one statement, so that the result is one state of the store. */
export async function readPolicyVersions(db: Database): Promise<PolicyVersions> {
  const rows = await db
    .selectFrom('meta')
    .leftJoin('organizations', join => join.onTrue())
    .select(['meta.value as epoch', 'organizations.id', 'organizations.policy_version'])
    .where('meta.key', '=', 'epoch')
    .execute()
  const [first] = rows
  if (first === undefined)
    throw new Error('The store has no epoch, so ews-gateway did not create it')
  const versions = rows.flatMap(({ id, policy_version }) =>
    id === null ? [] : [[id, versionIn(policy_version)] as const],
  )
  return { epoch: first.epoch, versions: new Map(versions) }
}

/** Returns the version of an organization for records, with its epoch. Reads both in one statement. */
export async function readRecordedVersion(
  db: Database,
  organization: OrganizationId,
): Promise<RecordedVersion> {
  const { epoch, versions } = await readPolicyVersions(db)
  return { policyVersion: versions.get(organization) ?? 0, epoch }
}

/** @throws Error if a column has no version, because changes could not be noticed then */
function versionIn(value: unknown): number {
  const version = readWhole(value)
  if (version === undefined) throw new Error(`The store has ${value} in place of a policy version`)
  return version
}

/** Returns the version of the last change; 0 before the first change. */
export async function policyVersion(db: Database, organization: OrganizationId): Promise<number> {
  const row = await db
    .selectFrom('organizations')
    .select('policy_version')
    .where('id', '=', organization)
    .executeTakeFirst()
  return Number(row?.policy_version ?? 0)
}

/**
 * Creates the organization's row, or writes it unchanged, to lock it: PostgreSQL locks the row, and SQLite the
 * file. A transaction that begins with this never reads outdated data.
 *
 * @returns the policy version
 */
async function lockOrganization(
  transaction: Change,
  organization: OrganizationId,
): Promise<number> {
  const { policy_version } = await transaction
    .insertInto('organizations')
    .values({ id: organization, policy_version: 0, access_control_changed: 0 })
    .onConflict(conflict =>
      conflict
        .column('id')
        .doUpdateSet(row => ({ policy_version: row.ref('organizations.policy_version') })),
    )
    .returning('policy_version')
    .executeTakeFirstOrThrow()
  return versionIn(policy_version)
}
