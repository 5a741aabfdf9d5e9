/**
 * Limits connections by the number of files that the process can open, so that files for everything else remain
 * available.
 *
 * @module
 */

import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { devNull } from 'node:os'

/**
 * Number of files reserved for the ops listener, the store, the cache, and the audit. At most a quarter of the
 * limit is reserved.
 */
const RESERVE = 100
const RESERVE_PART = 1 / 4

/**
 * Maximum number of files per client: its connection to the data listener, one to the upstream, and one to the
 * control listener.
 */
const FILES_PER_CONNECTION = 3

/** Beginning of the line in `/proc/self/limits`. */
const LIMIT = 'Max open files '

/** Number of open files of the process, and its limit. */
export type OpenFiles = Readonly<{
  /** Maximum number of files that the process can open. */
  limit: number
  /** Number of open files. */
  open: number
}>

/** Returns the limit and the number of open files on Linux. On other systems, returns no limit. */
export function openFiles(): OpenFiles {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8').split('\n')
    const [soft] =
      limits
        .find(line => line.startsWith(LIMIT))
        ?.slice(LIMIT.length)
        .trim()
        .split(' ') ?? []
    const limit =
      soft === undefined || soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft)
    return { limit, open: readdirSync('/proc/self/fd').length }
  } catch {
    return { limit: Number.POSITIVE_INFINITY, open: 0 }
  }
}

/** @throws Error with a message for an operator, if the process can't open more files */
export function checkOpenFiles(): void {
  try {
    closeSync(openSync(devNull, 'r'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`The process can open no more files (${reason}). Raise its limit: ulimit -n`)
  }
}

/**
 * Returns the maximum number of connections of a listener, so that connections can't use the files that other parts
 * need.
 *
 * @param configured - `limits.connections`
 */
export function connectionsWithin(configured: number, { limit, open }: OpenFiles): number {
  const reserve = Math.min(RESERVE, Math.floor(limit * RESERVE_PART))
  const room = Math.floor((limit - open - reserve) / FILES_PER_CONNECTION)
  return Math.max(1, Math.min(configured, room))
}
