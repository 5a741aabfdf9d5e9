/**
 * The upstream over HTTP/1.1: an Exchange or compatible server at one URL, with the gateway's
 * own account, by undici.
 *
 * @module
 */

import { Pool } from 'undici'
import type { Secret } from '../model/secret.ts'
import type { Authentication } from './basic.ts'
import { unreachable } from './failures.ts'
import { fetchFile } from './file.ts'
import { CredentialRest } from './rest.ts'
import { SchemaFiles } from './schema.ts'
import { type Line, Transfer } from './transfer.ts'
import { Turns } from './turns.ts'
import type {
  AnswerSink,
  Exchange,
  SchemaFile,
  ServerVersion,
  Upstream,
  UpstreamRequest,
} from './upstream.ts'
import { VersionWatch } from './version.ts'

/**
 * How long an idle connection is kept. IIS closes after 120 s and load balancers often after 60:
 * a request on a connection that the server is just closing is lost, and a write is not repeated.
 */
const KEEP_ALIVE_MS = 30_000
/** At most this long, whatever a server's Keep-Alive header says. */
const KEEP_ALIVE_MAX_MS = 90_000

/** PEM texts. The certificate is always verified; `ca` says against what instead of the usual. */
export type UpstreamTls = Readonly<{
  ca?: string
  /** The name to verify where it is not the URL's. */
  serverName?: string
  clientCertificate?: Readonly<{ certificate: string; privateKey: Secret }>
}>

export type ExchangeOptions = Readonly<{
  /** Of Exchange.asmx. */
  url: string
  authentication: Authentication
  /** How many connections there may be; more requests wait in line. */
  connections: number
  /** How long a request waits for a connection. */
  queueDeadlineMs: number
  tls?: UpstreamTls
  /** The time in milliseconds. */
  now: () => number
  /** The gateway's own. */
  userAgent: string
}>

export class ExchangeUpstream implements Upstream {
  readonly #line: Line
  readonly #schemas: SchemaFiles
  #closing: Promise<void> | undefined

  constructor(options: ExchangeOptions) {
    const { origin, pathname, search } = new URL(options.url)
    this.#line = {
      dispatcher: poolOf(origin, options),
      path: pathname + search,
      userAgent: options.userAgent,
      authentication: options.authentication,
      turns: new Turns(options.connections, options.queueDeadlineMs),
      rest: new CredentialRest(options.now),
      version: new VersionWatch(),
    }
    this.#schemas = new SchemaFiles(name => fetchFile(this.#line, name), options.now)
  }

  send(request: UpstreamRequest, sink: AnswerSink): Exchange {
    const transfer = new Transfer(this.#line, request, sink)
    if (this.#closing !== undefined) transfer.fail(shuttingDown())
    else transfer.start()
    return transfer
  }

  serverVersion(): ServerVersion | undefined {
    return this.#line.version.version
  }

  async schema(file: SchemaFile, gatewayUrl: string): Promise<Uint8Array | undefined> {
    if (this.#closing !== undefined) throw shuttingDown()
    return this.#schemas.read(file, gatewayUrl)
  }

  /** Takes no more requests, and closes the connections when those under way are done. */
  close(): Promise<void> {
    this.#closing ??= this.#line.turns.idle().then(() => this.#line.dispatcher.close())
    return this.#closing
  }
}

function poolOf(origin: string, { connections, tls = {} }: ExchangeOptions): Pool {
  const { ca, serverName, clientCertificate } = tls
  return new Pool(origin, {
    connections,
    pipelining: 1,
    // HTTP/2 would share one connection between all, streams included.
    allowH2: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
    connect: {
      // Said, for NODE_TLS_REJECT_UNAUTHORIZED=0 would turn it off.
      rejectUnauthorized: true,
      ...(ca !== undefined && { ca }),
      ...(serverName !== undefined && { servername: serverName }),
      ...(clientCertificate && {
        cert: clientCertificate.certificate,
        key: clientCertificate.privateKey.reveal(),
      }),
    },
  })
}

const shuttingDown = () => unreachable('The gateway is shutting down')
