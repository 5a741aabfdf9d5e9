/**
 * Decides whether the response to a request is read for the draft that is attached to the role.
 *
 * @module
 */

import { usesClasses } from '../policy/profile-content.ts'
import type { AnswerSink } from '../upstream/upstream.ts'
import type { Allowed } from './context.ts'
import { ShownAnswer } from './shown-answer.ts'
import { type ShownRequest, shownRequest } from './shown-request.ts'

/**
 * Returns a receiver that also reads the response to an allowed request; undefined if the role has no draft that depends on
 * classes, or if the response shows none.
 *
 * @param sink - receives the response that the client gets
 */
export function shownAnswer(allowed: Allowed, sink: AnswerSink): ShownAnswer | undefined {
  const { role, read, user, served, facts } = allowed
  // A body that streams is that of a change.
  if (!usesClasses(role.shadow?.profile?.name) || user === undefined || !read.whole)
    return undefined
  const { context, prologue } = read
  const request = shownRequest(prologue.requestElement, facts, user)
  if (request === undefined || isKnown(request, allowed)) return undefined
  const { shadows } = context.server
  return new ShownAnswer({
    sink,
    shown: shadows.shown.begin(served, user, request),
    reservation: context.reservation,
    failed: error => shadows.failed(error),
  })
}

/**
 * Whether the response shows only items that are known already. Responses to GetItem are by far the longest, and a tool
 * has usually listed the items before.
 */
const isKnown = ({ operation }: ShownRequest, { shadow }: Allowed): boolean =>
  operation === 'GetItem' && shadow?.cause !== 'data-missing'
