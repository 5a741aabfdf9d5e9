/**
 * The embedded store: one SQLite file, by Node's own SQLite.
 *
 * @module
 */

import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { Kysely, type SqliteDatabase, SqliteDialect } from 'kysely'
import { Failure } from '../model/failure.ts'
import { openSql } from './sql.ts'
import type { Store } from './store.ts'
import type { Tables } from './tables.ts'

/** How long a change waits for another process, which may be importing a large directory. */
const PATIENCE_MS = 15_000

const RETRY_MS = 10

/** Readers wait for nobody but whoever recovers the file after a crash; it blocks the process. */
const READ_TIMEOUT_MS = 1000

/** The primary result code; an extended one has more above its low byte. */
const SQLITE_BUSY = 5

/** Prepared statements that are kept. */
const STATEMENTS = 128

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
  // SQLite's own waiting blocks the process, so it does not wait and patiently() does.
  const database = new DatabaseSync(file, { timeout: 0, enableForeignKeyConstraints: true })
  let reading = database
  try {
    await patiently(async () => database.exec('pragma journal_mode = wal'))
    database.exec('pragma synchronous = full')
    database.exec(`pragma cache_size = -${CACHE_KIB}`)
    if (file !== ':memory:')
      reading = new DatabaseSync(file, { readOnly: true, timeout: READ_TIMEOUT_MS })

    const db = kyselyOn(database)
    const readers = reading === database ? db : kyselyOn(reading)
    // Held while migrations run, so that of two processes one makes the tables, whole or not at all.
    await patiently(async () => database.exec('begin immediate'))
    const store = await openSql(db, now, { readers, patiently })
    database.exec('commit')
    await store.ping()
    return store
  } catch (error) {
    if (reading !== database) reading.close()
    database.close()
    throw error
  }
}

/** Tries again while another process writes. Other work of this one goes on meanwhile. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error
    }
    await setTimeout(RETRY_MS)
  }
}

const kyselyOn = (database: DatabaseSync) =>
  new Kysely<Tables>({ dialect: new SqliteDialect({ database: asKyselyWants(database) }) })

const isBusy = (error: unknown) =>
  error instanceof Error && 'errcode' in error && Number(error.errcode) % 256 === SQLITE_BUSY

/**
 * SQLite ends a transaction by itself when its disk is full or fails. kysely rolls it back then, and the error of
 * that would hide the first one.
 */
const NOTHING_TO_ROLL_BACK = { changes: 0, lastInsertRowid: 0 }

function asKyselyWants(database: DatabaseSync): SqliteDatabase {
  const statementOf = remembered(text => {
    const statement = database.prepare(text)
    return { statement, reader: statement.columns().length > 0 }
  })
  return {
    close: () => database.close(),
    prepare: text => {
      const { statement, reader } = statementOf(text)
      return {
        reader,
        all: parameters => statement.all(...(parameters as SQLInputValue[])),
        run: parameters =>
          text === 'rollback' && !database.isTransaction
            ? NOTHING_TO_ROLL_BACK
            : statement.run(...(parameters as SQLInputValue[])),
        // A statement of its own: this one stays open between two rows.
        iterate: parameters => database.prepare(text).iterate(...(parameters as SQLInputValue[])),
      }
    },
  }
}

/** A statement, and whether it returns rows, which takes longer to find out than a short query. */
type PreparedStatement = Readonly<{ statement: StatementSync; reader: boolean }>

/** Remembers the latest prepared statements by their text: decisions repeat the same few queries. */
function remembered(
  prepare: (text: string) => PreparedStatement,
): (text: string) => PreparedStatement {
  const known = new Map<string, PreparedStatement>()
  return text => {
    const prepared = known.get(text) ?? prepare(text)
    known.delete(text)
    known.set(text, prepared)
    const [oldest] = known.keys()
    if (known.size > STATEMENTS && oldest !== undefined) known.delete(oldest)
    return prepared
  }
}
