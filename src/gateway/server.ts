/**
 * The data listener: its paths, and the dependencies that its requests share.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { Drain } from '../http/drain.ts'
import { InFlight } from '../http/in-flight.ts'
import { Listener, type ListenerTls } from '../http/listener.ts'
import { RequestRate } from '../http/request-rate.ts'
import { sourceOf } from '../http/source.ts'
import { YieldTimer } from '../http/yield-timer.ts'
import { discover } from './autodiscover.ts'
import type { RequestContext, ServerContext } from './context.ts'
import { discardBody } from './ending.ts'
import { FailureLog } from './failure-log.ts'
import { Groupings } from './groupings.ts'
import { handle } from './handle.ts'
import { grantToken } from './oauth.ts'
import { greet, schemaFileOf, sendSchema } from './pages.ts'
import type { GatewayPorts } from './ports.ts'
import { receive } from './receive.ts'
import { Reevaluations } from './reevaluations.ts'
import { RepeatedRequests } from './repeated-requests.ts'
import { discoveryFormOf, EWS_PATH, TOKEN_PATH } from './route.ts'
import { Shadows } from './shadows.ts'
import { ClientConnections, SignInOffers } from './sign-in.ts'
import { Streams } from './streams.ts'

/** Maximum time from the first byte of a request to its last: enough for the largest upload over a slow connection. */
const REQUEST_MS = 30 * 60_000
const KEEP_ALIVE_MS = 120_000

/** Creates the data listener. */
export function gatewayListener(tls: ListenerTls | undefined, ports: GatewayPorts): Listener {
  const { limits, timeouts, tlsTerminatedBy } = ports.settings
  const context = contextOf(ports)
  ports.watch.onChange(organization => context.reevaluations.start(organization))
  return new Listener({
    name: 'data',
    tls,
    tlsTerminatedBy,
    limits,
    timeouts: { headersMs: timeouts.headersMs, requestMs: REQUEST_MS, keepAliveMs: KEEP_ALIVE_MS },
    handle: (request, response, expectsContinue) =>
      answer(context, request, response, expectsContinue),
    onDrain: () => context.streams.end(),
    onDrained: () => context.reevaluations.close(),
    closed: kind => ports.metrics.connectionClosed(kind),
  })
}

const contextOf = (ports: GatewayPorts): ServerContext => ({
  ports,
  connections: new ClientConnections(),
  offers: new SignInOffers(ports.settings.offers),
  drain: new Drain(ports.settings.limits.bodyBytes, () =>
    ports.metrics.connectionClosed('body-after-answer'),
  ),
  inFlight: new InFlight('principal', ports.settings.limits.inFlightPerPrincipal),
  inFlightInRole: new InFlight('role', ports.settings.limits.inFlightPerRole),
  failureLog: new FailureLog(ports.log),
  rate: rateOf('principal', ports),
  rateInRole: rateOf('role', ports),
  repeated: new RepeatedRequests(),
  groupings: new Groupings(ports),
  shadows: new Shadows(ports.log, ports.now),
  streams: new Streams(),
  yieldTimer: new YieldTimer(),
  reevaluations: new Reevaluations({
    everyMs: ports.settings.reevaluationMs,
    latest: () => ports.moment().latest,
    failed: error => ports.log.error({ err: error }, 'Unhandled error'),
  }),
})

function rateOf(of: 'principal' | 'role', { settings, metrics }: GatewayPorts): RequestRate {
  const { burst, [of]: perMinute } = settings.limits.requestsPerMinute
  const onThrottled = () => metrics.throttled(of)
  return new RequestRate({ of, perMinute, burst, now: () => performance.now(), onThrottled })
}

function answer(
  server: ServerContext,
  request: IncomingMessage,
  response: ServerResponse,
  expectsContinue: boolean,
): Promise<void> {
  const source = sourceOf(request, server.ports.settings.trustedPeers)
  if (source === undefined || repeated(request)) {
    response
      .writeHead(400)
      .end(source ? 'A header appears more than once\n' : 'X-Forwarded-* is malformed\n')
    server.drain.drain(request, response, 0, request.socket.remoteAddress ?? '')
    return DONE
  }
  const context = receive(server, request, response, source, expectsContinue)
  const answered = route(context)
  return context.trace === undefined ? answered : context.trace.until(answered, response)
}

const DONE = Promise.resolve()

/** Headers that must not be repeated, by the length of their name. Node.js would silently use the first one. */
const ONCE: ReadonlyMap<number, string> = new Map(
  ['host', 'authorization', 'content-type', 'content-encoding'].map(name => [name.length, name]),
)

function repeated({ rawHeaders }: IncomingMessage): boolean {
  let seen = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    if (ONCE.get(name.length) !== name.toLowerCase()) continue
    const bit = 1 << name.length
    if ((seen & bit) !== 0) return true
    seen |= bit
  }
  return false
}

/** Handles a request, and gives back its bytes when it has ended. */
function route(context: RequestContext): Promise<void> {
  const { method, url = '' } = context.request
  const path = url.toLowerCase()
  if (path === EWS_PATH && method === 'POST') return handle(context)
  return routeOther(context, path).finally(() => context.reservation.close())
}

/** Finds the handler for a path. Compares whole paths, case-insensitively. Any other path gets 404. */
function routeOther(context: RequestContext, path: string): Promise<void> {
  const { method } = context.request
  const file = schemaFileOf(path)
  if (path === EWS_PATH && (method === 'GET' || method === 'HEAD')) return greet(context)
  if (path === TOKEN_PATH && method === 'POST') return grantToken(context)
  if (file !== undefined && method === 'GET') return sendSchema(context, file)
  const form = discoveryFormOf(method, path)
  return form === undefined ? refusePath(context) : discover(context, form)
}

async function refusePath(context: RequestContext): Promise<void> {
  context.reply.text(404, 'Not found\n')
  discardBody(context)
}
