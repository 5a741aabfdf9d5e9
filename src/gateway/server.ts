/**
 * The data listener: what it serves, and what its requests share.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'
import type { ListenerTls } from '../http/create-server.ts'
import { Drain } from '../http/drain.ts'
import { type BindAddress, Listener, type RequestHandler } from '../http/listener.ts'
import { Pace } from '../http/pace.ts'
import { Passed } from '../http/passed.ts'
import { sourceOf } from '../http/source.ts'
import { discover, formOf } from './autodiscover.ts'
import type { RequestContext, ServerContext } from './context.ts'
import { discardBody } from './ending.ts'
import { handle } from './handle.ts'
import { InFlight } from './in-flight.ts'
import { grantToken } from './oauth.ts'
import { greet, schemaFileOf, sendSchema } from './pages.ts'
import type { GatewayPorts } from './ports.ts'
import { receive } from './receive.ts'
import { Reviews } from './reviews.ts'
import { Streams } from './streams.ts'

const EWS_PATH = '/ews/exchange.asmx'
const TOKEN_PATH = '/oauth2/token'
/** From the first byte of a request to its last: the largest upload on a slow line. */
const REQUEST_MS = 30 * 60_000
const KEEP_ALIVE_MS = 120_000

export class GatewayServer {
  readonly #context: ServerContext
  readonly #listener: Listener

  private constructor(tls: ListenerTls | undefined, ports: GatewayPorts) {
    const { limits, timeouts, tlsTerminatedBy, maxAgeMs } = ports.settings
    this.#context = {
      ports,
      drain: new Drain(limits.bodyBytes, () => ports.metrics.connectionClosed('body-after-answer')),
      inFlight: new InFlight('principal', limits.inFlightPerPrincipal),
      inFlightInRole: new InFlight('role', limits.inFlightPerRole),
      streams: new Streams(),
      passed: new Passed(ports.collectYoung),
      pace: new Pace(),
      reviews: new Reviews(maxAgeMs, error => ports.log.error({ err: error }, 'A bug')),
    }
    ports.watch.onChange(organization => this.#context.reviews.review(organization))
    this.#listener = new Listener({
      name: 'data',
      tls,
      tlsTerminatedBy,
      limits,
      timeouts: {
        headersMs: timeouts.headersMs,
        requestMs: REQUEST_MS,
        keepAliveMs: KEEP_ALIVE_MS,
      },
      handle: this.#answer,
      onDrain: () => this.#context.streams.end(),
      closed: kind => ports.metrics.connectionClosed(kind),
    })
  }

  static async start(
    listen: BindAddress,
    tls: ListenerTls | undefined,
    ports: GatewayPorts,
  ): Promise<GatewayServer> {
    const gateway = new GatewayServer(tls, ports)
    await gateway.#listener.listen(listen)
    return gateway
  }

  get port(): number {
    return this.#listener.port
  }

  reloadTls(tls: ListenerTls): void {
    this.#listener.reloadTls(tls)
  }

  async close(drainMs: number): Promise<void> {
    await this.#listener.close(drainMs)
    this.#context.reviews.close()
  }

  readonly #answer: RequestHandler = async (request, response, expectsContinue) => {
    const source = sourceOf(request, this.#context.ports.settings.trustedPeers)
    if (source === undefined || repeated(request)) {
      response
        .writeHead(400)
        .end(source ? 'A header appears more than once\n' : 'X-Forwarded-* is malformed\n')
      this.#context.drain.drain(request, response, 0, request.socket.remoteAddress ?? '')
      return
    }
    const context = receive(this.#context, request, response, source, expectsContinue)
    try {
      await route(context)
    } finally {
      context.reservation.close()
    }
  }
}

/** By their lengths: headers that say who calls and what comes, of which Node would take the first. */
const ONCE: ReadonlyMap<number, string> = new Map(
  ['authorization', 'content-type', 'content-encoding'].map(name => [name.length, name]),
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

/** Paths are compared whole, without regard to case: what is not listed is not there. */
function route(context: RequestContext): Promise<void> {
  const { method, url = '' } = context.request
  const path = url.toLowerCase()
  if (path === EWS_PATH && method === 'POST') return handle(context)
  const file = schemaFileOf(path)
  if (path === EWS_PATH && (method === 'GET' || method === 'HEAD')) return greet(context)
  if (path === TOKEN_PATH && method === 'POST') return grantToken(context)
  if (file !== undefined && method === 'GET') return sendSchema(context, file)
  const form = formOf(method, path)
  return form === undefined ? refusePath(context) : discover(context, form)
}

async function refusePath(context: RequestContext): Promise<void> {
  context.reply.text(404, 'Not found\n')
  discardBody(context)
}
