/**
 * The embedded store: one SQLite file, by Node's own SQLite.
 *
 * @module
 */

import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { Kysely, type SqliteDatabase, SqliteDialect } from 'kysely'
import { Failure } from '../model/failure.ts'
import { openSql } from './sql.ts'
import type { Store } from './store.ts'
import type { Tables } from './tables.ts'

/** How long a statement waits for another process; it blocks this one as long. */
const BUSY_TIMEOUT_MS = 5000

const RETRY_MS = 10

/** The primary result code; an extended one has more above its low byte. */
const SQLITE_BUSY = 5

/** Filled only as far as it is used; an import of 100,000 users needs most of it. */
const CACHE_KIB = 65_536

/**
 * Opens a database file, or makes it, readable by its owner alone, with the folders on its way.
 *
 * A change that was answered survives a loss of power. Any number of processes may have the file
 * open, and may open it at the same moment.
 *
 * @param file - a path, or `:memory:` for a store that ends with the process
 * @param now - the time in milliseconds
 * @throws Failure naming the file, where it cannot be used
 */
export async function openSqlite(file: string, now: () => number = Date.now): Promise<Store> {
  try {
    if (file !== ':memory:') await makeFile(file)
    return await openDatabase(file, now)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Failure('policy-unavailable', `Cannot open the store ${file}: ${reason}`, {
      cause: error,
    })
  }
}

async function makeFile(file: string) {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const handle = await open(file, 'a', 0o600)
  await handle.close()
}

async function openDatabase(file: string, now: () => number): Promise<Store> {
  const database = new DatabaseSync(file, {
    timeout: BUSY_TIMEOUT_MS,
    enableForeignKeyConstraints: true,
  })
  try {
    await useWriteAheadLog(database)
    database.exec('pragma synchronous = full')
    database.exec(`pragma cache_size = -${CACHE_KIB}`)

    const dialect = new SqliteDialect({ database: asKyselyWants(database) })
    // Held while migrations run, so that of two processes one makes the tables, whole or not at all.
    database.exec('begin immediate')
    const store = await openSql(new Kysely<Tables>({ dialect }), now)
    database.exec('commit')
    return store
  } catch (error) {
    database.close()
    throw error
  }
}

/** SQLite itself does not wait where another process changes the mode of a new file just now. */
async function useWriteAheadLog(database: DatabaseSync) {
  const deadline = performance.now() + BUSY_TIMEOUT_MS
  for (;;) {
    try {
      database.exec('pragma journal_mode = wal')
      return
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error
    }
    await setTimeout(RETRY_MS)
  }
}

const isBusy = (error: unknown) =>
  error instanceof Error && 'errcode' in error && Number(error.errcode) % 256 === SQLITE_BUSY

function asKyselyWants(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare: text => {
      const statement = database.prepare(text)
      return {
        reader: statement.columns().length > 0,
        all: parameters => statement.all(...(parameters as SQLInputValue[])),
        run: parameters => statement.run(...(parameters as SQLInputValue[])),
        iterate: parameters => statement.iterate(...(parameters as SQLInputValue[])),
      }
    },
  }
}
