/**
 * New SQLite stores as files.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openSqlite } from '../../src/store/sqlite.ts'
import { remove, temporaryFolder } from './services/process.ts'

let content: Promise<Buffer> | undefined

/** Writes the file of a new store, without the migrations, which take most of the time to make one. */
export async function writeNewStore(file: string): Promise<void> {
  content ??= makeStore()
  writeFileSync(file, await content, { mode: 0o600 })
  const database = new DatabaseSync(file)
  database.prepare(`update meta set value = ? where key = 'epoch'`).run(randomUUID())
  database.close()
}

async function makeStore(): Promise<Buffer> {
  const folder = temporaryFolder('store')
  try {
    const file = join(folder, 'gateway.db')
    const store = await openSqlite(file)
    await store.close()
    return readFileSync(file)
  } finally {
    remove(folder)
  }
}

/** Takes the newest migration back, so that a store on SQLite is one of the version before. @returns its name */
export function undoNewestMigration(file: string): string {
  const database = new DatabaseSync(file)
  database.exec(`drop index users_disabled;
    delete from user_terms where term >= char(2) and term < char(4);
    delete from kysely_migration where name = '0013-listed-fields'`)
  database.close()
  return '0013-listed-fields'
}
