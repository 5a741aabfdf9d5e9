/**
 * The control listener: AWS JSON 1.1 over HTTP or HTTPS.
 *
 * @module
 */

import { randomUUIDv7 } from 'node:crypto'
import type {
  IncomingHttpHeaders,
  IncomingMessage,
  Server,
  ServerOptions,
  ServerResponse,
} from 'node:http'
import { createServer as createTlsServer, Server as TlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { createServer } from '../http/create-server.ts'
import { isLoopback, mayConnectInClear, type Source, sourceOf } from '../http/source.ts'
import { type ListenerTls, pem } from '../http/tls.ts'
import type { AddressRange } from '../policy/address.ts'
import { readBody } from './body.ts'
import { isConsolePath, visitConsole } from './browser/console.ts'
import { readSessionCookie } from './browser/cookie.ts'
import { ConsoleFiles } from './browser/files.ts'
import { OwnAddress } from './browser/own.ts'
import { dispatch } from './dispatch.ts'
import { ApiError } from './errors.ts'
import type { ControlHouse, ControlRequest } from './request.ts'
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
  /** The folder of the console's files. */
  consoleFolder: string
  /** The origin that browsers know the listener by, where that is not clear from its certificate. */
  controlUrl?: string
}>

export class ControlServer {
  readonly #server: Server | TlsServer
  readonly #settings: ControlSettings
  readonly #house: ControlHouse
  readonly #files: ConsoleFiles
  #own: OwnAddress

  private constructor(
    server: Server | TlsServer,
    tls: ListenerTls | undefined,
    settings: ControlSettings,
    house: ControlHouse,
  ) {
    this.#server = server
    this.#settings = settings
    this.#house = house
    this.#files = new ConsoleFiles(settings.consoleFolder)
    this.#own = ownAddress(settings, tls)
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
    const control = new ControlServer(server, tls, settings, house)
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
    if (!(this.#server instanceof TlsServer)) return
    this.#server.setSecureContext(pem(tls))
    this.#own = ownAddress(this.#settings, tls)
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
    const [path = ''] = url.split('?', 1)
    const { secure } = source
    const read = () => this.#read(id, request, source)
    if (isConsolePath(path))
      return await visitConsole(
        { house: this.#house, own: this.#own, files: this.#files },
        { method, path, headers, secure, request: read },
      )
    if (method !== 'POST' || path !== '/') return NOT_FOUND
    const session = sessionIn(headers, secure)
    if (session !== undefined) this.#own.requirePage(headers, secure, true)
    const asked = await read()
    return asked && answerOf(await dispatch(this.#house, { ...asked, session }))
  }

  /** With its body. Undefined where the client has gone. @throws ApiError */
  async #read(
    id: string,
    request: IncomingMessage,
    source: Source,
  ): Promise<ControlRequest | undefined> {
    const { method = '', url = '', headers } = request
    const body = await readBody(request)
    if (body === undefined) return undefined
    return {
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
      session: readSessionCookie(headers.cookie, source.secure),
      target: oneOf(headers['x-amz-target']),
      contentType: headers['content-type'],
      userAgent: headers['user-agent'],
    }
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
    ...(answer.status !== 204 && { 'Content-Length': Buffer.byteLength(answer.body) }),
    'Cache-Control': 'no-store',
    'x-amzn-RequestId': id,
    ...answer.headers,
  })
  response.end(answer.body)
  request.resume()
}

const ownAddress = ({ controlUrl }: ControlSettings, tls: ListenerTls | undefined) =>
  new OwnAddress({
    ...(controlUrl !== undefined && { controlUrl }),
    ...(tls && { certificate: tls.certificate }),
  })

/** The session that a call comes with: one that is signed, or says who it is, needs none. */
const sessionIn = ({ authorization, cookie }: IncomingHttpHeaders, secure: boolean) =>
  authorization === undefined ? readSessionCookie(cookie, secure) : undefined

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
