/**
 * Subscribe and Unsubscribe: what is recorded of them around their way upstream.
 *
 * @module
 */

import type { Caller } from '../credentials/credentials.ts'
import type { AnswerSink } from '../upstream/upstream.ts'
import { HeldAnswer } from './held-answer.ts'
import type { Allowed } from './judge.ts'
import type { ReadRequest } from './read.ts'
import type { Subscribed, Subscriber } from './subscriptions.ts'
import type { Visit } from './visit.ts'

/**
 * Counts a Subscribe in.
 *
 * @returns what counts it out again, to be called once
 * @throws Failure `over-budget` if the principal has too many live subscriptions
 */
export const enterSubscribe = (visit: Visit, caller: Caller): Promise<() => void> =>
  visit.house.ports.subscriptions.enter(subscriberOf(visit, caller))

/**
 * Holds the answer to a Subscribe until it is written down whose its subscriptions are.
 *
 * @param allowed - the decision on the whole body, once it has been made
 */
export function holdSubscribed(
  visit: Visit,
  caller: Caller,
  answer: AnswerSink,
  allowed: () => Pick<Allowed, 'user' | 'others'> & Pick<Subscribed, 'timeout'>,
): HeldAnswer {
  return new HeldAnswer(answer, async whole => {
    const { user, others, timeout } = allowed()
    if (user === undefined) throw new Error('A Subscribe is allowed that acts as no user')
    const subscribed = { userId: user.id, others, timeout }
    await visit.house.ports.subscriptions.write(whole, subscriberOf(visit, caller), subscribed)
  })
}

/**
 * Records that the upstream has ended a subscription, so that it doesn't count any more. Of several
 * in one request, which the schema doesn't allow, the gateway can't know which one the upstream ended.
 */
export function noteUnsubscribed(
  { house, trail }: Visit,
  { principal }: Caller,
  { prologue, reader }: ReadRequest,
): void {
  if (prologue.requestElement !== 'Unsubscribe' || trail.responseCode !== 'NoError') return
  const [id, ...more] = reader.facts.subscriptions
  if (id === undefined || more.length > 0) return
  house.ports.subscriptions.ended(id, principal.organizationId)
}

function subscriberOf({ trail }: Visit, { principal }: Caller): Subscriber {
  const { role } = trail.known
  if (role === undefined) throw new Error('A Subscribe is allowed in no role')
  return { organizationId: principal.organizationId, roleId: role.id, principalId: principal.id }
}
