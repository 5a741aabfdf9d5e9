/**
 * The upstream over HTTP/1.1: an Exchange or compatible server at one URL, with the gateway's
 * own account, by undici.
 *
 * @module
 */

import type { LookupFunction } from 'node:net'
import type { ServerVersion } from '../model/server-version.ts'
import type { Authentication, UpstreamTls } from './authentication.ts'
import { checkUpstream } from './check.ts'
import { unreachable } from './failures.ts'
import { fetchFile } from './file.ts'
import { ResponseStarts } from './response-start.ts'
import { CredentialRest } from './rest.ts'
import { SchemaFiles } from './schema.ts'
import { type Line, Transfer } from './transfer.ts'
import { Turns } from './turns.ts'
import type {
  AnswerSink,
  CheckLine,
  CheckOptions,
  Exchange,
  SchemaFile,
  Upstream,
  UpstreamRequest,
} from './upstream.ts'

export type ExchangeOptions = Readonly<{
  /** Of Exchange.asmx. */
  url: string
  authentication: Authentication
  /** How many connections there may be; more requests wait in line. */
  connections: number
  /** How long a request waits for a connection. */
  queueDeadlineMs: number
  tls?: UpstreamTls
  lookup?: LookupFunction
  /** The time in milliseconds. */
  now: () => number
  /** The gateway's own. */
  userAgent: string
}>

export class ExchangeUpstream implements Upstream {
  readonly #line: Line
  readonly #schemas: SchemaFiles
  readonly #options: ExchangeOptions
  #closing: Promise<void> | undefined

  constructor(options: ExchangeOptions) {
    this.#options = options
    const { authentication, connections, userAgent, now, tls = {}, lookup } = options
    const url = new URL(options.url)
    this.#line = {
      connections: authentication.connect({ url, connections, tls, lookup, userAgent, now }),
      path: url.pathname + url.search,
      userAgent,
      turns: new Turns(connections, options.queueDeadlineMs),
      rest: new CredentialRest(now),
      starts: new ResponseStarts(),
    }
    this.#schemas = new SchemaFiles(name => fetchFile(this.#line, name), now)
  }

  send(request: UpstreamRequest, sink: AnswerSink): Exchange {
    const transfer = new Transfer(this.#line, request, sink)
    if (this.#closing !== undefined) transfer.fail(shuttingDown())
    else transfer.start()
    return transfer
  }

  serverVersion(): ServerVersion | undefined {
    return this.#line.starts.serverVersion
  }

  async schema(file: SchemaFile, gatewayUrl: string): Promise<Uint8Array | undefined> {
    if (this.#closing !== undefined) throw shuttingDown()
    return this.#schemas.read(file, gatewayUrl)
  }

  async check(options: CheckOptions): Promise<readonly CheckLine[]> {
    if (this.#closing !== undefined) throw shuttingDown()
    const { url, authentication, tls = {}, userAgent } = this.#options
    return checkUpstream(
      this,
      { url: new URL(url), kind: authentication.kind, tls, userAgent },
      options,
    )
  }

  /** Takes no more requests, and closes the connections when those under way are done. */
  close(): Promise<void> {
    this.#closing ??= this.#line.turns.idle().then(() => this.#line.connections.end())
    return this.#closing
  }
}

const shuttingDown = () => unreachable('closed', 'The gateway is shutting down')
