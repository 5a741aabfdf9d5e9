/**
 * Splits what must be looked up into batches that grow: an early denial costs one small query, and
 * however much a request names costs few.
 *
 * @module
 */

/** Sizes of the batches; the last one repeats. */
const SIZES = [10, 100, 400]

/** 500 values are three batches. */
export function* batchesOf<T>(values: readonly T[]): Generator<readonly T[]> {
  for (let from = 0, n = 0; from < values.length; n += 1) {
    const size = SIZES[Math.min(n, SIZES.length - 1)] as number
    yield values.slice(from, from + size)
    from += size
  }
}
