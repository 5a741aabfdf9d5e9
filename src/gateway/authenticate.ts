/**
 * Who calls: judged from the HTTP headers alone, before any XML is read.
 *
 * @module
 */

import type { Authentication, Caller } from '../credentials/credentials.ts'
import type { Visit } from './visit.ts'

/**
 * The caller, or undefined where the request has been answered with 401.
 *
 * A body that is still arriving is drained, for some clients send every request without
 * credentials first and would lose the answer.
 *
 * @throws Failure `policy-unavailable`
 */
export async function authenticate(visit: Visit): Promise<Caller | undefined> {
  const authentication = await authenticateAgain(visit)
  if (authentication.kind === 'authenticated') return authentication.caller

  const { request, response, source, reply, house } = visit
  house.ports.metrics.unauthenticated(authentication.kind)
  if (authentication.kind === 'wrong') recordWrong(visit, authentication)
  reply.unauthorized()
  house.drain.drain(request, response, source.address)
  return undefined
}

/** Judges the same credential once more, on what is known by now. */
export function authenticateAgain({ request, source, house }: Visit): Promise<Authentication> {
  const { authorization } = request.headers
  return house.ports.authenticator.authenticate({
    ...(authorization !== undefined && { authorization }),
    sourceAddress: source.address,
    at: house.ports.now(),
  })
}

function recordWrong(
  { request, source, trail, house }: Visit,
  { record, count, accessKeyId }: Extract<Authentication, { kind: 'wrong' }>,
): void {
  if (!record) return
  const userAgent = request.headers['user-agent']
  house.ports.audit.record({
    type: 'decision',
    at: house.ports.now(),
    decisionId: trail.decisionId,
    sourceAddress: source.address,
    verdict: 'deny',
    reason: 'credentials-refused',
    count,
    ...(userAgent !== undefined && { userAgent }),
    ...(accessKeyId !== undefined && { accessKeyId }),
  })
}
