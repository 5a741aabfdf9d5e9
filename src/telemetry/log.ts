/**
 * The log: failures and life-cycle, as lines of JSON on standard error.
 *
 * @module
 */

import { type DestinationStream, destination, pino } from 'pino'
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

/**
 * A log whose lines are written before its methods return.
 *
 * @param to - where lines go; standard error unless a test reads them
 */
export function createLog(level: LogLevel, to?: DestinationStream): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: label => ({ level: label }), log: scrub },
      // scrub() has made plain objects of errors; pino would take them for errors again.
      serializers: { err: (error: unknown) => error },
      hooks: { streamWrite: scrubText },
    },
    to ?? destination({ dest: STDERR, sync: true }),
  )
}
