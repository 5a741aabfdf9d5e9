/**
 * Splits many items into chunks.
 *
 * @module
 */

/** Rows in one statement: fast enough, and few parameters for any database. */
const ROWS_AT_ONCE = 200

export function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += ROWS_AT_ONCE) yield items.slice(at, at + ROWS_AT_ONCE)
}
