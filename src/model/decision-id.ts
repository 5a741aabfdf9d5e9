/**
 * Times in the IDs of decisions. They are UUIDv7, so they sort by time.
 *
 * @module
 */

const HOUR_MS = 3_600_000

/** Returns the smallest possible ID of a time. @param at - milliseconds since the epoch */
export function firstIdAt(at: number): string {
  const hex = Math.max(0, Math.trunc(at)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-0000-0000-000000000000`
}

/** Returns the time of an ID, in milliseconds since the epoch. */
export function timeOfId(id: string): number {
  return Number(`0x${id.slice(0, 8)}${id.slice(9, 13)}`)
}

/** Returns the ID that is some steps after another one: an ID of the same time, which nothing else has. */
export function idAfter(id: string, steps: number): string {
  const last = (Number(`0x${id.slice(-12)}`) + steps) % 2 ** 48
  return `${id.slice(0, -12)}${last.toString(16).padStart(12, '0')}`
}

/** Returns the hour of a time, in hours since the epoch. */
export const hourOf = (at: number): number => Math.floor(at / HOUR_MS)

/** Returns the start of an hour, in milliseconds since the epoch. */
export const startOf = (hour: number): number => hour * HOUR_MS
