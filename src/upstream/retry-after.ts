/**
 * Reads the wait that the upstream requests.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 *
 * @module
 */

/** Minimum wait, because some clients repeat a request at this interval without end. */
const MIN_WAIT_MS = 1_000
/** Maximum wait, the same as after rejected credentials. */
const MAX_WAIT_MS = 600_000

/**
 * Returns the wait of a Retry-After header, in milliseconds within bounds. Undefined if it is neither a number of
 * seconds nor a date.
 *
 * @param now - current time in milliseconds, with which a date is compared
 */
export function retryAfterMs(
  header: string | string[] | undefined,
  now: number,
): number | undefined {
  if (typeof header !== 'string' || header.trim() === '') return undefined
  const seconds = Number(header)
  const waitMs = Number.isNaN(seconds) ? Date.parse(header) - now : seconds * 1_000
  if (Number.isNaN(waitMs)) return undefined
  return Math.min(Math.max(waitMs, MIN_WAIT_MS), MAX_WAIT_MS)
}
