/**
 * The embedded store: one SQLite file, opened with the SQLite of Node.js.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { link, mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { Kysely, type SqliteDatabase, SqliteDialect } from 'kysely'
import { Failure } from '../model/failure.ts'
import { codeOf, fileProblem, reasonOf } from '../model/file-problem.ts'
import type { OnMigrated } from '../model/migrated.ts'
import { type Existing, openExistingSql, openSql, openStagedSql } from './sql.ts'
import type { SqlOptions } from './sql-store.ts'
import { isBusy, isDamage, systemError } from './sqlite-errors.ts'
import type { Store, StoredRow } from './store.ts'
import type { Database, Tables } from './tables.ts'

/** Maximum wait of a change for another process, which can be importing a large directory. */
const BUSY_TIMEOUT_MS = 15_000

const RETRY_MS = 10

/**
 * Maximum wait of a read, during which the process is blocked. A read waits only while another process recovers the
 * file after a crash.
 */
const READ_TIMEOUT_MS = 1000

/** Minimum size of a SQLite file with a table: one page. */
const MIN_FILE_BYTES = 512

/** Name of a database that only one connection has, which keeps in a file what exceeds its cache. */
const TEMPORARY = ''

const RESTORE = 'Restore it from a backup. To begin with an empty store, remove the file'

/** Maximum number of cached prepared statements. */
const STATEMENTS = 128

/**
 * Maximum size of the page cache in KiB. The cache grows on demand, and an import of 100,000 users needs most of
 * it.
 */
const CACHE_KIB = 65_536

/**
 * Opens a database file, or creates it with its folders, readable only by its owner.
 *
 * A confirmed change is not lost in a power failure. Any number of processes can open the file, also concurrently.
 *
 * @param file - a path, or `:memory:` for a store that exists only in this process
 * @param now - returns the time in milliseconds
 * @param onMigrated - called if the file existed before and was migrated
 * @throws Failure naming the file, if it can't be used
 */
export async function openSqlite(
  file: string,
  now: () => number = Date.now,
  onMigrated?: OnMigrated,
): Promise<Store> {
  return await withFileName(file, async () => {
    if (file !== ':memory:') await makeFile(file, now)
    const isNew = file === ':memory:'
    return await openDatabase(file, isNew, (db, options) =>
      openSql(db, now, { ...options, onMigrated }),
    )
  })
}

/**
 * Opens a database file, or returns undefined if there is none.
 *
 * @throws Failure naming the file, if it cannot be used
 */
export async function openExistingSqlite(
  file: string,
  existing: Existing,
  now: () => number = Date.now,
  onMigrated?: OnMigrated,
): Promise<Store | undefined> {
  return await withFileName(file, async () => {
    if ((await sizeOf(file)) === undefined) return undefined
    return await openDatabase(file, false, (db, options) =>
      openExistingSql(db, now, { ...options, onMigrated }, existing),
    )
  })
}

/**
 * Opens a store with the rows of a backup, migrated to the schema of this version. What exceeds the page cache is in a
 * temporary file, which SQLite deletes.
 *
 * @param schema - last migration of the store of the backup
 * @throws Failure if rows don't fit the tables
 */
export const openStaged = (schema: string, rows: AsyncIterable<StoredRow>): Promise<Store> =>
  openDatabase(TEMPORARY, true, (db, options) => openStagedSql(db, options, schema, rows))

/** Adds the name of the file to an error. @throws Failure naming the file */
async function withFileName<T>(file: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (error) {
    const message = await problemOf(file, error)
    throw new Failure('policy-unavailable', message, { cause: error, kind: 'store' })
  }
}

/** Returns a message about a store that cannot be opened, which says what to do. */
async function problemOf(file: string, error: unknown): Promise<string> {
  const system = file === ':memory:' ? undefined : await systemError(error, file)
  if (system) return fileProblem({ what: 'the store', path: file, key: 'store' }, system)
  const remedy = isDamage(error) ? `. ${RESTORE}` : ''
  return `Cannot open the store ${file}: ${reasonOf(error)}${remedy}`
}

/**
 * Creates the file if it is missing. Renames it to its final name only when it has tables, so that an empty file is
 * always one that was truncated.
 */
async function makeFile(file: string, now: () => number) {
  if ((await sizeOf(file)) !== undefined) return
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${randomUUID()}`
  try {
    await writeFile(draft, '', { mode: 0o600 })
    const store = await openDatabase(draft, true, (db, options) => openSql(db, now, options))
    await store.close()
    await link(draft, file)
  } catch (error) {
    // If several processes create the file concurrently, all use that of the first.
    if (codeOf(error) !== 'EEXIST') throw error
  } finally {
    await rm(draft, { force: true })
  }
}

/** Returns the size of the file, or undefined if there is none. @throws Error if the file was truncated */
async function sizeOf(file: string): Promise<number | undefined> {
  const stats = await stat(file).catch(error => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (stats !== undefined && stats.size < MIN_FILE_BYTES)
    throw new Error(`it has ${stats.size} bytes, so it was truncated. ${RESTORE}`)
  return stats?.size
}

/**
 * Opens a database with a function.
 *
 * @param isNew - whether the database has no tables yet
 * @param open - returns undefined if the database has no store
 */
async function openDatabase<Opened extends Store | undefined>(
  file: string,
  isNew: boolean,
  open: (db: Database, options: SqlOptions) => Promise<Opened>,
): Promise<Opened> {
  // The timeout of SQLite blocks the process, so it is 0, and retryChange() waits instead.
  const database = new DatabaseSync(file, { timeout: 0, enableForeignKeyConstraints: true })
  let reading = database
  try {
    await retryChange(async () => database.exec('pragma journal_mode = wal'))
    database.exec('pragma synchronous = full')
    database.exec(`pragma cache_size = -${CACHE_KIB}`)
    if (file !== ':memory:' && file !== TEMPORARY)
      reading = new DatabaseSync(file, { readOnly: true, timeout: READ_TIMEOUT_MS })

    const db = kyselyOn(database)
    const readers = reading === database ? db : kyselyOn(reading)
    // Locks the database during migrations, so that only one process creates the tables, completely or not at all.
    await retryChange(async () => database.exec('begin immediate'))
    if (!isNew) verifyIsStore(database)
    const store = await open(db, { readers, retryChange })
    database.exec('commit')
    await store?.ping()
    return store
  } catch (error) {
    if (reading !== database) reading.close()
    database.close()
    throw error
  }
}

/** Rejects a database of another program, to which a migration would add the tables of an empty store. @throws Error */
function verifyIsStore(database: DatabaseSync): void {
  const tables = database.prepare(`select name from sqlite_master where type = 'table'`).all()
  if (tables.some(({ name }) => name === 'organizations')) return
  throw new Error(`it is not a store of ews-gateway. ${RESTORE}`)
}

/** Repeats work while another process writes, without blocking this process. */
async function retryChange<T>(work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + BUSY_TIMEOUT_MS
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
  new Kysely<Tables>({ dialect: new SqliteDialect({ database: toKyselyDatabase(database) }) })

/**
 * Result of a rollback without a transaction. SQLite ends a transaction by itself if the disk is full or fails.
 * kysely then rolls back nevertheless, and the error of that would hide the original one.
 */
const NOTHING_TO_ROLL_BACK = { changes: 0, lastInsertRowid: 0 }

function toKyselyDatabase(database: DatabaseSync): SqliteDatabase {
  const statementOf = cachedStatements(text => {
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
        // Prepares a new statement instead of a cached one, because it stays in use between two rows.
        iterate: parameters => database.prepare(text).iterate(...(parameters as SQLInputValue[])),
      }
    },
  }
}

/** A statement, and whether it returns rows. This is cached, because determining it takes longer than a short query. */
type PreparedStatement = Readonly<{ statement: StatementSync; reader: boolean }>

/** Caches the latest prepared statements by their text, because decisions repeat a few queries. */
function cachedStatements(
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
