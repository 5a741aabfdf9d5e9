/**
 * Converts the result of a command to an exit code.
 *
 * @module
 */

import { CommanderError } from 'commander'
import { Failure } from '../model/failure.ts'
import { visible } from '../model/visible-text.ts'
import type { Output } from './users.ts'

/**
 * Names of errors that are reported by message only, without a stack. Uses names because importing the classes
 * would load all commands.
 */
const EXPECTED = new Set([
  'AdminError',
  'ApiCallError',
  'AuditError',
  'BackupError',
  'ConfigError',
  'ConformanceError',
  'FileError',
  'InitError',
  'ListenError',
  'MasterKeyError',
  'SandboxError',
  'UsersError',
  'WorkMailError',
])

/**
 * Returns the exit code for an error that ended a command, and prints the error on stderr.
 *
 * The code is 0 after help, 1 after a failure, and 2 after wrong usage, which commander has already reported.
 */
export function exitCodeOf(error: unknown, { warn }: Output): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  warn(visible(explain(error)))
  return 1
}

/** Returns the message of an expected error, or the stack of an unhandled error. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const expected = error instanceof Failure || 'syscall' in error || EXPECTED.has(error.name)
  return expected ? error.message : `Unexpected error: ${error.stack}`
}
