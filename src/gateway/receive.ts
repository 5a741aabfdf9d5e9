/**
 * Makes the context of a request that arrives.
 *
 * @module
 */

import { randomUUIDv7 } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { IncomingBody } from '../http/incoming-body.ts'
import type { Source } from '../http/source.ts'
import type { RequestContext, ServerContext } from './context.ts'
import { Reply } from './reply.ts'
import { routeOf } from './route.ts'

/** Returns the context of a request. Must be called in the turn of the event loop in which the request arrived. */
export function receive(
  server: ServerContext,
  request: IncomingMessage,
  response: ServerResponse,
  source: Source,
  expectsContinue: boolean,
): RequestContext {
  const { budget, settings, now } = server.ports
  const decisionId = randomUUIDv7()
  const reservation = budget.open(source.address)
  const offer = server.offers.of(request, source)
  return {
    server,
    decisionId,
    receivedAt: now(),
    request,
    response,
    body: new IncomingBody(request, settings.timeouts.bodyIdleMs, reservation, server),
    reservation,
    source,
    offer,
    reply: new Reply(response, decisionId, offer.schemes),
    expectsContinue,
    trace: server.ports.traces?.begin({
      decisionId,
      method: request.method ?? '',
      route: routeOf(request),
      headers: request.headers,
      isSecure: source.secure,
      isTrusted: source.isProxied,
    }),
  }
}
