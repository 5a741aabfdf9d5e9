/**
 * Repeats what a store does too late on a busy machine.
 *
 * @module
 */

import { Failure } from '../../src/model/failure.ts'

const ATTEMPTS = 20

/** Returns the result of an action on a store, which is repeated if the store can't be reached in time. */
export async function repeated<T>(act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await act()
    } catch (error) {
      const isLate = error instanceof Failure && error.reason === 'policy-unavailable'
      if (!isLate || attempt === ATTEMPTS) throw error
    }
}
