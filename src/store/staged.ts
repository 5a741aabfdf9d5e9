/**
 * Brings the rows of a backup to the schema of this version.
 *
 * @module
 */

import { MIGRATIONS } from './migrations/migrate.ts'
import type { StoredRow } from './store.ts'

type Rows = () => AsyncIterable<StoredRow>

/**
 * Gives rows to a function, which reads them one after the other. Rows of this version are not kept. Earlier ones are
 * migrated first, in a temporary database.
 *
 * @param schema - last migration of the store of the backup
 * @throws Failure if rows don't fit the tables
 */
export async function currentRows<T>(
  schema: string,
  rows: Rows,
  use: (rows: Rows) => Promise<T>,
): Promise<T> {
  if (schema === Object.keys(MIGRATIONS).at(-1)) return await use(rows)
  const { openStaged } = await import('./sqlite.ts')
  const staged = await openStaged(schema, rows())
  try {
    return await staged.backup(content => use(content.rows))
  } finally {
    await staged.close()
  }
}
