/**
 * Turns the end of a command into an exit code.
 *
 * @module
 */

import { CommanderError } from 'commander'
import { Failure } from '../model/failure.ts'

/** Names of errors whose message needs no stack. Names, because importing the classes would load all commands. */
const EXPECTED = new Set([
  'AdminError',
  'ApiCallError',
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
 * 0 follows a help text, 1 a failure, and 2 wrong usage, which commander has already printed.
 */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  process.stderr.write(`${explain(error)}\n`)
  return 1
}

/** Returns the message of an expected error, or the stack of an unhandled error. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const expected = error instanceof Failure || 'syscall' in error || EXPECTED.has(error.name)
  return expected ? error.message : `Unexpected error: ${error.stack}`
}
