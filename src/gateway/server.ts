/**
 * The data listener: HTTP or HTTPS, what it serves, and how it begins and ends.
 *
 * @module
 */

import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http'
import { createServer as createTlsServer, Server as TlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { Connections } from '../http/connections.ts'
import { createServer } from '../http/create-server.ts'
import { Drain } from '../http/drain.ts'
import { Pace } from '../http/pace.ts'
import { Passed } from '../http/passed.ts'
import { mayConnectInClear, sourceOf } from '../http/source.ts'
import { type ListenerTls, pem } from '../http/tls.ts'
import { discover, formOf } from './autodiscover.ts'
import { closedBy } from './closing.ts'
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

/** Of the event loop: to take what connects, to read what it says, and one to begin with. */
const TURNS_TO_READ = 3

export class GatewayServer {
  readonly #server: Server | TlsServer
  readonly #context: ServerContext
  readonly #connections: Connections
  /**
   * Requests in flight. Not a Set of them, because tables that a Set had outgrown kept each request
   * until the next full collection, and a young one took 13 ms.
   */
  #requests = 0
  #lastLeft: (() => void) | undefined
  #closing = false

  private constructor(server: Server | TlsServer, ports: GatewayPorts) {
    const { limits } = ports.settings
    this.#server = server
    this.#context = {
      ports,
      drain: new Drain(limits.bodyBytes, () => ports.metrics.connectionClosed('body-after-answer')),
      inFlight: new InFlight('principal', limits.inFlightPerPrincipal),
      inFlightInRole: new InFlight('role', limits.inFlightPerRole),
      streams: new Streams(),
      passed: new Passed(ports.collectYoung),
      pace: new Pace(),
      reviews: new Reviews(ports.settings.maxAgeMs, error =>
        ports.log.error({ err: error }, 'A bug'),
      ),
    }
    ports.watch.onChange(organization => this.#context.reviews.review(organization))
    server.maxConnections = limits.connections
    this.#connections = new Connections(server, {
      perAddress: limits.connectionsPerAddress,
      mayConnect: address => this.#mayConnect(address),
      closed: kind => ports.metrics.connectionClosed(kind),
    })
    server.on('drop', () => ports.metrics.connectionClosed('too-many'))
    server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) =>
      socket.on('error', error => {
        const kind = closedBy(error)
        if (kind !== undefined) ports.metrics.connectionClosed(kind)
      }),
    )
    server.on('request', (request, response) => this.#answer(request, response, false))
    server.on('checkContinue', (request, response) => this.#answer(request, response, true))
  }

  static async start(
    listen: Readonly<{ host: string; port: number; shared?: boolean }>,
    tls: ListenerTls | undefined,
    ports: GatewayPorts,
  ): Promise<GatewayServer> {
    const options = optionsOf(ports)
    const server = tls ? createTlsServer({ ...options, ...pem(tls) }) : createServer(options)
    const gateway = new GatewayServer(server, ports)
    await new Promise<void>((resolve, reject) => {
      const { host, port, shared = false } = listen
      server.once('error', reject).listen({ host, port, reusePort: shared }, resolve)
    })
    return gateway
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Takes another certificate for the connections to come. */
  reloadTls(tls: ListenerTls): void {
    if (this.#server instanceof TlsServer) this.#server.setSecureContext(pem(tls))
  }

  /**
   * Reads what has arrived, takes no more connections, ends streams, lets requests finish, and then
   * closes what is left.
   */
  async close(drainMs: number): Promise<void> {
    // A request that nobody has read yet would be reset: its client knows nothing of the end.
    for (let turn = 0; turn < TURNS_TO_READ; turn += 1) await setImmediate()
    this.#closing = true
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    this.#context.streams.end()
    const late = setTimeout(() => this.#connections.destroy(), drainMs)
    if (this.#requests > 0)
      await new Promise<void>(resolve => {
        this.#lastLeft = resolve
      })
    // Those too that have sent no request: they are not idle to Node.
    this.#connections.destroySoon()
    await closed
    clearTimeout(late)
    this.#context.reviews.close()
  }

  /** In clear only from this machine, and from the proxies that end TLS. */
  #mayConnect(peer: string): boolean {
    const { tlsTerminatedBy } = this.#context.ports.settings
    return this.#server instanceof TlsServer || mayConnectInClear(peer, tlsTerminatedBy)
  }

  #answer(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    if (!this.#connections.begin(request, response)) return
    response.on('error', () => response.destroy())
    if (!isServed(request)) {
      response.writeHead(505, { Connection: 'close' }).end('Only HTTP/1.1 is served\n')
      return
    }
    const source = sourceOf(request, this.#context.ports.settings.trustedPeers)
    if (source === undefined || repeated(request)) {
      response
        .writeHead(400)
        .end(source ? 'A header appears more than once\n' : 'X-Forwarded-* is malformed\n')
      this.#context.drain.drain(request, response, 0, request.socket.remoteAddress ?? '')
      return
    }
    void this.#serve(receive(this.#context, request, response, source, expectsContinue))
  }

  async #serve(context: RequestContext): Promise<void> {
    this.#requests += 1
    try {
      await route(context)
    } finally {
      context.reservation.close()
      this.#requests -= 1
      if (this.#requests === 0) this.#lastLeft?.()
      // A client that is never idle would keep its connection to the last.
      if (this.#closing) context.request.socket.destroySoon()
    }
  }
}

/** Node's parser takes 0.9 and 2.0 besides, of which nobody else would read a body. */
const isServed = ({ httpVersionMajor, httpVersionMinor }: IncomingMessage): boolean =>
  httpVersionMajor === 1 && httpVersionMinor <= 1

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

function optionsOf({ settings }: GatewayPorts): ServerOptions {
  return {
    maxHeaderSize: settings.limits.headerBytes,
    headersTimeout: settings.timeouts.headersMs,
    connectionsCheckingInterval: settings.timeouts.headersMs / 4,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    insecureHTTPParser: false,
    noDelay: true,
  }
}
