/** Properties of stores and histories on each database, without the rest of their suites. */

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openPostgresHistory } from '../../src/history/postgres.ts'
import { openSqliteHistory } from '../../src/history/sqlite.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { crashSuite } from '../history/crash-suite.ts'
import type { Open as OpenHistory } from '../history/suite.ts'
import { lend, lendFolder } from '../kit/services/lend.ts'
import { PostgresServer, withoutPostgres } from '../kit/services/postgres.ts'
import { releaseProperty } from './former-name-suite.ts'
import type { Open } from './suite.ts'
import { importProperty } from './user-suite.ts'

/** Closes a store or a history with the test. */
async function closing<Opened extends { close(): Promise<void> }>(
  t: Test,
  opening: Promise<Opened>,
): Promise<Opened> {
  const opened = await opening
  t.teardown(() => opened.close())
  return opened
}

async function tryAll(t: Test, openStore: Open, openHistory: OpenHistory, crashes: number) {
  await t.test('import', async t => importProperty(t, openStore))
  await t.test('names', async t => releaseProperty(t, openStore))
  await t.test('crashes', t => crashSuite(t, openHistory, crashes))
}

t.test('properties on SQLite', t => {
  const file = (t: Test) => join(lendFolder(t), `${randomUUID()}.db`)
  return tryAll(
    t,
    (t, now) => closing(t, openSqlite(file(t), now)),
    t => closing(t, openSqliteHistory(file(t))),
    50,
  )
})

t.test('properties on PostgreSQL', { skip: withoutPostgres }, async t => {
  const server = await lend(t, PostgresServer.start())
  const place = async () => {
    const { host, port, user } = server
    return { host, port, user, database: await server.createDatabase(), tls: false } as const
  }
  await tryAll(
    t,
    async (t, now) => closing(t, openPostgres(await place(), now)),
    async t => closing(t, openPostgresHistory(await place())),
    12,
  )
})
