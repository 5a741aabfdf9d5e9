/**
 * Migration 12: names of principals that are unique in their organization.
 *
 * If principals have the same name, the one with the oldest access key keeps it. The others get ` (2)`, ` (3)`, and
 * so on. The column is null for principals that a gateway of an earlier version creates while an upgrade is in
 * progress.
 *
 * @module
 */

import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { OrganizationId } from '../../model/identity.ts'
import { foldPrincipalName } from '../../model/principal.ts'
import type { Database } from '../tables.ts'

/** Maximum length of a name, in characters. */
const LENGTH = 64

export const principalNames: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('principals').addColumn('folded_name', 'text').execute()
    const tables = db as Database
    const organizations = await tables.selectFrom('organizations').select('id').execute()
    for (const { id } of organizations) await makeUnique(tables, id)
    await db.schema
      .createIndex('principals_by_name')
      .unique()
      .on('principals')
      .columns(['organization_id', 'folded_name'])
      .execute()
  },
}

async function makeUnique(db: Database, organization: OrganizationId): Promise<void> {
  const rows = await db
    .selectFrom('principals')
    .leftJoin('access_keys', 'principal_id', 'principals.id')
    .select(({ fn }) => ['principals.id', 'name', fn.min('created_at').as('since')])
    .where('organization_id', '=', organization)
    .groupBy(['principals.id', 'name'])
    .execute()
  const age = (since: string | number | bigint | null) => Number(since ?? Number.POSITIVE_INFINITY)
  const oldestFirst = rows.toSorted((a, b) =>
    age(a.since) === age(b.since) ? (a.id < b.id ? -1 : 1) : age(a.since) - age(b.since),
  )
  const present = new Set(rows.map(({ name }) => foldPrincipalName(name)))
  const taken = new Set<string>()
  for (const { id, name } of oldestFirst) {
    const kept = taken.has(foldPrincipalName(name)) ? freeName(name, present) : name
    const folded = foldPrincipalName(kept)
    taken.add(folded)
    present.add(folded)
    await db
      .updateTable('principals')
      .set({ name: kept, folded_name: folded })
      .where('id', '=', id)
      .execute()
  }
}

/** Returns the name with the first number with which it is unique. */
function freeName(name: string, present: ReadonlySet<string>): string {
  for (let n = 2; ; n += 1) {
    const number = ` (${n})`
    const free = `${Array.from(name)
      .slice(0, LENGTH - number.length)
      .join('')
      .trimEnd()}${number}`
    if (!present.has(foldPrincipalName(free))) return free
  }
}
