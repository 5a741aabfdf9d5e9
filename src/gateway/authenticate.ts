/**
 * Who calls: judged from the HTTP headers alone, before any XML is read.
 *
 * @module
 */

import type { Authentication, Caller } from '../credentials/credentials.ts'
import { discardBody } from './ending.ts'
import type { Visit } from './visit.ts'

/** Nobody who is known. */
export type Refused = Exclude<Authentication, { kind: 'authenticated' }>

/**
 * The caller, or undefined where the request has been answered with 401.
 *
 * A body that is still arriving is drained, for some clients send every request without
 * credentials first and would lose the answer.
 *
 * @throws Failure `policy-unavailable`
 */
export async function authenticate(visit: Visit): Promise<Caller | undefined> {
  const authentication = await authenticateBy(visit, visit.request.headers.authorization)
  if (authentication.kind === 'authenticated') return authentication.caller

  noteRefused(visit, authentication)
  visit.reply.unauthorized(presentsToken(visit) ? 'invalid' : 'none')
  discardBody(visit)
  return undefined
}

/** Reevaluates the credential of a request in progress, on what is known by now. */
export const authenticateAgain = (visit: Visit): Promise<Authentication> =>
  authenticateBy(visit, visit.request.headers.authorization, true)

/** Judges a credential that the request presents, wherever it stands. */
export function authenticateBy(
  { source, house }: Visit,
  authorization: string | undefined,
  again = false,
): Promise<Authentication> {
  return house.ports.authenticator.authenticate({
    authorization,
    sourceAddress: source.address,
    at: house.ports.now(),
    again,
  })
}

/** Whether the request comes with a token. */
export const presentsToken = ({ request }: Visit): boolean =>
  /^Bearer /i.test(request.headers.authorization ?? '')

/** Counts a caller that is refused, and records wrong credentials. */
export function noteRefused(visit: Visit, authentication: Refused): void {
  visit.house.ports.metrics.unauthenticated(authentication.kind)
  if (authentication.kind === 'wrong') recordWrong(visit, authentication)
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
    userAgent,
    accessKeyId,
  })
}
