/**
 * The time of the gateway, which its responses have. The clock of the browser can be wrong.
 *
 * @module
 */

/** Differences up to this have other causes: responses have whole seconds, and take time. */
const UNNOTICED_MS = 5_000

let aheadMs = 0

/**
 * Notes the time of a response.
 *
 * @param date - its header `Date`
 */
export function noteTime(date: string | null): void {
  const ahead = Date.parse(date ?? '') - Date.now()
  if (!Number.isNaN(ahead)) aheadMs = Math.abs(ahead) > UNNOTICED_MS ? ahead : 0
}

/** Returns the time of the gateway in milliseconds since 1970. */
export const gatewayNow = (): number => Date.now() + aheadMs
