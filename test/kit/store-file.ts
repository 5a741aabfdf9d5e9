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
import type { Store } from '../../src/store/store.ts'
import { remove, temporaryFolder } from './services/process.ts'

/** Content of the file of a new store: its migrations take most of the time to make one. */
let content: Promise<Buffer> | undefined

/** Writes the file of a new store. */
export async function writeNewStore(file: string): Promise<void> {
  content ??= madeIn(async folder => {
    const made = join(folder, 'gateway.db')
    await (await openSqlite(made)).close()
    return readFileSync(made)
  })
  writeStore(file, await content)
}

/**
 * Opens a new store, in less than half of the CPU time of one in memory, whose migrations run each time. Removes its
 * files at once, so that they are gone when the store is closed or garbage.
 *
 * @param now - current time in milliseconds
 */
export function openNewStore(now?: () => number): Promise<Store> {
  return madeIn(async folder => {
    const file = join(folder, 'gateway.db')
    await writeNewStore(file)
    const store = await openSqlite(file, now)
    // Opens the write-ahead log in both connections.
    await store.epoch()
    return store
  })
}

/** Writes the file of a store with this content and an epoch of its own. */
export function writeStore(file: string, content: Buffer): void {
  writeFileSync(file, content, { mode: 0o600 })
  const database = new DatabaseSync(file)
  database.prepare(`update meta set value = ? where key = 'epoch'`).run(randomUUID())
  database.close()
}

/** Returns what is made in a temporary folder. */
export async function madeIn<T>(make: (folder: string) => Promise<T>): Promise<T> {
  const folder = temporaryFolder('store')
  try {
    return await make(folder)
  } finally {
    remove(folder)
  }
}
