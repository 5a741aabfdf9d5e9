/**
 * Reads the content of a store for a backup, in the form that all databases share.
 *
 * @module
 */

import { sql } from 'kysely'
import { readMasterKeyState } from './meta.ts'
import { lastMigration } from './migrations/migrate.ts'
import { ofOneState } from './snapshot.ts'
import type { StoreContent, StoredRow, StoredValue } from './store.ts'
import type { Database, Tables } from './tables.ts'

/**
 * Primary key of each table in a backup, parents first. The other tables have the state of running gateways, and ends
 * with a restore.
 */
const KEYS = {
  organizations: ['id'],
  meta: ['key'],
  users: ['organization_id', 'id'],
  user_names: ['organization_id', 'space', 'name'],
  user_terms: ['organization_id', 'term', 'user_id'],
  groups: ['organization_id', 'id'],
  group_members: ['organization_id', 'group_id', 'kind', 'member_id'],
  roles: ['organization_id', 'id'],
  access_control_rules: ['organization_id', 'name'],
  protections: ['organization_id'],
  client_tokens: ['organization_id', 'client_token'],
  principals: ['id'],
  access_keys: ['id'],
  identities: ['reference'],
  signing_keys: ['id'],
  subscriptions: ['organization_id', 'id_hash'],
  outbox: ['id'],
  changes: undefined,
  gateways: undefined,
  console_sessions: undefined,
  // They belong to the journals of running gateways, which a backup does not contain.
  audit_checkpoints: undefined,
} as const satisfies Record<keyof Tables, readonly string[] | undefined>

type BackupTable = Readonly<{ name: string; key: readonly string[] }>

/** Tables in a backup, parents first. */
export const BACKUP_TABLES: readonly BackupTable[] = Object.entries(KEYS).flatMap(([name, key]) =>
  key ? [{ name, key }] : [],
)

/** Maximum number of rows that one query reads. The rows of a role can have several MiB. */
const ROWS_AT_ONCE = 200
const ROLES_AT_ONCE = 10

/** Type names of 64-bit integers, which PostgreSQL returns as text. */
const BIGINTS: readonly string[] = ['bigint', 'int8']

/**
 * Whether a value of the store as a whole is in a backup. The epoch is not, because a restore starts a new one. Neither
 * are failed sign-ins, because their limits count attempts at other servers, and the times of snapshots, because a restore
 * makes new ones.
 */
export const isRestored = (key: string): boolean =>
  key !== 'epoch' && !NOT_RESTORED.some(beginning => key.startsWith(beginning))

const NOT_RESTORED = ['credentials:', 'account:', 'snapshot:']

/** Reads everything in one transaction, so that all of it is one state of the store. */
export const readBackup = <T>(
  db: Database,
  read: (content: StoreContent) => Promise<T>,
): Promise<T> =>
  ofOneState(db).execute(async transaction => {
    const schema = await lastMigration(transaction)
    const organizations = await transaction.selectFrom('organizations').select('id').execute()
    return await read({
      schema,
      organizations: organizations.map(({ id }) => id),
      masterKey: await readMasterKeyState(transaction),
      rows: () => rowsOf(transaction),
    })
  })

async function* rowsOf(db: Database): AsyncGenerator<StoredRow> {
  const tables = await db.introspection.getTables()
  for (const { name, key } of BACKUP_TABLES) {
    const table = tables.find(found => found.name === name)
    if (table === undefined) continue
    const bigints = table.columns.filter(({ dataType }) => BIGINTS.includes(dataType.toLowerCase()))
    const columns = new Set(bigints.map(column => column.name))
    for await (const row of rowsIn(db, { name, key })) {
      if (name === 'meta' && !isRestored(String(row['key']))) continue
      const values = Object.entries(row).map(([column, value]) => [
        column,
        columns.has(column) && value !== null ? Number(value) : value,
      ])
      yield { table: name, row: Object.fromEntries(values) }
    }
  }
}

/** Reads the rows of a table in the order of its primary key. */
async function* rowsIn(db: Database, { name, key }: BackupTable): AsyncGenerator<StoredRow['row']> {
  const columns = sql.join(key.map(column => sql.ref(column)))
  const limit = name === 'roles' ? ROLES_AT_ONCE : ROWS_AT_ONCE
  let after = sql``
  for (;;) {
    const query = sql<StoredRow['row']>`select * from ${sql.table(name)} ${after}
      order by ${columns} limit ${sql.lit(limit)}`
    const { rows } = await query.execute(db)
    yield* rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < limit) return
    const values = key.map(column => last[column] as StoredValue)
    after = sql`where (${columns}) > (${sql.join(values)})`
  }
}
