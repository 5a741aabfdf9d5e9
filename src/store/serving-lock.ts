/**
 * The lock that keeps other gateways from serving from the same SQLite file.
 *
 * Each gateway would have its own cache and limits, and nothing would show that the second one was started
 * by mistake.
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
 * Locks a store for a gateway until it calls the result. The lock is SQLite's own, on an empty file beside the
 * store, so the system releases it however the process ends.
 *
 * @param file - the store's file
 * @param shared - whether others that share can serve at the same time
 * @throws Failure if another gateway serves from the store, or if the lock cannot be made
 */
export async function lockServing(file: string, shared: boolean): Promise<() => void> {
  const path = `${file}-serving`
  let lock: DatabaseSync | undefined
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const opened = new DatabaseSync(path, { timeout: 0 })
    lock = opened
    // Nothing is written, so a journal would only add a file to the folder.
    lock.exec('pragma journal_mode = memory')
    lock.exec(shared ? 'begin; select * from sqlite_master' : 'begin exclusive')
    return () => opened.close()
  } catch (cause) {
    lock?.close()
    const message = isBusy(cause)
      ? `Cannot serve from the store ${file}: another gateway does. Stop it, or set listen.shareData to true for both`
      : fileProblem(
          { what: 'the lock of the store', path, key: 'store' },
          (await systemError(cause, path)) ?? cause,
        )
    throw new Failure('policy-unavailable', message, { cause, kind: 'store' })
  }
}
