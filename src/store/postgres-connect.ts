/**
 * Opens connections to PostgreSQL.
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
  /** With TLS, the server's certificate is verified against `ca` in PEM or the well-known authorities. */
  tls: false | Readonly<{ ca?: string }>
}>

/** Maximum wait for a connection, free or new. */
const CONNECT_MS = 2000

/**
 * Time after which an idle change is rolled back. It is shorter than the wait of other gateways for the
 * lock.
 */
const IDLE_IN_CHANGE_MS = 10_000

const IDLE_MS = 30_000
const KEEP_ALIVE_MS = 10_000

/**
 * Returns connections of one kind, which are opened on demand.
 *
 * @param limits - number of connections, and timeouts of the server
 * @param deadlineOf - returns the maximum wait for the response to a statement, in milliseconds
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
    // A function, so that the environment and ~/.pgpass have no effect.
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
    // A connection that never closes must not keep the process running.
    allowExitOnIdle: true,
    ...limits,
  }
  const pool = new Connections(config, deadlineOf)
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
}
