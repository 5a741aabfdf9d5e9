/**
 * How a PostgreSQL is reached.
 *
 * @module
 */

import { Kysely, PostgresDialect } from 'kysely'
import type { PoolConfig } from 'pg'
import type { Secret } from '../model/secret.ts'
import { Connections } from './postgres-connections.ts'

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

/** A gateway that hangs in the middle of a change loses it, before the patience of others ends. */
const IDLE_IN_CHANGE_MS = 10_000

const IDLE_MS = 30_000
const KEEP_ALIVE_MS = 10_000

/**
 * Connections of one kind, made as they are needed.
 *
 * @param limits - how many, and what the server is told of their deadlines
 * @param deadlineOf - how long an answer to a statement may take, in milliseconds
 */
export function connect<Tables>(
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
