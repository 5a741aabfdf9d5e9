/**
 * The store on PostgreSQL, for several gateways.
 *
 * Reads for decisions have their own connections, so that no change, import, or long list delays them. Every wait
 * is limited.
 *
 * @module
 */

import { setTimeout } from 'node:timers/promises'
import { sql } from 'kysely'
import { DatabaseError } from 'pg'
import { Failure } from '../model/failure.ts'
import type { OnMigrated } from '../model/migrated.ts'
import { connect, type PostgresOptions } from './postgres-connect.ts'
import { ConnectionLost } from './postgres-connections.ts'
import type { LockTables } from './restore.ts'
import { type Existing, openExistingSql, openSql } from './sql.ts'
import type { SqlOptions } from './sql-store.ts'
import type { Store } from './store.ts'
import type { Database, Tables } from './tables.ts'

/** Limits of a store on PostgreSQL, in milliseconds. */
export type PostgresLimits = Readonly<{
  /** Maximum wait for a connection, whether an idle or a new one. */
  connectMs: number
  /** Maximum time of a lookup by key. */
  readMs: number
  /** Maximum time of a statement in a change, including `lockMs`, or of reading a long list. */
  changeMs: number
  /** Maximum wait for the organization's lock. The same as with SQLite. */
  lockMs: number
}>

const LIMITS: PostgresLimits = {
  connectMs: 2_000,
  readMs: 2_000,
  changeMs: 20_000,
  lockMs: 15_000,
}

/** Maximum time of a statement in a migration, on a table of any size. */
const MIGRATION_MS = 600_000

/** Time by which the server's timeout for a statement is shorter than the gateway's. */
const GRACE_MS = 200

/**
 * Numbers of connections of each gateway. PostgreSQL's default of 100 connections is enough for six gateways,
 * including those of the history.
 */
const READERS = 8
const WRITERS = 4

/** Maximum number of attempts at a change that conflicts with others. */
const ATTEMPTS = 5
const RETRY_MS = 20

/**
 * Opens a database and creates missing tables. Any number of gateways can do that concurrently.
 *
 * @param now - returns the time in milliseconds
 * @throws Failure naming the database, if it can't be used
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
 * @throws Failure naming the database, if it can't be used
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

/** Opens a database with a function. @param open - returns undefined if the database has no store */
async function openDatabase<Opened extends Store | undefined>(
  options: PostgresOptions,
  { connectMs, readMs, changeMs, lockMs }: PostgresLimits,
  open: (db: Database, sqlOptions: SqlOptions) => Promise<Opened>,
): Promise<Opened> {
  const each = { connectionTimeoutMillis: connectMs }
  const changing = { statement_timeout: changeMs - GRACE_MS, lock_timeout: lockMs, max: WRITERS }
  const reading = { statement_timeout: readMs - GRACE_MS, max: READERS }
  // Uses the short timeout for `begin`, so that a frozen server is noticed early.
  const deadlineOf = (statement: string) => (statement === 'begin' ? readMs : changeMs)
  const db = connect<Tables>(options, { ...each, ...changing }, deadlineOf)
  const readers = connect<Tables>(options, { ...each, ...reading }, () => readMs)
  const migrating = connect<Tables>(options, { ...each, max: 1 }, () => MIGRATION_MS)
  const sqlOptions = { readers, lists: db, migrating, retryRead, retryChange, lockTables }
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
    const message = `Cannot open the store, the database ${name}: ${reason}. Check that it is running, or correct the configuration key store`
    throw new Failure('policy-unavailable', message, { cause: error, kind: 'store' })
  } finally {
    await migrating.destroy()
  }
}

/**
 * Repeats a change that the server has rolled back because of concurrent changes, or that had not begun when its
 * connection broke.
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

const lockTables: LockTables = async (transaction, tables) => {
  const names = sql.join(tables.map(name => sql.table(name)))
  await sql`lock table ${names} in exclusive mode`.execute(transaction)
}

/** Whether an error is a serialization failure or a deadlock. */
const isInTheWay = (error: unknown) =>
  error instanceof DatabaseError && (error.code === '40001' || error.code === '40P01')

const isUnbegun = (error: unknown) => error instanceof ConnectionLost && error.statement === 'begin'

/** Repeats a read if its connection broke, because the server may be available over a new connection. */
async function retryRead<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ConnectionLost && error.statement !== '') return await work()
    throw error
  }
}
