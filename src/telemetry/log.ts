/**
 * The log: failures and life-cycle, as lines of JSON on standard error.
 *
 * @module
 */

import { writeSync } from 'node:fs'
import { type DestinationStream, pino } from 'pino'
import { scrub, scrubText } from './scrub.ts'

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

export type LogLevel = (typeof LOG_LEVELS)[number]

/** Everything to be shown goes into `fields`, where it is scrubbed; an error as `err`. */
type Write = (fields: Readonly<Record<string, unknown>>, message: string) => void

/** Neither credentials nor the values of secrets come through, whoever passes them in. */
export interface Log {
  fatal: Write
  error: Write
  warn: Write
  info: Write
  debug: Write
  /** For the hot path: whether it is worth gathering the fields. */
  isLevelEnabled(level: Exclude<LogLevel, 'silent'>): boolean
}

const STDERR = 2

/** Time until a pipe that is full is tried again. */
const BUSY_MS = 10

/**
 * A log whose lines are written before its methods return.
 *
 * @param to - where lines go; standard error unless a test reads them
 */
export const createLog = (level: LogLevel, to: DestinationStream = standardError()): Log =>
  pino(
    {
      level,
      base: null,
      timestamp,
      formatters: { level: label => ({ level: label }), log: scrub },
      // scrub() has made plain objects of errors; pino would take them for errors again.
      serializers: { err: (error: unknown) => error },
      hooks: { streamWrite: scrubText },
    },
    to,
  )

const timestamp = () => `,"time":"${new Date().toISOString()}"`

/**
 * Standard error, without which the process continues: a line that cannot be written, because the disk is full, is
 * lost. The next one that can be written comes after one that counts them.
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
