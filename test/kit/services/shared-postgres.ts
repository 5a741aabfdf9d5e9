/**
 * A PostgreSQL server that the tests of this process share. A test that stops, freezes, or configures a server starts
 * its own.
 *
 * @module
 */

import { Client } from 'pg'
import t, { type Test } from 'tap'
import { openPostgres } from '../../../src/store/postgres.ts'
import { PostgresServer } from './postgres.ts'

let shared: Promise<PostgresServer> | undefined

/** Returns the server, which stops after the last test of this process. */
export function sharedPostgres(): Promise<PostgresServer> {
  shared ??= PostgresServer.start().then(server => {
    t.teardown(() => server.stop())
    return server
  })
  return shared
}

/** Databases with the tables of a store, to copy. */
const templates = new WeakMap<PostgresServer, Promise<string>>()

/**
 * Creates a database with the tables of a new store, in which each store has the same epoch. To copy it takes a third of
 * the CPU time of the migrations.
 *
 * @returns its name
 */
export async function createStoreDatabase(server: PostgresServer): Promise<string> {
  const template = templates.get(server) ?? makeTemplate(server)
  templates.set(server, template)
  return server.createDatabase(await template)
}

async function makeTemplate(server: PostgresServer): Promise<string> {
  const { host, port, user } = server
  const database = await server.createDatabase()
  await (await openPostgres({ host, port, user, database, tls: false })).close()
  return database
}

/**
 * Returns a function that empties the tables of a database without checking foreign keys and without triggers.
 * PostgreSQL plans the statements of a function once.
 *
 * @param more - SQL to run then
 */
export async function emptierOf(client: Client, more = ''): Promise<() => Promise<unknown>> {
  const { rows } = await client.query<{ tablename: string }>(
    `select tablename from pg_tables where schemaname = 'public' and tablename !~ 'kysely|history_migration'`,
  )
  await client.query(`
    set session_replication_role = replica;
    create function pg_temp.clear() returns void language plpgsql as $$ begin
      ${rows.map(({ tablename }) => `delete from "${tablename}";`).join('\n')}
      ${more}
    end $$`)
  return () => client.query('select pg_temp.clear()')
}

/** Connects to a database until the end of a test. */
export async function connected(
  t: Test,
  server: PostgresServer,
  database: string,
): Promise<Client> {
  const { host, port, user } = server
  const client = new Client({ host, port, user, database })
  await client.connect()
  t.teardown(() => client.end())
  return client
}
