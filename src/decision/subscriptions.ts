/**
 * Checks the subscriptions that a request names. The caller must have created them in the same role, and every
 * mailbox that they watch must still be allowed.
 *
 * @module
 */

import type { Reason } from '../model/decision.ts'
import type { User, UserId } from '../model/identity.ts'
import type { Subscription } from '../model/subscription.ts'
import { isWatchable, type ResolvedSubscription } from '../policy/guard.ts'
import { batchesOf } from './batches.ts'
import type { BodyEvaluation } from './body-evaluation.ts'
import { findReachable } from './reachable.ts'

/** Maximum sum of the numbers of mailboxes that the subscriptions of a request watch. */
const MAX_WATCHED = 1_000

/** Returns the reason for a denial. Returns undefined if there is none, or if something is missing. */
export function checkSubscriptions(body: BodyEvaluation): Reason | undefined {
  const { compiled, facts, lookup, denialOf, active } = body
  const { guard } = compiled.role
  const watched: UserId[] = []
  /** Owners that the guard's `any` allows if they are not protected. */
  const besides: UserId[] = []
  for (const some of batchesOf(facts.subscriptions)) {
    const subscriptions = lookup.findAll('subscription', some)
    if (subscriptions === undefined) return undefined
    for (const subscription of subscriptions) {
      if (!isOwn(subscription, body) || !isWatchable(guard, subscription.others, active))
        return denialOf({ subscriptions: [undefined] })
      const { userId, others = [] } = subscription
      watched.push(userId)
      if (guard.mailboxes !== 'any') watched.push(...others)
      else if (active !== undefined) besides.push(...others)
      if (watched.length + besides.length > MAX_WATCHED)
        return denialOf({ subscriptions: [undefined] })
    }
  }
  return (
    checkOwners(body, watched, owner => ({ user: owner, others: [] })) ??
    checkOwners(body, besides, owner => ({ user: body.user, others: [owner] }))
  )
}

/** Checks owners of watched mailboxes, each as a subscription. */
function checkOwners(
  body: BodyEvaluation,
  owners: readonly UserId[],
  watch: (owner: User | undefined) => ResolvedSubscription,
): Reason | undefined {
  for (const some of batchesOf([...new Set(owners)])) {
    const users = findReachable(body, 'user', some)
    if (users === undefined) return undefined
    const reason = body.denialOf({ subscriptions: users.map(watch) })
    if (reason !== undefined) return reason
  }
  return undefined
}

/** Whether the caller created the subscription in its role, and it has not expired. */
const isOwn = (
  subscription: Subscription | undefined,
  { request, caller, compiled }: BodyEvaluation,
): subscription is Subscription =>
  subscription !== undefined &&
  subscription.expiresAt > (request.latest ?? request.at) &&
  subscription.principalId === caller.principal?.id &&
  subscription.roleId === compiled.role.id
