/**
 * Form of accepted survivors.
 *
 * @module
 */

/** By file and line: mistakes that change nothing that a test could notice, and the reason. */
export type Accepted = readonly [
  file: string,
  code: string,
  mistakes: readonly string[],
  reason: string,
]

/** Reason of mistakes that switch off a cache whose key and value never change, or a shortcut. */
export const ONLY_WORK = 'Finds the same result again: it costs time, and changes nothing else.'
