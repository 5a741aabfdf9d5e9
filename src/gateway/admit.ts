/**
 * Counts a request in that has been authenticated.
 *
 * @module
 */

import { overBudget } from '../http/byte-budget.ts'
import type { Authenticated } from './context.ts'

/**
 * Counts a request and its bytes among those of its principal.
 *
 * @returns function that counts the request out again, to be called once
 * @throws Failure `over-budget`
 */
export function admit({ context, caller }: Authenticated): () => void {
  const { id } = caller.principal
  context.server.rate.take(id)
  const leave = context.server.inFlight.enter(id)
  if (context.reservation.assign(id)) return leave
  leave()
  throw overBudget()
}
