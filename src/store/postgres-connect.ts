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
  /** TLS settings. The server's certificate is verified with `ca` in PEM, or else with the well-known authorities. */
  tls: false | Readonly<{ ca?: string }>
}>

/** Maximum wait for a connection, whether an idle or a new one. */
const CONNECT_MS = 2000

/**
 * Time after which PostgreSQL rolls back a change whose gateway is silent. It is shorter than the time for which
 * other gateways wait for the lock.
 */
const IDLE_IN_CHANGE_MS = 10_000

const IDLE_MS = 30_000
const KEEP_ALIVE_MS = 10_000

/**
 * Returns a pool of connections, which are opened on demand.
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
    // Passed as a function, so that the environment and ~/.pgpass are ignored.
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
    // Lets the process end, even if a connection never closes.
    allowExitOnIdle: true,
    ...limits,
  }
  const pool = new Connections(config, deadlineOf)
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
}
