/**
 * Recognizes errors of SQLite, and finds the system errors behind them, which SQLite doesn't report.
 *
 * @module
 */

import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Primary result codes of SQLite, which are the low byte of extended codes. */
const SQLITE_BUSY = 5
const SQLITE_CORRUPT = 11
const SQLITE_NOTADB = 26

const codeOf = (error: unknown) =>
  error instanceof Error && 'errcode' in error ? Number(error.errcode) % 256 : undefined

/** Whether another process has the lock. */
export const isBusy = (error: unknown) => codeOf(error) === SQLITE_BUSY

/** Whether the file is damaged, or not a database. */
export const isDamage = (error: unknown) =>
  [SQLITE_CORRUPT, SQLITE_NOTADB].includes(codeOf(error) ?? 0)

/**
 * Returns the system error behind a failure to open a database, or undefined if there is none. Doesn't open the
 * file, because closing it would release the locks that this process has on it.
 *
 * @param error - error of the system, or of SQLite
 */
export async function systemError(error: unknown, file: string): Promise<Error | undefined> {
  if (error instanceof Error && 'syscall' in error) return error
  const { R_OK, W_OK, X_OK } = constants
  try {
    await access(dirname(file), W_OK | X_OK)
    if ((await stat(file)).isDirectory())
      return Object.assign(new Error('It is a folder'), { code: 'EISDIR' })
    await access(file, R_OK | W_OK)
    return undefined
  } catch (cause) {
    const { code, path } = cause as NodeJS.ErrnoException
    return code === 'ENOENT' && path === file ? undefined : (cause as Error)
  }
}
