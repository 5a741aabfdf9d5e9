/**
 * Control listener: AWS JSON 1.1 over HTTP or HTTPS, and the console.
 *
 * @module
 */

import type { ServerResponse } from 'node:http'
import { Drain } from '../http/drain.ts'
import type { BodyDependencies } from '../http/incoming-body.ts'
import {
  Listener,
  type ListenerOptions,
  type ListenerTls,
  type RequestHandler,
} from '../http/listener.ts'
import { sourceOf } from '../http/source.ts'
import { YieldTimer } from '../http/yield-timer.ts'
import type { AddressRange } from '../policy/address.ts'
import { isConsolePath, serveConsole } from './browser/console.ts'
import { ConsoleFiles } from './browser/files.ts'
import { OwnAddress } from './browser/own.ts'
import {
  BODY_BYTES,
  type CallContext,
  failedCallOf,
  readRequest,
  receive,
  sendResponse,
  sessionIn,
} from './call-context.ts'
import { dispatch } from './dispatch.ts'
import { ApiError } from './errors.ts'
import type { ServerContext } from './request.ts'
import {
  CONTENT_TYPE,
  type ControlResponse,
  isOverBudget,
  responseOf,
  responseOfError,
} from './wire.ts'

/** Maximum time from the first byte of a request to its last byte. */
const REQUEST_MS = 60_000
const KEEP_ALIVE_MS = 60_000

/** Settings of the control listener. */
export type ControlSettings = Readonly<{
  limits: ListenerOptions['limits']
  timeouts: Readonly<{ headersMs: number }>
  /** Peers whose X-Forwarded-For and X-Forwarded-Proto are trusted. */
  trustedPeers: readonly AddressRange[]
  tlsTerminatedBy: ListenerOptions['tlsTerminatedBy']
  /** Folder of the console's files. */
  consoleFolder: string
  /** Origin of the console in browsers. Needed if the certificate does not contain its host name. */
  controlUrl?: string
}>

export function controlListener(
  tls: ListenerTls | undefined,
  settings: ControlSettings,
  context: ServerContext,
): Listener {
  const server = new ControlServer(settings, context)
  const { headersMs } = settings.timeouts
  return new Listener({
    name: 'control',
    tls,
    tlsTerminatedBy: settings.tlsTerminatedBy,
    limits: settings.limits,
    timeouts: { headersMs, requestMs: REQUEST_MS, keepAliveMs: KEEP_ALIVE_MS },
    handle: server.handle,
    onTls: server.useTls,
    closed: context.closed,
  })
}

class ControlServer {
  readonly #settings: ControlSettings
  readonly #context: ServerContext
  readonly #files: ConsoleFiles
  readonly #drain: Drain
  readonly #bodies: BodyDependencies = { yieldTimer: new YieldTimer() }
  #own: OwnAddress

  constructor(settings: ControlSettings, context: ServerContext) {
    this.#settings = settings
    this.#context = context
    this.#files = new ConsoleFiles(settings.consoleFolder, context.budget)
    this.#drain = new Drain(BODY_BYTES, () => context.closed('body-after-answer'))
    this.#own = ownAddress(settings)
  }

  readonly useTls = (tls: ListenerTls): void => {
    this.#own = ownAddress(this.#settings, tls)
  }

  readonly handle: RequestHandler = async (request, response, expectsContinue) => {
    const source = sourceOf(request, this.#settings.trustedPeers)
    if (source === undefined) {
      rejectForwarded(response)
      this.#drain.drain(request, response, 0, request.socket.remoteAddress ?? '')
      return
    }
    const message = { request, response, source, expectsContinue }
    const context = receive(this.#context, this.#bodies, message)
    try {
      await this.#run(context)
    } catch (error) {
      this.#context.log.error({ err: error, requestId: context.id }, 'Cannot send a response')
      response.destroy()
    } finally {
      context.reservation.close()
    }
  }

  async #run(context: CallContext): Promise<void> {
    const { request, response, body, source, isRecognized } = context
    const answer = await this.#respond(context).catch((error: unknown) =>
      this.#failed(context, error),
    )
    body.release()
    if (answer === undefined) {
      response.destroy()
      return
    }
    const sent = sendResponse(this.#context, context, answer)
    const { received } = body
    this.#drain.drain(request, response, received, isRecognized ? undefined : source.address)
    await sent
  }

  /**
   * Returns the response for an error.
   *
   * @returns undefined if the byte budget has no memory for the response to an unknown caller
   */
  #failed(context: CallContext, error: unknown): ControlResponse | undefined {
    const { isRecognized } = context
    if (!isRecognized && isOverBudget(error)) return undefined
    return responseOfError(error, this.#context.log, failedCallOf(context))
  }

  /** Returns the response to a request. @returns undefined if the client has disconnected */
  async #respond(context: CallContext): Promise<ControlResponse | undefined> {
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
    const read = await readRequest(this.#context, context, false)
    return read && responseOf(await dispatch(this.#context, { ...read, session }))
  }
}

const NOT_FOUND: ControlResponse = {
  status: 404,
  body: JSON.stringify({
    __type: 'UnknownOperationException',
    Message: 'Not found. Call operations with POST /',
  }),
}

const ownAddress = ({ controlUrl }: ControlSettings, tls?: ListenerTls) =>
  new OwnAddress({
    ...(controlUrl !== undefined && { controlUrl }),
    ...(tls && { certificate: tls.certificate }),
  })

/**
 * Rejects a request whose forwarding headers don't identify the client, because policies can depend on its address.
 */
function rejectForwarded(response: ServerResponse): void {
  const error = new ApiError(
    'SerializationException',
    'X-Forwarded-For or X-Forwarded-Proto is malformed',
  )
  response.writeHead(error.status, { 'Content-Type': CONTENT_TYPE })
  response.end(JSON.stringify({ __type: error.type, Message: error.message }))
}
