/**
 * Describes a time by its distance from the present.
 *
 * @module
 */

const RELATIVE = new Intl.RelativeTimeFormat('en')

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

/** Returns text such as `3 hours ago` or `in 2 days`. Both times are in seconds since 1970. */
export function relativeTime(at: number, now: number): string {
  const seconds = at - now
  for (const [unit, size] of UNITS)
    if (Math.abs(seconds) >= size) return RELATIVE.format(Math.round(seconds / size), unit)
  return seconds > 0 ? 'in less than a minute' : 'less than a minute ago'
}
