/**
 * Starts, limits, drains, and closes an HTTP or HTTPS listener.
 *
 * The data, control, and ops listeners differ in their options only. All of them parse strictly. They answer
 * malformed requests with 400, too large headers with 431, and slow ones with 408, and count each connection that
 * they close.
 *
 * @module
 */

import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http'
import { createServer as createTlsServer, Server as TlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import type { ListenAddress } from '../model/listen-address.ts'
import type { Secret } from '../model/secret.ts'
import type { AddressRange } from '../policy/address.ts'
import { type ClosedKind, closedBy } from './closed.ts'
import { Connections } from './connections.ts'
import { addressError, tlsError } from './listen-error.ts'
import { mayConnectInClear } from './source.ts'

// Imported as a module, node:http would load the WebSocket of Node.js, which takes 3 MB.
const { createServer } = process.getBuiltinModule('node:http')

/**
 * Number of event loop turns before a listener stops: one to begin with, one to accept waiting connections, and one
 * to read from them.
 */
const TURNS_TO_READ = 3

/** Certificate and private key of a listener, in PEM. */
export type ListenerTls = Readonly<{ certificate: string; privateKey: Secret }>

/** Address of a listener. Several processes can use the same port if all of them set `shared`. */
export type BindAddress = ListenAddress & Readonly<{ shared?: boolean }>

/**
 * Answers a request. The listener calls it in the turn of the event loop in which the request arrived. A drain
 * waits for its promise.
 *
 * @param expectsContinue - whether the client waits for the response `100 Continue` before it sends its body
 */
export type RequestHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  expectsContinue: boolean,
) => Promise<void>

export type ListenerOptions = Readonly<{
  /** Key of the listener in `listen` of the configuration. */
  name: 'data' | 'control' | 'ops'
  /** Certificate and key; undefined for unencrypted HTTP. */
  tls: ListenerTls | undefined
  /**
   * Addresses of proxies that end TLS. A listener without TLS accepts only these and loopback. If empty, it accepts
   * every peer.
   */
  tlsTerminatedBy: readonly AddressRange[]
  limits: Readonly<{
    /** Maximum size of the URL and all HTTP headers of a request. */
    headerBytes: number
    connections: number
    connectionsPerAddress: number
  }>
  timeouts: Readonly<{
    headersMs: number
    /** Maximum time from the first byte of a request to its last byte. */
    requestMs: number
    /** Maximum time between two requests on a connection. */
    keepAliveMs: number
  }>
  handle: RequestHandler
  /** Called when a drain begins. Must end requests that would not end by themselves, such as streams. */
  onDrain?: () => void
  /** Called when the drain has ended. */
  onDrained?: () => void
  /** Called with the first certificate, and with each that replaces it, once new connections use it. */
  onTls?: (tls: ListenerTls) => void
  /** Called when the listener closes a connection because of a limit. */
  closed: (kind: ClosedKind) => void
}>

export class Listener {
  readonly #options: ListenerOptions
  readonly #server: Server | TlsServer
  readonly #connections: Connections
  /**
   * Number of requests in flight. A Set of requests would keep them in memory until the next full garbage
   * collection, which even for a small set took 13 ms.
   */
  #inFlight = 0
  #lastFinished: (() => void) | undefined
  #closed: Promise<void> | undefined

  /** @throws ListenError if the certificate cannot be used */
  constructor(options: ListenerOptions) {
    const { tls, tlsTerminatedBy, limits, closed } = options
    const server = serverOf(parserOptionsOf(options), tls)
    if (tls) options.onTls?.(tls)
    server.maxConnections = limits.connections
    this.#options = options
    this.#server = server
    this.#connections = new Connections(server, {
      perAddress: limits.connectionsPerAddress,
      mayConnect: peer => tls !== undefined || mayConnectInClear(peer, tlsTerminatedBy),
      closed,
    })
    server.on('drop', () => closed('too-many'))
    server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) =>
      socket.on('error', error => {
        const kind = closedBy(error)
        if (kind !== undefined) closed(kind)
      }),
    )
    server.on('request', (request, response) => this.#serve(request, response, false))
    server.on('checkContinue', (request, response) => this.#serve(request, response, true))
  }

  /**
   * Starts to accept connections.
   *
   * @throws ListenError if the system rejects the address. The listener is then closed
   */
  async listen({ host, port, shared = false }: BindAddress): Promise<this> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject).listen({ host, port, reusePort: shared }, resolve)
    await promise.catch(async cause => {
      const { name } = this.#options
      await this.close(0)
      throw addressError(`listen.${name} or --listen-${name}`, { host, port }, cause)
    })
    return this
  }

  /** Port that the system chose, if the address has port 0. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Uses another certificate for new connections. Does nothing without TLS. */
  reloadTls(tls: ListenerTls): void {
    if (!(this.#server instanceof TlsServer)) return
    this.#server.setSecureContext(pem(tls))
    this.#options.onTls?.(tls)
  }

  /**
   * Reads requests that have already arrived, stops accepting connections, and closes each when its requests have
   * ended. Later calls wait for the first one.
   *
   * @param drainMs - time after which requests in flight are aborted
   */
  close(drainMs: number): Promise<void> {
    this.#closed ??= this.#drain(drainMs)
    return this.#closed
  }

  async #drain(drainMs: number): Promise<void> {
    // Reads waiting requests first, because otherwise their clients would get a reset connection without a
    // response.
    for (let turn = 0; turn < TURNS_TO_READ; turn += 1) await setImmediate()
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    this.#connections.drain()
    this.#options.onDrain?.()
    const late = setTimeout(() => this.#connections.destroy(), drainMs)
    if (this.#inFlight > 0)
      await new Promise<void>(resolve => {
        this.#lastFinished = resolve
      })
    // Also closes connections that have sent a part of a request, which Node.js doesn't treat as idle.
    this.#connections.destroySoon()
    await closed
    clearTimeout(late)
    this.#options.onDrained?.()
  }

  #serve(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    if (!this.#connections.begin(request, response)) return
    response.on('error', destroy)
    if (!isServed(request)) {
      response.writeHead(505, { Connection: 'close' }).end('Only HTTP/1.1 is supported\n')
      return
    }
    if (!isFramed(request)) {
      response.writeHead(400, { Connection: 'close' }).end(FRAMING)
      return
    }
    this.#inFlight += 1
    this.#options.handle(request, response, expectsContinue).then(this.#finished, this.#failed)
  }

  readonly #finished = (): void => {
    this.#inFlight -= 1
    if (this.#inFlight === 0) this.#lastFinished?.()
  }

  readonly #failed = (error: unknown): never => {
    this.#finished()
    throw error
  }
}

function destroy(this: ServerResponse): void {
  this.destroy()
}

/**
 * Whether the version is HTTP/1.0 or 1.1. Node.js also accepts HTTP/0.9 and HTTP/2.0, in which other software would
 * not expect a body.
 */
const isServed = ({ httpVersionMajor, httpVersionMinor }: IncomingMessage): boolean =>
  httpVersionMajor === 1 && httpVersionMinor <= 1

const FRAMING = 'The only transfer coding is chunked, in HTTP/1.1\n'

/**
 * Whether every proxy agrees where the body ends. Node.js also accepts chunks in HTTP/1.0, which has none, and other
 * codings before the chunks, whose content nothing here decodes.
 */
const isFramed = ({ headers, httpVersionMinor }: IncomingMessage): boolean => {
  const coding = headers['transfer-encoding']
  return coding === undefined || (httpVersionMinor === 1 && coding.toLowerCase() === 'chunked')
}

/** Creates an HTTPS server if TLS is given, and an HTTP server otherwise. */
function serverOf(options: ServerOptions, tls: ListenerTls | undefined): Server | TlsServer {
  if (tls === undefined) return createServer(options)
  try {
    return createTlsServer({ ...options, ...pem(tls) })
  } catch (error) {
    throw error instanceof Error ? tlsError(error) : error
  }
}

/** Returns the options of node:tls for a certificate and its key. */
const pem = ({ certificate, privateKey }: ListenerTls) => ({
  cert: certificate,
  key: privateKey.reveal(),
})

function parserOptionsOf({ limits, timeouts }: ListenerOptions): ServerOptions {
  return {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: timeouts.headersMs,
    connectionsCheckingInterval: timeouts.headersMs / 4,
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: timeouts.keepAliveMs,
    insecureHTTPParser: false,
    noDelay: true,
  }
}
