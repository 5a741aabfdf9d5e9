/**
 * Stores the history in PostgreSQL. All gateways that share a store share it.
 *
 * @module
 */

import { CompiledQuery, type Kysely, type Transaction } from 'kysely'
import type { OnMigrated } from '../model/migrated.ts'
import { connect, type PostgresOptions } from '../store/postgres-connect.ts'
import { isAnswer } from '../store/postgres-connections.ts'
import { postgresTriggers } from './coarse-rollups.ts'
import { consumeLines, newMemories } from './consume.ts'
import { type History, Rejected } from './history.ts'
import { type Dialect, migrateHistory } from './migrations.ts'
import { historyOn } from './sql.ts'
import type { Tables } from './tables.ts'
import type { Row, Statement, Transaction as Writing } from './transaction.ts'

const DIALECT: Dialect = {
  idType: 'uuid',
  inKeyOrder: '',
  covering: false,
  triggersOf: postgresTriggers,
}

const CONNECTIONS = 2

/** Maximum time of one statement. The server aborts it a little earlier. */
const DEADLINE_MS = 20_000
const GRACE_MS = 200

/** Maximum number of rows in one statement, because PostgreSQL allows 65,535 values. */
const ROWS = 500

/**
 * Connects, and creates missing tables.
 *
 * @param deadlineMs - maximum time of one statement
 * @throws Error if the database cannot be used
 */
export async function openPostgresHistory(
  options: PostgresOptions,
  onMigrated?: OnMigrated,
  deadlineMs = DEADLINE_MS,
): Promise<History> {
  const limits = { max: CONNECTIONS, statement_timeout: deadlineMs - GRACE_MS }
  const db = connect<Tables>(options, limits, () => deadlineMs)
  try {
    await migrateHistory(db, DIALECT, onMigrated)
    return historyOn(db, { consume: consumeOn(db), close: () => db.destroy() })
  } catch (cause) {
    await db.destroy()
    const reason = cause instanceof Error ? cause.message : String(cause)
    const where = `${options.database} on ${options.host}:${options.port}`
    throw new Error(`Cannot open the history in the database ${where}: ${reason}`, { cause })
  }
}

function consumeOn(db: Kysely<Tables>): History['consume'] {
  const memories = newMemories()
  return async (lines, organizationId) => {
    try {
      return await db
        .transaction()
        .execute(transaction =>
          consumeLines(writingIn(transaction), memories, lines, organizationId),
        )
    } catch (error) {
      if (!isAnswer(error)) throw error
      const { message, code = '' } = error as Error & { code?: string }
      throw new Rejected(message, OF_VALUES.has(code.slice(0, 2)), { cause: error })
    }
  }
}

/** Classes of PostgreSQL errors that are caused by values: of data, of constraints, of limits. */
const OF_VALUES: ReadonlySet<string> = new Set(['22', '23', '54'])

const writingIn = (transaction: Transaction<Tables>): Writing => ({
  forUpdate: 'for update',
  run: async ({ text, rows }) => {
    const results: Row[] = []
    for (let from = 0; from < rows.length; from += ROWS)
      results.push(...(await runSome(transaction, text, rows.slice(from, from + ROWS))))
    return results
  },
})

async function runSome(
  transaction: Transaction<Tables>,
  text: Statement['text'],
  rows: Statement['rows'],
): Promise<readonly Row[]> {
  let last = 0
  const placeholders = rows.map(row => `(${row.map(() => `$${++last}`).join()})`)
  const query = CompiledQuery.raw(text(placeholders.join()), rows.flat())
  return (await transaction.executeQuery<Row>(query)).rows
}
