/**
 * The lock that prevents a second gateway from using the same SQLite file. Each gateway would have its own cache
 * and limits, and nothing would show that the second one was started by mistake.
 *
 * @module
 */

import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Failure } from '../model/failure.ts'
import { fileProblem } from '../model/file-problem.ts'
import { isBusy, systemError } from './sqlite-errors.ts'

/**
 * Locks a store for a gateway. The lock is an SQLite lock on an empty file beside the store, so the system releases
 * it when the process ends, even after a crash.
 *
 * @param file - the store's file
 * @param shared - whether other gateways that also share can use the store at the same time
 * @returns function that releases the lock
 * @throws Failure if another gateway uses the store, or if locking fails
 */
export async function lockServing(file: string, shared: boolean): Promise<() => void> {
  const path = `${file}-serving`
  let lock: DatabaseSync | undefined
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const opened = new DatabaseSync(path, { timeout: 0 })
    lock = opened
    // Keeps SQLite's journal in memory, because nothing is written to this file.
    lock.exec('pragma journal_mode = memory')
    lock.exec(shared ? 'begin; select * from sqlite_master' : 'begin exclusive')
    return () => opened.close()
  } catch (cause) {
    lock?.close()
    const message = isBusy(cause)
      ? `Cannot use the store ${file}: another gateway uses it. Stop that gateway, or set listen.shareData to true for both`
      : fileProblem(
          { what: 'the lock of the store', path, key: 'store' },
          (await systemError(cause, path)) ?? cause,
        )
    throw new Failure('policy-unavailable', message, { cause, kind: 'store' })
  }
}
