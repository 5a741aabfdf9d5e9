/**
 * Splits values to look up into batches of increasing size. An early denial then costs one small query, and a
 * request with many names costs few queries.
 *
 * @module
 */

/** Sizes of the batches. The last size repeats. */
const SIZES = [10, 100, 400]

/** Returns the values in batches. For example, 500 values are three batches. */
export function* batchesOf<T>(values: readonly T[]): Generator<readonly T[]> {
  for (let from = 0, n = 0; from < values.length; n += 1) {
    const size = SIZES[Math.min(n, SIZES.length - 1)] as number
    yield values.slice(from, from + size)
    from += size
  }
}
