/**
 * Authenticates the caller by the HTTP headers and the connection only, before any XML is read.
 *
 * @module
 */

import type { Authentication } from '../credentials/credentials.ts'
import { after, type MaybePromise } from '../model/maybe-promise.ts'
import { SCHEMES, type Scheme } from '../model/sign-in.ts'
import type { Facts } from '../traces/traces.ts'
import type { Authenticated, RequestContext } from './context.ts'
import { discardBody } from './ending.ts'

/** Result of an authentication that failed. */
export type Refused = Exclude<Authentication, { kind: 'authenticated' | 'continue' }>

/**
 * Returns the request with its caller, or undefined if it has been answered with 401. Must be called in the turn of
 * the event loop in which the request arrived.
 *
 * A body that is still arriving is discarded, because some clients send every request without
 * credentials first and would lose the response.
 *
 * @throws Failure `policy-unavailable`, `audit-unavailable`
 */
export const authenticate = (context: RequestContext): MaybePromise<Authenticated | undefined> =>
  after(authenticateRequest(context), authentication => {
    noteSignIn(context, authentication)
    if (authentication.kind === 'authenticated') return { context, caller: authentication.caller }
    if (authentication.kind !== 'continue') return reject(context, authentication)
    context.reply.continue(authentication.scheme, authentication.token)
    discardBody(context)
    return undefined
  })

async function reject(context: RequestContext, authentication: Refused): Promise<undefined> {
  await noteRefused(context, authentication)
  const { request, response, reply } = context
  reply.unauthorized(presentsToken(context) ? 'invalid' : 'none')
  if (authentication.kind === 'interleaved') response.once('finish', () => request.socket.destroy())
  discardBody(context)
  return undefined
}

function authenticateRequest({
  request,
  response,
  source,
  offer,
  server,
  trace,
}: RequestContext): MaybePromise<Authentication> {
  const { authenticator, moment } = server.ports
  const { at, latest } = moment()
  const presented = {
    authorization: request.headers.authorization,
    sourceAddress: source.address,
    at,
    latest,
    offer,
    connection: server.connections.of(request, source),
    // Node.js gives a response its socket when the response before it is complete.
    isPipelined: response.socket === null,
  }
  if (trace === undefined) return authenticator.authenticate(presented)
  return trace.step('authenticate', () => authenticator.authenticate(presented), factsOf)
}

/** Returns the result of an authentication, for a trace. */
export const factsOf = (authentication: Authentication): Facts => ({
  'ews.authentication': authentication.kind,
  'ews.scheme':
    authentication.kind === 'authenticated' ? authentication.caller.signIn.scheme : undefined,
})

const presentsToken = ({ request }: RequestContext): boolean =>
  /^Bearer /i.test(request.headers.authorization ?? '')

const SCHEME_OF = new Map(SCHEMES.map(scheme => [scheme.toLowerCase(), scheme]))

/** Returns the scheme of the Authorization header; undefined if it is unknown, or if there is no header. */
function schemeOf({ request }: RequestContext): Scheme | undefined {
  const [name = ''] = (request.headers.authorization ?? '').split(' ', 1)
  return SCHEME_OF.get(name.toLowerCase())
}

/** Counts the result of a sign-in. */
function noteSignIn(context: RequestContext, authentication: Authentication): void {
  const { metrics } = context.server.ports
  const { kind } = authentication
  if (kind === 'authenticated') metrics.signIns.ofRequest(authentication.caller.signIn.scheme, kind)
  else metrics.signIns.ofRequest(schemeOf(context) ?? signInOf(authentication)?.scheme, kind)
}

const signInOf = (authentication: Authentication) =>
  authentication.kind === 'wrong' ? authentication.signIn : undefined

/**
 * Counts a rejected request, and writes an audit record of wrong credentials if `authentication` requires one.
 *
 * @throws Failure `audit-unavailable`
 */
export async function noteRefused(context: RequestContext, authentication: Refused): Promise<void> {
  context.server.ports.metrics.signIns.unauthenticated(authentication.kind)
  if (authentication.kind === 'wrong') await recordWrong(context, authentication)
}
async function recordWrong(
  context: RequestContext,
  {
    record,
    count,
    accessKeyId,
    identity,
    owner,
    signIn,
  }: Extract<Authentication, { kind: 'wrong' }>,
): Promise<void> {
  if (!record) return
  const { request, source, decisionId, server } = context
  const userAgent = request.headers['user-agent']
  const { audit, now } = server.ports
  audit.record({
    type: 'decision',
    at: now(),
    decisionId,
    organizationId: owner?.organizationId,
    principalId: owner?.principalId,
    sourceAddress: source.address,
    verdict: 'deny',
    reason: 'credentials-refused',
    count,
    userAgent,
    accessKeyId,
    identity,
    scheme: schemeOf(context),
    ...signIn,
  })
  await audit.written()
}
