/**
 * Sorts by code units, whatever the database's collation.
 *
 * @module
 */

/** Returns a function that compares items by a text. */
export function by<T>(keyOf: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => {
    const [left, right] = [keyOf(a), keyOf(b)]
    if (left === right) return 0
    return left < right ? -1 : 1
  }
}
