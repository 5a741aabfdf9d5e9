/**
 * Parts of a response that can be left out.
 *
 * @module
 */

import type { Listener } from '../xml/listener.ts'

export interface ResponseParts extends Listener {
  /** Number of parts that were left out. */
  readonly count: number
  /** Offset of a part that isn't decided on yet. */
  readonly heldFrom: number | undefined
  /** Decides on that part by what has been read of it. */
  decideNow(): void
  /** Called at the end of the response. @throws Failure if the parts are incomplete */
  end(): void
}
