/**
 * The log: failures and lifecycle events, as lines of JSON on standard error.
 *
 * @module
 */

import { writeSync } from 'node:fs'
import { type DestinationStream, pino } from 'pino'
import { scrub, scrubText } from './scrub.ts'

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

export type LogLevel = (typeof LOG_LEVELS)[number]

/**
 * Writes a line. All variable values must be in `fields`, from which secrets are removed. An error is the field
 * `err`.
 */
type Write = (fields: Readonly<Record<string, unknown>>, message: string) => void

/** Credentials and values of secrets are never written, even if a caller passes them. */
export interface Log {
  fatal: Write
  error: Write
  warn: Write
  info: Write
  debug: Write
  /** Whether lines of this level are written. Lets frequently run code skip building the fields. */
  isLevelEnabled(level: Exclude<LogLevel, 'silent'>): boolean
}

/** Receives the lines of a log. */
export type LogDestination = DestinationStream

const STDERR = 2

/** Time to wait before the next write to a pipe that was full. */
const BUSY_MS = 10

/**
 * Returns a log that writes lines before its methods return.
 *
 * @param to - destination of lines; by default standard error
 */
export const createLog = (level: LogLevel, to: LogDestination = standardError()): Log =>
  pino(
    {
      level,
      base: null,
      timestamp,
      formatters: { level: label => ({ level: label }), log: scrub },
      // Prevents pino from converting errors, because scrub() has already converted them to plain objects.
      serializers: { err: (error: unknown) => error },
      hooks: { streamWrite: scrubText },
    },
    to,
  )

const timestamp = () => `,"time":"${new Date().toISOString()}"`

/**
 * Writes to standard error. A line that can't be written, for example because the disk is full, is lost, and the
 * process continues. The next line is preceded by one with the number of lost lines.
 */
function standardError(): LogDestination {
  let lost = 0
  return {
    write: line => {
      try {
        writeAll(lost === 0 ? line : `${lostLine(lost)}${line}`)
        lost = 0
      } catch {
        lost += 1
      }
    },
  }
}

/**
 * Returns the line with the number of lost lines. It begins with a line break, because the last line may have been
 * written only partly.
 */
const lostLine = (lines: number) =>
  `\n{"level":"error"${timestamp()},"lines":${lines},"msg":"Log lines could not be written and are lost"}\n`

function writeAll(text: string): void {
  for (let left = Buffer.from(text); left.length > 0; ) {
    try {
      left = left.subarray(writeSync(STDERR, left))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
      Atomics.wait(NEVER, 0, 0, BUSY_MS)
    }
  }
}

const NEVER = new Int32Array(new SharedArrayBuffer(4))
