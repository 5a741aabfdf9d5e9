/**
 * Stores the history in a SQLite file of its own, for the gateways of one machine.
 *
 * @module
 */

import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CompiledQuery, Kysely } from 'kysely'
import { FileError } from '../model/file-problem.ts'
import type { OnMigrated } from '../model/migrated.ts'
import { sqliteTriggers } from './coarse-rollups.ts'
import type { History } from './history.ts'
import { type Dialect, migrateHistory } from './migrations.ts'
import { historyOn } from './sql.ts'
import { dialectOf, SqliteThread } from './sqlite-thread.ts'
import type { Tables } from './tables.ts'

const DIALECT: Dialect = {
  idType: 'text',
  inKeyOrder: 'without rowid',
  covering: true,
  triggersOf: sqliteTriggers,
}

/** Creates the file if it is missing. @throws FileError if it cannot be written */
export async function makeHistoryFile(file: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await (await open(file, 'a', 0o600)).close()
  } catch (cause) {
    throw new FileError({ what: 'the history of the audit', path: file, key: 'store' }, cause)
  }
}

/**
 * Opens a file, or creates it with access only for its owner.
 *
 * @throws FileError if it cannot be written, or Error that names it if it is not a database
 */
export async function openSqliteHistory(file: string, onMigrated?: OnMigrated): Promise<History> {
  await makeHistoryFile(file)
  try {
    const thread = await SqliteThread.start(file)
    const db = new Kysely<Tables>({ dialect: dialectOf(thread) })
    try {
      // Locks the database, so that only one of several processes creates the tables.
      await thread.query(CompiledQuery.raw('begin immediate'))
      await migrateHistory(db, DIALECT, onMigrated)
      await thread.query(CompiledQuery.raw('commit'))
    } catch (error) {
      await db.destroy()
      throw error
    }
    return historyOn(db, {
      consume: (lines, organizationId) => thread.consume(lines, organizationId),
      close: () => db.destroy(),
    })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`Cannot open the history ${file}: ${reason}`, { cause })
  }
}
