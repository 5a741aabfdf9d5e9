/**
 * The history in PostgreSQL: all gateways that share a store write into one.
 *
 * @module
 */

import { CompiledQuery, type Transaction } from 'kysely'
import { connect, type PostgresOptions } from '../store/postgres-connect.ts'
import { isAnswer } from '../store/postgres-connections.ts'
import { type Bulk, type BulkWriter, unpack, type Value } from './bulk.ts'
import { type History, Rejected } from './history.ts'
import { type Dialect, migrateHistory } from './migrations.ts'
import { historyOn } from './sql.ts'
import type { Database, Tables } from './tables.ts'

const DIALECT: Dialect = { idType: 'uuid', inKeyOrder: '', covering: false }

const CONNECTIONS = 2

/** One statement: of a batch, or of a question about years. The server gives up a little earlier. */
const DEADLINE_MS = 20_000
const GRACE_MS = 200

/** Rows in one statement, which has 65,535 values at most. */
const ROWS = 500

/**
 * Connects, and makes the tables that the database lacks.
 *
 * @throws Error where it cannot be used
 */
export async function openPostgresHistory(options: PostgresOptions): Promise<History> {
  const limits = { max: CONNECTIONS, statement_timeout: DEADLINE_MS - GRACE_MS }
  const db = connect<Tables>(options, limits, () => DEADLINE_MS)
  try {
    await migrateHistory(db, DIALECT)
    return historyOn(db, bulkOn(db), () => db.destroy())
  } catch (cause) {
    await db.destroy()
    const reason = cause instanceof Error ? cause.message : String(cause)
    const where = `${options.database} on ${options.host}:${options.port}`
    throw new Error(`Cannot open the history in the database ${where}: ${reason}`, { cause })
  }
}

function bulkOn(db: Database): BulkWriter {
  const writeIn = async (
    transaction: Transaction<Tables>,
    guard: Bulk,
    statements: readonly Bulk[],
  ): Promise<void> => {
    if ((await insert(transaction, guard)) === 0n) return
    for (const statement of statements) await insert(transaction, statement)
  }
  return {
    run: async (guard, statements) => {
      try {
        await db.transaction().execute(transaction => writeIn(transaction, guard, statements))
      } catch (error) {
        if (!isAnswer(error)) throw error
        throw new Rejected((error as Error).message, { cause: error })
      }
    },
  }
}

/** Each piece by itself, for a row may be in two. @returns how many rows were inserted or changed */
async function insert(transaction: Transaction<Tables>, bulk: Bulk): Promise<bigint> {
  let changes = 0n
  for (const rows of bulk.rows) {
    const all = [...unpack(rows, bulk.width)]
    for (let from = 0; from < all.length; from += ROWS)
      changes += await insertSome(transaction, bulk, all.slice(from, from + ROWS))
  }
  return changes
}

async function insertSome(
  transaction: Transaction<Tables>,
  { text, width }: Bulk,
  rows: readonly (readonly Value[])[],
): Promise<bigint> {
  const values = rows.map((_, row) => placeholders(row * width, width)).join()
  const query = CompiledQuery.raw(text(values), rows.flat())
  const { numAffectedRows = 0n } = await transaction.executeQuery(query)
  return numAffectedRows
}

const placeholders = (after: number, count: number) =>
  `(${Array.from({ length: count }, (_, i) => `$${after + i + 1}`).join()})`
