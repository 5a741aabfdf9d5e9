/**
 * The store on PostgreSQL, for several gateways that share one.
 *
 * Those who decide have connections of their own, so that no change, import or long list holds them
 * up. Every wait ends: see the times below.
 *
 * @module
 */

import { setTimeout } from 'node:timers/promises'
import { Kysely, PostgresDialect } from 'kysely'
import { DatabaseError, type PoolConfig } from 'pg'
import { Failure } from '../model/failure.ts'
import type { Secret } from '../model/secret.ts'
import { ConnectionLost, Connections } from './postgres-connections.ts'
import { openSql } from './sql.ts'
import type { Store } from './store.ts'
import type { Tables } from './tables.ts'

export type PostgresOptions = Readonly<{
  host: string
  port: number
  database: string
  user: string
  password?: Secret
  /** With TLS the server's certificate is verified, by `ca` in PEM or the well-known authorities. */
  tls: false | Readonly<{ ca?: string }>
}>

/** To get a connection: a free one, or a new one. */
const CONNECT_MS = 2000

/** One look-up by key. */
const READ_MS = 2000

/**
 * One statement of a change, or a list of 100,000 users. Most of it is patience: for whoever holds
 * the organization's lock, as long as with SQLite.
 */
const CHANGE_MS = 20_000
const LOCK_MS = 15_000

/** A gateway that hangs in the middle of a change loses it, before the patience of others ends. */
const IDLE_IN_CHANGE_MS = 10_000

/** One statement of a migration, on a table of any size. */
const MIGRATION_MS = 600_000

/** The server ends a statement this much earlier than the connection is given up. */
const GRACE_MS = 200

/** For each gateway: eight of them fit into the 100 connections that PostgreSQL has by default. */
const READERS = 8
const WRITERS = 4

const IDLE_MS = 30_000
const KEEP_ALIVE_MS = 10_000

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
): Promise<Store> {
  const changing = { statement_timeout: CHANGE_MS - GRACE_MS, lock_timeout: LOCK_MS, max: WRITERS }
  const reading = { statement_timeout: READ_MS - GRACE_MS, max: READERS }
  // To begin is no work, so a server that is frozen is noticed there.
  const changeMs = (statement: string) => (statement === 'begin' ? READ_MS : CHANGE_MS)
  const db = connect(options, changing, changeMs)
  const readers = connect(options, reading, () => READ_MS)
  const migrating = connect(options, { max: 1 }, () => MIGRATION_MS)
  const means = { readers, lists: db, migrating, persistently, patiently }
  try {
    const store = await openSql(db, now, means)
    await store.ping()
    return store
  } catch (error) {
    await Promise.all([db.destroy(), readers.destroy()])
    const { host, port, database } = options
    const reason = error instanceof Error ? error.message : String(error)
    const name = `${database} on ${host.includes(':') ? `[${host}]` : host}:${port}`
    const message = `Cannot open the store, the database ${name}: ${reason}`
    throw new Failure('policy-unavailable', message, { cause: error })
  } finally {
    await migrating.destroy()
  }
}

function connect(
  { host, port, database, user, password, tls }: PostgresOptions,
  limits: PoolConfig,
  deadlineOf: (statement: string) => number,
) {
  const config: PoolConfig = {
    host,
    port,
    database,
    user,
    // A function, so that neither the environment nor ~/.pgpass has a word in it.
    password: () => {
      if (password) return password.reveal()
      throw new Error('The server asks for a password, and none is configured')
    },
    ssl: tls && { ...tls, rejectUnauthorized: true },
    application_name: 'ews-gateway',
    connectionTimeoutMillis: CONNECT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_CHANGE_MS,
    idleTimeoutMillis: IDLE_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    // A connection that never closes does not keep the process from ending.
    allowExitOnIdle: true,
    ...limits,
  }
  const pool = new Connections(config, deadlineOf)
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
}

/**
 * Begins a change again that the server has rolled back because of others, or that had not begun
 * when its connection broke.
 */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
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
async function persistently<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ConnectionLost && error.statement !== '') return await work()
    throw error
  }
}
