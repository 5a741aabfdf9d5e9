/**
 * Limits the requests, the requests in progress, and the audit records of each principal.
 *
 * @module
 */

import { overBudget } from '../http/byte-budget.ts'
import type { Authenticated } from './context.ts'

/**
 * Counts a request and its bytes for its principal.
 *
 * @returns function that ends the count, to be called once
 * @throws Failure `over-budget` if the principal exceeds a limit
 */
export function admit({ context, caller }: Authenticated): () => void {
  const { id } = caller.principal
  context.server.ports.journalShares.check(id)
  context.server.rate.take(id)
  const leave = context.server.inFlight.enter(id)
  if (context.reservation.assign(id)) return leave
  leave()
  throw overBudget()
}
