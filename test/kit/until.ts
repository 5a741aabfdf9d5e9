/**
 * Waits for what happens in this process or another. A wait has no limit of its own: the runner's timeout
 * ends a test that hangs, and prints each wait in progress.
 *
 * @module
 */

import { setImmediate, setTimeout } from 'node:timers/promises'
import t from 'tap'
import { printWaits, waitFor } from './waits.ts'

/** Turns of the event loop in which this process does what it does by itself; other processes take longer. */
const QUICK_TURNS = 200
const POLL_MS = 2

t.on('timeout', printWaits)

/**
 * Resolves when a condition holds. A condition that rejects doesn't hold.
 *
 * @throws what a condition without a promise throws
 */
export function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  return waitFor(what, async wait => {
    const isOver = async () => {
      const holds = condition()
      if (typeof holds === 'boolean') return holds
      return holds.catch(error => {
        wait.error = error
        return false
      })
    }
    for (let turn = 0; !(await isOver()); turn++)
      await (turn < QUICK_TURNS ? setImmediate() : setTimeout(POLL_MS))
  })
}
