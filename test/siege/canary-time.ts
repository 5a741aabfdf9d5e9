/**
 * Time of the canaries.
 *
 * @module
 */

/** Time of everything, so that the number of a request is enough to repeat it. */
export const AT = Date.parse('2026-11-28T12:00:00Z')
