/**
 * Frees chunks of bodies before V8 collects everything because of them.
 *
 * A chunk is up to 64 KiB outside V8's heap, behind a small object in it. V8 collects young objects when their
 * space is full, and begins to collect everything when chunks take 64 MB. A transfer makes so few objects that it
 * reached those 64 MB first, once for each 60 MB.
 *
 * It needs `--expose-gc`, which the first line of `main.ts` passes to Node.js. Without it, nothing is collected.
 *
 * @module
 */

/** Bytes of chunks between two collections of young objects. One takes about a millisecond. */
const BETWEEN_BYTES = 16 * 1024 * 1024

let passed = 0

/** Counts the bytes of a chunk that was passed on, in either direction, and collects young objects when it is time. */
export function countPassed(bytes: number): void {
  passed += bytes
  if (passed < BETWEEN_BYTES) return
  passed = 0
  void globalThis.gc?.({ type: 'minor', execution: 'sync' })
}
