/**
 * Describes times in words.
 *
 * @module
 */

import { MONTHS } from './date-time.ts'
import { relativeTime } from './relative-time.ts'
import { offsetAt } from './zone.ts'

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const

/**
 * Returns text such as `Thursday, 31 December 2026, 18:00, your local time (UTC+1), in 29 days`.
 *
 * @param seconds - since 1970
 * @param zone - IANA name
 * @param now - in seconds since 1970
 */
export function timeInWords(seconds: number, zone: string, now: number): string {
  const { wall, offset } = wallOf(seconds, zone)
  const time = clockOf(wall)
  return [
    `${DAYS[wall.getUTCDay()]}, ${dateOf(wall, MONTHS[wall.getUTCMonth()])}`,
    time === '00:00' ? '00:00 (the beginning of the day)' : time,
    `your local time (${offset})`,
    relativeTime(seconds, now),
  ].join(', ')
}

/** Returns text such as `31 Dec 2026, 18:00 UTC+1`. */
export function timeInShort(seconds: number, zone: string): string {
  const { wall, offset } = wallOf(seconds, zone)
  return `${dateOf(wall, MONTHS[wall.getUTCMonth()]?.slice(0, 3))}, ${clockOf(wall)} ${offset}`
}

/** Returns the wall clock as the UTC parts of a date, and the offset from UTC. */
function wallOf(seconds: number, zone: string) {
  const at = Math.round(seconds * 1_000)
  const offset = offsetAt(at, zone)
  return { wall: new Date(at + offset), offset: offsetInWords(offset) }
}

const dateOf = (wall: Date, month: string | undefined): string =>
  `${wall.getUTCDate()} ${month} ${wall.getUTCFullYear()}`

/** Returns a time of day without the parts at its end that are 0. */
const clockOf = (wall: Date): string =>
  wall
    .toISOString()
    .slice(-13, -1)
    .replace(/(:00)?\.000$/, '')

/** Returns text such as `UTC`, `UTC+1`, or `UTC-3:30`. */
function offsetInWords(offset: number): string {
  if (offset === 0) return 'UTC'
  const minutes = Math.abs(offset) / 60_000
  const rest = Math.floor(minutes % 60)
  const shown = rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`
  return `UTC${offset < 0 ? '-' : '+'}${Math.floor(minutes / 60)}${shown}`
}
