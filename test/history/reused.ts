/**
 * Histories that tests use one after the other, because to open one takes more CPU time than most of these tests.
 */

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Test } from 'tap'
import type { History } from '../../src/history/history.ts'
import { openSqliteHistory } from '../../src/history/sqlite.ts'
import { lendFolder } from '../kit/services/lend.ts'
import type { Open } from './suite.ts'

export type Reusable = Readonly<{
  history: History
  /** Deletes everything in the database. */
  empty: () => Promise<unknown>
}>

/**
 * Returns a function that gives a test an empty history until its end. A history that deleted expired records isn't used
 * again, because it remembers how far it deleted them.
 *
 * @param openNew - opens one that closes at the end of all tests
 */
export function reusing(openNew: () => Promise<Reusable>): Open {
  const free: Reusable[] = []
  return async t => {
    const reusable = free.pop() ?? (await openNew())
    const { history, empty } = reusable
    let isReusable = true
    t.teardown(async () => {
      if (!isReusable) return
      await empty()
      free.push(reusable)
    })
    return {
      ...history,
      expire: (...given) => {
        isReusable = false
        return history.expire(...given)
      },
      close: () => {
        isReusable = false
        return history.close()
      },
    }
  }
}

/** Returns a function that gives a test an empty history in a SQLite file. @param all - test that has all these tests */
export const sqliteHistories = (all: Test): Open =>
  reusing(async () => {
    const file = join(lendFolder(all), `${randomUUID()}.db`)
    const history = await openSqliteHistory(file)
    all.teardown(() => history.close())
    const database = new DatabaseSync(file)
    all.teardown(() => database.close())
    // The triggers of the rollups per hour change the coarse ones.
    const tables = database
      .prepare(
        `select name from sqlite_master where type = 'table' and name like 'history_%'
          and name not like 'history_migration%'
          order by name in ('history_sums', 'history_totals') desc`,
      )
      .all()
    const deletions = tables.map(({ name }) => `delete from ${name};`)
    return { history, empty: async () => database.exec(`begin; ${deletions.join(' ')} commit`) }
  })
