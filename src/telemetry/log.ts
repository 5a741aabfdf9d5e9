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

/** Writes a line. All values are in `fields`, where they are scrubbed; an error is `err`. */
type Write = (fields: Readonly<Record<string, unknown>>, message: string) => void

/** Credentials and values of secrets are never written, even if a caller passes them. */
export interface Log {
  fatal: Write
  error: Write
  warn: Write
  info: Write
  debug: Write
  /** For hot code: whether the fields are needed. */
  isLevelEnabled(level: Exclude<LogLevel, 'silent'>): boolean
}

const STDERR = 2

/** Time until a pipe that is full is tried again. */
const BUSY_MS = 10

/**
 * Returns a log that writes lines before its methods return.
 *
 * @param to - destination of lines; standard error, except in tests
 */
export const createLog = (level: LogLevel, to: DestinationStream = standardError()): Log =>
  pino(
    {
      level,
      base: null,
      timestamp,
      formatters: { level: label => ({ level: label }), log: scrub },
      // scrub() has converted errors to plain objects, which pino would convert again.
      serializers: { err: (error: unknown) => error },
      hooks: { streamWrite: scrubText },
    },
    to,
  )

const timestamp = () => `,"time":"${new Date().toISOString()}"`

/**
 * Standard error. The process continues without it: a line that can't be written, because the disk is full,
 * is lost. The next written line follows one that counts lost lines.
 */
function standardError(): DestinationStream {
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

/** Begins with a line break, because the last line may have been written in part. */
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
