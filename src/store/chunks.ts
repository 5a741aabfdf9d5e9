/**
 * Splits many items into chunks.
 *
 * @module
 */

/** Maximum number of rows in one statement. Every database supports that many parameters. */
const ROWS_AT_ONCE = 200

export function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += ROWS_AT_ONCE) yield items.slice(at, at + ROWS_AT_ONCE)
}
