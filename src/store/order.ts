/**
 * Order by code units: the same whatever the database's collation is.
 *
 * @module
 */

/** Compares items by a text that each has. */
export function by<T>(keyOf: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => {
    const [left, right] = [keyOf(a), keyOf(b)]
    if (left === right) return 0
    return left < right ? -1 : 1
  }
}
