/**
 * Loads the data that a decision is missing, and repeats the decision until it can be made.
 *
 * @module
 */

import { Failure } from '../model/failure.ts'
import type { MaybePromise } from '../model/maybe-promise.ts'
import type { PolicySource } from '../model/policy-data.ts'
import type { Missing } from './decision.ts'

/**
 * Maximum number of rounds of loading. The largest request needs 31 if no data is cached: two for each batch of
 * users. The others are a reserve for concurrent changes.
 */
const MAX_ROUNDS = 64

/**
 * Repeats a decision until nothing is missing. Returns without waiting if nothing is missing at first.
 *
 * @param decide - decides on the current data of `source`
 * @throws Failure `policy-unavailable`, or the failure of a request to the upstream
 */
export function loadAndDecide<T extends object>(
  source: PolicySource,
  decide: () => T | Missing,
): MaybePromise<T> {
  const result = decide()
  return 'missing' in result ? loadThenDecide(source, decide, result as Missing) : result
}

async function loadThenDecide<T extends object>(
  source: PolicySource,
  decide: () => T | Missing,
  first: Missing,
): Promise<T> {
  let { missing } = first
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    await source.load(missing)
    const result = decide()
    if (!('missing' in result)) return result
    missing = result.missing
  }
  throw new Failure('policy-unavailable', 'The policy changes too fast to be read. Try again')
}
