/**
 * The databases on which points are tried.
 *
 * @module
 */

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Test } from 'tap'
import { openPostgresHistory } from '../../src/history/postgres.ts'
import { openSqliteHistory } from '../../src/history/sqlite.ts'
import { lend } from '../kit/services/lend.ts'
import { PostgresServer } from '../kit/services/postgres.ts'
import type { Database } from './trial.ts'

const STORE_FILE = 'data/gateway.db'
const HISTORY_FILE = 'data/gateway-history.db'

export const SQLITE: Database = {
  config: {},
  openHistory: folder => openSqliteHistory(join(folder, HISTORY_FILE)),
  ofHistory: async (folder, text) => rowsOf(join(folder, HISTORY_FILE), text),
  ofStore: async (folder, text) => rowsOf(join(folder, STORE_FILE), text),
}

function rowsOf(file: string, text: string): readonly object[] {
  const database = new DatabaseSync(file)
  try {
    return database.prepare(text).all()
  } finally {
    database.close()
  }
}

/** Starts PostgreSQL. It ends with the test. */
export async function postgres(t: Test): Promise<Database> {
  const server = await lend(t, PostgresServer.start())
  const { host, port, user } = server
  const database = await server.createDatabase()
  const rows = (_: string, text: string) => server.query<object>(database, text)
  return {
    config: { store: server.url(database) },
    openHistory: () => openPostgresHistory({ host, port, user, database, tls: false }),
    ofHistory: rows,
    ofStore: rows,
  }
}
