/**
 * One HTTP request and its response.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AUTODISCOVER_PATH } from './autodiscover.ts'
import type { Behavior } from './behavior.ts'
import type { Dispatcher, Outcome } from './dispatch.ts'
import {
  challengeOf,
  cookiesFor,
  ENDPOINT,
  isAuthentic,
  MAX_BYTES,
  PAGE,
  rejectionOf,
  TOPOLOGY,
} from './iis.ts'
import { countImpersonations, type Journal, noteBytes, type SeenRequest } from './journal.ts'
import type { Stream } from './operations/operation.ts'
import { OperationWatch } from './scan.ts'
import { writeAnswer, writeBareFault, writeFault, writeStreamed } from './soap.ts'
import { schemaFile } from './wsdl.ts'

/** A page to respond with. Without a type, the response has no Content-Type. */
type Page = Readonly<{ type: string | undefined; body: string }>

/** Settings for all requests. */
export type Settings = Readonly<{
  username: string
  password: string
  lenient: boolean
  gromox: boolean
  journal: Journal
  dispatcher: Dispatcher
  behavior: Behavior
  /** Request elements of the operations that the dispatcher supports. */
  requestElements: readonly string[]
  /** Returns the response of Autodiscover; undefined if the request can't be read. */
  discover: (bytes: Buffer) => string | undefined
  /** Returns the sandbox's own address, once it listens. */
  url: () => string
}>

/** One request and its response. */
export class Conversation {
  readonly #settings: Settings
  readonly #streams: Set<() => void>
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #seen: SeenRequest
  readonly #chunks: Buffer[] = []
  readonly #watch = new OperationWatch()
  #outcome: Outcome | undefined

  constructor(
    settings: Settings,
    streams: Set<() => void>,
    request: IncomingMessage,
    response: ServerResponse,
  ) {
    this.#settings = settings
    this.#streams = streams
    this.#request = request
    this.#response = response
    this.#seen = settings.journal.request(request)
  }

  handle() {
    const path = (this.#request.url ?? '').replace(/\?.*$/, '').toLowerCase()
    for (const [name, value] of Object.entries(TOPOLOGY)) this.#response.setHeader(name, value)
    this.#response.setHeader('request-id', randomUUID())
    if (!isAuthentic(this.#request, this.#settings)) return this.#challenge()
    if (this.#request.method === 'POST' && path === ENDPOINT) return this.#receive()
    if (this.#request.method === 'POST' && path === AUTODISCOVER_PATH) return this.#discover()
    this.#discard()
    const page = this.#page(path)
    if (page === undefined) return this.#end(404, 'text/html', '')
    const { lenient } = this.#settings
    const isRefused = this.#request.method !== 'GET' || (lenient && path === ENDPOINT)
    return isRefused ? this.#end(405, 'text/html', '') : this.#end(200, page.type, page.body)
  }

  #page(path: string): Page | undefined {
    if (path === ENDPOINT) return { type: 'text/html', body: PAGE }
    const { lenient, gromox, url, requestElements } = this.#settings
    const file = lenient && !gromox ? undefined : schemaFile(path, url(), requestElements)
    // grommunio sends these files without Content-Type.
    return file === undefined ? undefined : { type: gromox ? undefined : 'text/xml', body: file }
  }

  #challenge() {
    this.#discard()
    this.#response.setHeader('WWW-Authenticate', challengeOf(this.#request))
    this.#end(401, 'text/html', '')
  }

  /** Discards the rest of the body, so that the connection can be used again. */
  #discard() {
    this.#request.on('data', chunk => noteBytes(this.#seen, chunk))
    this.#request.on('end', () => {
      this.#seen.complete = true
    })
    this.#request.on('error', () => {})
  }

  #discover() {
    this.#seen.operation = 'GetUserSettings'
    this.#request.on('data', chunk => {
      noteBytes(this.#seen, chunk)
      this.#chunks.push(chunk)
    })
    this.#request.on('error', () => {})
    this.#request.on('end', () => {
      this.#seen.complete = true
      const text = this.#settings.discover(Buffer.concat(this.#chunks))
      this.#end(text === undefined ? 400 : 200, 'text/xml; charset=utf-8', text ?? '')
    })
  }

  #receive() {
    const rejection = rejectionOf(this.#request, this.#settings)
    if (rejection !== undefined) {
      this.#discard()
      return this.#settings.gromox
        ? this.#end(rejection, 'text/plain', 'Rejected')
        : this.#end(rejection, 'text/html', '')
    }
    this.#request.on('data', chunk => this.#take(chunk))
    this.#request.on('end', () => this.#finish())
    this.#request.on('error', () => {})
    this.#request.on('close', () => this.#leave())
  }

  #take(chunk: Buffer) {
    noteBytes(this.#seen, chunk)
    if (this.#seen.bytes > MAX_BYTES) {
      this.#request.destroy()
      return
    }
    this.#chunks.push(chunk)
    const ended = this.#watch.push(chunk)
    this.#seen.operation ??= this.#watch.operation
    if (ended && this.#settings.lenient) this.#run()
  }

  /** Runs the received request. Only the first call has an effect. */
  #run() {
    this.#outcome ??= this.#settings.dispatcher.run(Buffer.concat(this.#chunks), this.#seen)
  }

  #finish() {
    this.#seen.complete = true
    this.#run()
    this.#seen.impersonationHeaders = countImpersonations(Buffer.concat(this.#chunks))
    this.#chunks.length = 0
    if (this.#outcome !== undefined) this.#answer(this.#outcome)
  }

  #leave() {
    if (this.#seen.complete) return
    const bytes = Buffer.concat(this.#chunks)
    this.#chunks.length = 0
    this.#seen.impersonationHeaders = countImpersonations(bytes)
    if (this.#outcome === undefined) this.#settings.dispatcher.peek(bytes, this.#seen)
  }

  #answer(outcome: Outcome) {
    const cookies = cookiesFor(this.#request, this.#seen.node, this.#settings.behavior)
    if (cookies.length > 0) this.#response.setHeader('Set-Cookie', cookies)
    const { lenient } = this.#settings
    const type = lenient ? 'text/xml' : 'text/xml; charset=utf-8'
    if (outcome.kind === 'stream') return this.#stream(outcome.stream, type)
    if (outcome.kind === 'answer') return this.#end(200, type, writeAnswer(outcome.answer))
    const { fault } = outcome
    const isOwnError = lenient && fault.code !== 'ErrorInvalidRequest'
    const status = fault.status ?? (isOwnError ? 200 : 500)
    this.#end(status, type, lenient ? writeBareFault(fault) : writeFault(fault))
  }

  #stream(stream: Stream, type: string) {
    const response = this.#response
    response.writeHead(200, { 'Content-Type': type })
    const stop = stream.open(
      answer => writeChunk(response, writeStreamed(answer)),
      () => response.end(),
    )
    const cut = () => {
      stop()
      response.destroy()
    }
    this.#streams.add(cut)
    response.on('close', () => {
      stop()
      this.#streams.delete(cut)
    })
  }

  #end(status: number, type: string | undefined, body: string) {
    const bytes = Buffer.from(body)
    if (type !== undefined) this.#response.setHeader('Content-Type', type)
    this.#response.writeHead(status, { 'Content-Length': bytes.length })
    this.#response.end(bytes)
  }
}

/** Writes a text as a chunk of its own. Node.js 26.10 joins the chunks of a turn, unless the socket is corked. */
function writeChunk(response: ServerResponse, text: string): void {
  const { socket } = response
  socket?.cork()
  response.write(text)
  socket?.uncork()
}
