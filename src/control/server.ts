/**
 * The control listener: AWS JSON 1.1 over HTTP or HTTPS.
 *
 * @module
 */

import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http'
import { createServer as createTlsServer, Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Connections } from '../http/connections.ts'
import { createServer } from '../http/create-server.ts'
import { Drain } from '../http/drain.ts'
import type { BodyDependencies } from '../http/incoming-body.ts'
import { Pace } from '../http/pace.ts'
import { Passed } from '../http/passed.ts'
import { mayConnectInClear, sourceOf } from '../http/source.ts'
import { type ListenerTls, pem } from '../http/tls.ts'
import type { AddressRange } from '../policy/address.ts'
import { isConsolePath, serveConsole } from './browser/console.ts'
import { ConsoleFiles } from './browser/files.ts'
import { OwnAddress } from './browser/own.ts'
import {
  BODY_BYTES,
  type CallContext,
  readRequest,
  receive,
  sendAnswer,
  sessionIn,
} from './call-context.ts'
import { dispatch } from './dispatch.ts'
import { ApiError } from './errors.ts'
import type { ServerContext } from './request.ts'
import { type Answer, answerOf, answerOfError, CONTENT_TYPE, isOverBudget } from './wire.ts'

/** From the first byte of a request to its last. */
const REQUEST_MS = 60_000
const KEEP_ALIVE_MS = 60_000

export type ControlSettings = Readonly<{
  limits: Readonly<{ headerBytes: number; connections: number; connectionsPerAddress: number }>
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
  readonly #context: ServerContext
  readonly #files: ConsoleFiles
  readonly #connections: Connections
  readonly #drain: Drain
  readonly #bodies: BodyDependencies = { passed: new Passed(() => undefined), pace: new Pace() }
  #own: OwnAddress

  private constructor(
    server: Server | TlsServer,
    tls: ListenerTls | undefined,
    settings: ControlSettings,
    context: ServerContext,
  ) {
    const { connections, connectionsPerAddress: perAddress } = settings.limits
    this.#server = server
    this.#settings = settings
    this.#context = context
    this.#files = new ConsoleFiles(settings.consoleFolder, context.budget)
    this.#own = ownAddress(settings, tls)
    this.#drain = new Drain(BODY_BYTES, () => context.closed('body-after-answer'))
    server.maxConnections = connections
    this.#connections = new Connections(server, {
      perAddress,
      mayConnect: address =>
        server instanceof TlsServer || mayConnectInClear(address, settings.tlsTerminatedBy),
      closed: context.closed,
    })
    server.on('request', (request, response) => this.#serve(request, response, false))
    server.on('checkContinue', (request, response) => this.#serve(request, response, true))
  }

  static async start(
    listen: Readonly<{ host: string; port: number }>,
    tls: ListenerTls | undefined,
    settings: ControlSettings,
    context: ServerContext,
  ): Promise<ControlServer> {
    const options = optionsOf(settings)
    const server = tls ? createTlsServer({ ...options, ...pem(tls) }) : createServer(options)
    const control = new ControlServer(server, tls, settings, context)
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

  #serve(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    if (!this.#connections.begin(request, response)) return
    response.on('error', () => response.destroy())
    const source = sourceOf(request, this.#settings.trustedPeers)
    if (source === undefined) {
      refuseForwarded(response)
      this.#drain.drain(request, response, 0, request.socket.remoteAddress ?? '')
      return
    }
    const context = receive(this.#context, this.#bodies, {
      request,
      response,
      source,
      expectsContinue,
    })
    void this.#run(context)
      .catch((error: unknown) => {
        this.#context.log.error({ err: error, requestId: context.id }, 'Cannot send a response')
        response.destroy()
      })
      .finally(() => context.reservation.close())
  }

  async #run(context: CallContext): Promise<void> {
    const { request, response, body, source, isRecognized } = context
    const answer = await this.#answer(context).catch((error: unknown) =>
      this.#failed(context, error),
    )
    body.release()
    if (answer === undefined) {
      response.destroy()
      return
    }
    const sent = sendAnswer(this.#context, context, answer)
    const { received } = body
    this.#drain.drain(request, response, received, isRecognized ? undefined : source.address)
    await sent
  }

  /** @returns undefined if there is no memory for an answer to an unknown caller */
  #failed({ id, isRecognized }: CallContext, error: unknown): Answer | undefined {
    if (!isRecognized && isOverBudget(error)) return undefined
    return answerOfError(error, this.#context.log, id)
  }

  /** @returns undefined if the client has gone */
  async #answer(context: CallContext): Promise<Answer | undefined> {
    const { request, source } = context
    const { method = '', url = '', headers } = request
    const [path = ''] = url.split('?', 1)
    const { secure } = source
    if (isConsolePath(path))
      return await serveConsole(
        { server: this.#context, own: this.#own, files: this.#files },
        {
          method,
          path,
          headers,
          secure,
          request: () => readRequest(this.#context, context, method === 'POST'),
        },
      )
    if (method !== 'POST' || path !== '/') return NOT_FOUND
    const session = sessionIn(headers, source)
    if (session !== undefined) this.#own.requirePage(headers, secure, true)
    const asked = await readRequest(this.#context, context, false)
    return asked && answerOf(await dispatch(this.#context, { ...asked, session }))
  }
}

const NOT_FOUND: Answer = {
  status: 404,
  body: JSON.stringify({
    __type: 'UnknownOperationException',
    Message: 'There is nothing here: operations are called by POST /',
  }),
}

const ownAddress = ({ controlUrl }: ControlSettings, tls: ListenerTls | undefined) =>
  new OwnAddress({
    ...(controlUrl !== undefined && { controlUrl }),
    ...(tls && { certificate: tls.certificate }),
  })

/** Nothing else can be said of a request whose source is not known. */
function refuseForwarded(response: ServerResponse): void {
  const error = new ApiError(
    'SerializationException',
    'X-Forwarded-For or X-Forwarded-Proto is malformed',
  )
  response.writeHead(error.status, { 'Content-Type': CONTENT_TYPE })
  response.end(JSON.stringify({ __type: error.type, Message: error.message }))
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
