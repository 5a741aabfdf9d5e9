/**
 * The store on PostgreSQL, for several gateways that share one.
 *
 * Those who decide have connections of their own, so that no change, import or long list holds them
 * up. Every wait ends: see the times below.
 *
 * @module
 */

import { setTimeout } from 'node:timers/promises'
import { DatabaseError } from 'pg'
import { Failure } from '../model/failure.ts'
import type { OnMigrated } from '../model/migrated.ts'
import { connect, type PostgresOptions } from './postgres-connect.ts'
import { ConnectionLost } from './postgres-connections.ts'
import { type Existing, openExistingSql, openSql, type SqlOptions } from './sql.ts'
import type { Store } from './store.ts'
import type { Database, Tables } from './tables.ts'

/** Limits of a store on PostgreSQL, in milliseconds. */
export type PostgresLimits = Readonly<{
  /** To get a connection: a free one, or a new one. */
  connectMs: number
  /** One look-up by key. */
  readMs: number
  /** One statement of a change, or a list of 100,000 users. Most of it is `lockMs`. */
  changeMs: number
  /** To get the organization's lock, as long as with SQLite. */
  lockMs: number
}>

const LIMITS: PostgresLimits = {
  connectMs: 2_000,
  readMs: 2_000,
  changeMs: 20_000,
  lockMs: 15_000,
}

/** One statement of a migration, on a table of any size. */
const MIGRATION_MS = 600_000

/** The server ends a statement this much earlier than the connection is given up. */
const GRACE_MS = 200

/** For each gateway: with the history's, six of them fit into PostgreSQL's usual 100. */
const READERS = 8
const WRITERS = 4

/** How often a change is begun where others were in its way. */
const ATTEMPTS = 5
const RETRY_MS = 20

/**
 * Opens a database and makes the tables that it lacks. Any number of gateways may do so at the same
 * moment.
 *
 * @param now - the time in milliseconds
 * @throws Failure naming the database, where it cannot be used
 */
export async function openPostgres(
  options: PostgresOptions,
  now: () => number = Date.now,
  limits: PostgresLimits = LIMITS,
  onMigrated?: OnMigrated,
): Promise<Store> {
  return await openDatabase(options, limits, (db, sqlOptions) =>
    openSql(db, now, { ...sqlOptions, ...(onMigrated && { onMigrated }) }),
  )
}

/**
 * Opens a database, or returns undefined if it has no tables of a store.
 *
 * @throws Failure naming the database, if it cannot be used
 */
export async function openExistingPostgres(
  options: PostgresOptions,
  existing: Existing,
  now: () => number = Date.now,
  limits: PostgresLimits = LIMITS,
  onMigrated?: OnMigrated,
): Promise<Store | undefined> {
  return await openDatabase(options, limits, (db, sqlOptions) =>
    openExistingSql(db, now, { ...sqlOptions, ...(onMigrated && { onMigrated }) }, existing),
  )
}

/** @param open - returns undefined if there is no store */
async function openDatabase<Opened extends Store | undefined>(
  options: PostgresOptions,
  { connectMs, readMs, changeMs, lockMs }: PostgresLimits,
  open: (db: Database, sqlOptions: SqlOptions) => Promise<Opened>,
): Promise<Opened> {
  const each = { connectionTimeoutMillis: connectMs }
  const changing = { statement_timeout: changeMs - GRACE_MS, lock_timeout: lockMs, max: WRITERS }
  const reading = { statement_timeout: readMs - GRACE_MS, max: READERS }
  // To begin is no work, so a server that is frozen is noticed there.
  const deadlineOf = (statement: string) => (statement === 'begin' ? readMs : changeMs)
  const db = connect<Tables>(options, { ...each, ...changing }, deadlineOf)
  const readers = connect<Tables>(options, { ...each, ...reading }, () => readMs)
  const migrating = connect<Tables>(options, { ...each, max: 1 }, () => MIGRATION_MS)
  const sqlOptions = { readers, lists: db, migrating, retryRead, retryChange }
  try {
    const store = await open(db, sqlOptions)
    if (store === undefined) await Promise.all([db.destroy(), readers.destroy()])
    await store?.ping()
    return store
  } catch (error) {
    await Promise.all([db.destroy(), readers.destroy()])
    const { host, port, database } = options
    const reason = error instanceof Error ? error.message : String(error)
    const name = `${database} on ${host.includes(':') ? `[${host}]` : host}:${port}`
    const message = `Cannot open the store, the database ${name}: ${reason}. Look whether it runs, or correct the key store`
    throw new Failure('policy-unavailable', message, { cause: error, kind: 'store' })
  } finally {
    await migrating.destroy()
  }
}

/**
 * Begins a change again that the server has rolled back because of others, or that had not begun
 * when its connection broke.
 */
async function retryChange<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (attempt >= ATTEMPTS || !(isInTheWay(error) || isUnbegun(error))) throw error
    }
    await setTimeout(RETRY_MS * attempt * (0.5 + Math.random()))
  }
}

/** Serialization failure and deadlock. */
const isInTheWay = (error: unknown) =>
  error instanceof DatabaseError && (error.code === '40001' || error.code === '40P01')

const isUnbegun = (error: unknown) => error instanceof ConnectionLost && error.statement === 'begin'

/** Reads again where the connection was an old one that broke: the server may be there. */
async function retryRead<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ConnectionLost && error.statement !== '') return await work()
    throw error
  }
}
