/**
 * Converts between instants and the wall clock of a time zone.
 *
 * A wall time is the number of milliseconds that UTC would have at the same date and time of day. The browser
 * knows the rules of each zone, but offers only the way from an instant to the wall clock.
 *
 * @module
 */

const DAY_MS = 86_400_000

const formats = new Map<string, Intl.DateTimeFormat>()

/** Returns the IANA name of the browser's time zone. */
export const localZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone

/** Returns the milliseconds by which the wall clock of a zone is ahead of UTC. @param at - in milliseconds since 1970 */
export function offsetAt(at: number, zone: string): number {
  const part = new Map(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  )
  const [year = 0, month = 1, ...rest] = PARTS.map(name => Number(part.get(name)))
  return Date.UTC(year, month - 1, ...rest) - Math.floor(at / 1_000) * 1_000
}

/**
 * Returns the instants at which the wall clock of a zone shows a time, the earliest first: none if the clock is set
 * forward over this time, and two if it is set back over it.
 */
export function instantsOf(wall: number, zone: string): readonly number[] {
  const offsets = new Set([offsetAt(wall - DAY_MS, zone), offsetAt(wall + DAY_MS, zone)])
  return [...offsets]
    .map(offset => wall - offset)
    .filter(at => at + offsetAt(at, zone) === wall)
    .sort((a, b) => a - b)
}

const PARTS = ['year', 'month', 'day', 'hour', 'minute', 'second'] as const

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const present = formats.get(timeZone)
  if (present) return present
  const numeric = { year: 'numeric', month: 'numeric', day: 'numeric' } as const
  const format = new Intl.DateTimeFormat('en-US', {
    ...numeric,
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
    timeZone,
  })
  formats.set(timeZone, format)
  return format
}
