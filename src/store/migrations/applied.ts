/**
 * Reads which migrations a database has run.
 *
 * @module
 */

import type { Kysely } from 'kysely'

/**
 * Returns the names of the migrations that a database has run, in their order.
 *
 * @param table - kysely's table of migrations, which can be missing
 */
export async function appliedMigrations(
  db: Pick<Kysely<unknown>, 'introspection' | 'withTables'>,
  table: string,
): Promise<readonly string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some(({ name }) => name === table)) return []

  const rows = await db
    .withTables<{ [table: string]: { name: string } }>()
    .selectFrom(table)
    .select('name')
    .orderBy('name')
    .execute()
  return rows.map(({ name }) => name)
}
