/**
 * Counts Subscribe requests, and records which subscriptions requests use, create, and end.
 *
 * @module
 */

import { rowOf } from '../ews/operations.ts'
import { readResponse, subscriptionIds } from '../ews/response-reader.ts'
import { watchedClasses } from '../policy/profile-content.ts'
import type { AnswerSink } from '../upstream/upstream.ts'
import { BufferedResponse } from './buffered-response.ts'
import type { Allowed, Answered } from './context.ts'
import type { Subscriber } from './subscriptions.ts'

/**
 * Counts a Subscribe request in progress.
 *
 * @returns function that ends the count; call it once
 * @throws Failure `over-budget` if the principal has too many live subscriptions
 */
export const enterSubscribe = (allowed: Allowed): Promise<() => void> =>
  allowed.read.context.server.ports.subscriptions.enter(subscriberOf(allowed))

/**
 * Holds the response to a Subscribe until the owners of its subscriptions are stored.
 *
 * @param latest - returns the last decision, which was made on the whole body
 */
export const holdSubscribed = (answer: AnswerSink, latest: () => Allowed): BufferedResponse =>
  new BufferedResponse(answer, async whole => {
    const allowed = latest()
    const { read, facts, user, others, role } = allowed
    if (user === undefined) throw new Error('An allowed Subscribe has no impersonated user')
    const { subscriptions } = read.context.server.ports
    const subscribed = {
      userId: user.id,
      others,
      folderClasses: watchedClasses(role.profile),
      timeout: facts.subscriptionTimeout,
    }
    const ids = subscriptionIds(readResponse(whole, 'Subscribe'))
    await subscriptions.write(ids, subscriberOf(allowed), subscribed)
  })

/** Records the use of the subscriptions that an allowed request names, so that their owners stay stored. */
export function noteUsed({ read, facts }: Allowed): void {
  const { context, caller } = read
  if (facts.subscriptions.length === 0) return
  context.server.ports.subscriptions.used(facts.subscriptions, caller.principal.organizationId)
}

/**
 * Ends the subscription of a successful Unsubscribe, so that it no longer counts. Ignores requests with several
 * IDs, which the schema forbids, because it is unclear which one the upstream ended.
 */
export function noteUnsubscribed({ allowed, responseCode }: Answered): void {
  const { context, caller, prologue, reader } = allowed.read
  const { subscription } = rowOf(prologue.requestElement)
  if (subscription !== 'ends' || responseCode !== 'NoError') return
  const [id, ...more] = reader.facts.subscriptions
  if (id === undefined || more.length > 0) return
  context.server.ports.subscriptions.ended(id, caller.principal.organizationId)
}

function subscriberOf({ read, role }: Allowed): Subscriber {
  const { principal } = read.caller
  return { organizationId: principal.organizationId, roleId: role.id, principalId: principal.id }
}
