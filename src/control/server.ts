/**
 * The control listener: AWS JSON 1.1 over HTTP or HTTPS.
 *
 * @module
 */

import { randomUUIDv7 } from 'node:crypto'
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer, Server as TlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { isLoopback, mayConnectInClear, type Source, sourceOf } from '../http/source.ts'
import { type ListenerTls, pem } from '../http/tls.ts'
import type { AddressRange } from '../policy/address.ts'
import { readBody } from './body.ts'
import { dispatch } from './dispatch.ts'
import { ApiError } from './errors.ts'
import type { ControlHouse } from './request.ts'
import { type Answer, answerOf, answerOfError, CONTENT_TYPE } from './wire.ts'

/** From the first byte of a request to its last. */
const REQUEST_MS = 60_000
const KEEP_ALIVE_MS = 60_000

export type ControlSettings = Readonly<{
  limits: Readonly<{ headerBytes: number; connections: number }>
  timeouts: Readonly<{ headersMs: number }>
  /** Peers whose X-Forwarded-For and X-Forwarded-Proto count. */
  trustedPeers: readonly AddressRange[]
  /** Proxies that end TLS: without TLS of its own the listener serves these and loopback only. */
  tlsTerminatedBy: readonly AddressRange[]
}>

export class ControlServer {
  readonly #server: Server | TlsServer
  readonly #settings: ControlSettings
  readonly #house: ControlHouse

  private constructor(server: Server | TlsServer, settings: ControlSettings, house: ControlHouse) {
    this.#server = server
    this.#settings = settings
    this.#house = house
    server.maxConnections = settings.limits.connections
    server.on('connection', (socket: Socket) => this.#connected(socket))
    server.on('request', (request, response) => this.#serve(request, response))
  }

  static async start(
    listen: Readonly<{ host: string; port: number }>,
    tls: ListenerTls | undefined,
    settings: ControlSettings,
    house: ControlHouse,
  ): Promise<ControlServer> {
    const options = optionsOf(settings)
    const server = tls ? createTlsServer({ ...options, ...pem(tls) }) : createServer(options)
    const control = new ControlServer(server, settings, house)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(listen.port, listen.host, resolve)
    })
    return control
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Takes another certificate for the connections to come. */
  reloadTls(tls: ListenerTls): void {
    if (this.#server instanceof TlsServer) this.#server.setSecureContext(pem(tls))
  }

  /** Takes no more connections, lets requests finish, and then closes what is left. */
  async close(drainMs: number): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    const late = setTimeout(() => this.#server.closeAllConnections(), drainMs)
    await closed
    clearTimeout(late)
  }

  #connected(socket: Socket): void {
    const { tlsTerminatedBy } = this.#settings
    if (this.#server instanceof TlsServer) return
    if (!mayConnectInClear(socket.remoteAddress ?? '', tlsTerminatedBy)) socket.destroy()
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const id = randomUUIDv7()
    response.on('error', () => response.destroy())
    this.#answer(id, request)
      .catch((error: unknown) => answerOfError(error, this.#house.log, id))
      .then(answer => send(id, request, response, answer))
      .catch((error: unknown) => {
        this.#house.log.error({ err: error, requestId: id }, 'An answer could not be sent')
        response.destroy()
      })
  }

  /** @returns undefined where the client has gone */
  async #answer(id: string, request: IncomingMessage): Promise<Answer | undefined> {
    const source = this.#sourceOf(request)
    const { method = '', url = '', headers } = request
    if (method !== 'POST' || !/^\/(\?|$)/.test(url)) return NOT_FOUND
    const body = await readBody(request)
    if (body === undefined) return undefined

    const output = await dispatch(this.#house, {
      id,
      signed: {
        method,
        url,
        headers: pairsOf(request.rawHeaders),
        body,
        sourceAddress: source.address,
        secure: source.secure || isLoopback(source.address),
        at: this.#house.ports.now(),
      },
      secureTransport: source.secure,
      target: oneOf(headers['x-amz-target']),
      contentType: headers['content-type'],
      userAgent: headers['user-agent'],
    })
    return answerOf(output)
  }

  /** @throws ApiError where a proxy's headers cannot be read */
  #sourceOf(request: IncomingMessage): Source {
    const source = sourceOf(request, this.#settings.trustedPeers)
    if (source !== undefined) return source
    throw new ApiError(
      'SerializationException',
      'X-Forwarded-For or X-Forwarded-Proto is malformed',
    )
  }
}

const NOT_FOUND: Answer = {
  status: 404,
  body: JSON.stringify({
    __type: 'UnknownOperationException',
    Message: 'There is nothing here: operations are called by POST /',
  }),
}

function send(
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer | undefined,
): void {
  if (answer === undefined) {
    response.destroy()
    return
  }
  response.writeHead(answer.status, {
    'Content-Type': CONTENT_TYPE,
    'Content-Length': Buffer.byteLength(answer.body),
    'Cache-Control': 'no-store',
    'x-amzn-RequestId': id,
  })
  response.end(answer.body)
  request.resume()
}

const oneOf = (header: string | string[] | undefined) => header?.toString()

function pairsOf(rawHeaders: readonly string[]): (readonly [name: string, value: string])[] {
  return rawHeaders.flatMap((name, i) =>
    i % 2 === 0 ? [[name, rawHeaders[i + 1] ?? ''] as const] : [],
  )
}

function optionsOf({ limits, timeouts }: ControlSettings): ServerOptions {
  return {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: timeouts.headersMs,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    insecureHTTPParser: false,
    noDelay: true,
  }
}
