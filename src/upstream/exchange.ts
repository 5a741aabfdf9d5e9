/**
 * The upstream over HTTP/1.1: an Exchange or compatible server at one URL, with the gateway's own account.
 * It uses undici.
 *
 * @module
 */

import type { LookupFunction } from 'node:net'
import type { Cause } from '../model/outcome.ts'
import type { ServerKind } from '../model/server-kind.ts'
import type { ServerVersion } from '../model/server-version.ts'
import type { UpstreamStatus, UpstreamTrouble } from '../model/upstream-status.ts'
import type { Authentication, UpstreamTls } from './authentication.ts'
import {
  AUTODISCOVER_CONNECTIONS,
  checkAutodiscover,
  UpstreamAutodiscover,
} from './autodiscover.ts'
import { checkConnection, checkUpstream } from './check.ts'
import type { Endpoint } from './check-connection.ts'
import { ConnectionQueue } from './connection-queue.ts'
import { CredentialBackoff, type SharedText } from './credential-backoff.ts'
import { refusedCredentials, unreachable } from './failures.ts'
import { fetchFile } from './file.ts'
import { ConnectionLease } from './lease.ts'
import { remedyOf } from './remedy.ts'
import { ResponseStarts } from './response-start.ts'
import { SchemaFiles } from './schema.ts'
import { UpstreamMonitor, type UpstreamMonitorOptions } from './status.ts'
import { Transfer, type UpstreamContext } from './transfer.ts'
import type {
  AnswerSink,
  CheckLine,
  CheckName,
  CheckOptions,
  Exchange,
  Lease,
  SchemaFile,
  Upstream,
  UpstreamRequest,
} from './upstream.ts'

export type ExchangeOptions = Readonly<{
  /** URL of the EWS endpoint, Exchange.asmx. */
  url: string
  server: ServerKind
  authentication: Authentication
  /** Maximum number of connections. More requests wait in a queue. */
  connections: number
  /** Maximum wait for a connection in milliseconds. */
  queueDeadlineMs: number
  tls?: UpstreamTls
  lookup?: LookupFunction
  /** Returns the time in milliseconds. */
  now: () => number
  /** User agent of the gateway. */
  userAgent: string
  /** Rejections of the account, shared with other gateways. By default, they are not shared. */
  rejections?: SharedText
  /** Called at each transition of the status. */
  onStatus?: UpstreamMonitorOptions['changed']
  /** Autodiscover of the server, which must have the same origin. If absent, no requests are sent to it. */
  autodiscover?: Readonly<{
    url: string
    /** Rejections of the account by Autodiscover, shared with other gateways. By default, they are not shared. */
    rejections?: SharedText
  }>
}>

/** Cause of a failure, by the step of a check that fails. */
const CAUSES = {
  name: 'dns',
  tcp: 'refused',
  tls: 'tls',
  schemes: 'not-ews',
} as const satisfies Partial<Record<CheckName, Cause>>

export class ExchangeUpstream implements Upstream {
  readonly autodiscover: UpstreamAutodiscover | undefined
  readonly #context: UpstreamContext
  readonly #queue: ConnectionQueue
  /** Separate connections to Autodiscover, so that it can't use up those for EWS. */
  readonly #second: ExchangeUpstream | undefined
  readonly #schemas: SchemaFiles
  readonly #options: ExchangeOptions
  readonly #closed = new AbortController()
  #closing: Promise<void> | undefined

  constructor(options: ExchangeOptions) {
    this.#options = options
    const {
      authentication,
      server,
      connections,
      userAgent,
      now,
      tls = {},
      lookup,
      rejections,
    } = options
    const url = new URL(options.url)
    const monitor = new UpstreamMonitor({
      now,
      remedyOf: failure =>
        remedyOf(failure, {
          account: authentication.kind,
          server,
          name: tls.serverName ?? url.hostname,
        }),
      changed: options.onStatus ?? (() => undefined),
    })
    this.#queue = new ConnectionQueue(connections, options.queueDeadlineMs)
    this.#context = {
      connections: authentication.connect({ url, connections, tls, lookup, userAgent, now }),
      path: url.pathname + url.search,
      userAgent,
      queue: this.#queue,
      backoff: new CredentialBackoff({
        now,
        changed: count => monitor.rejected(count, refusedCredentials(0)),
        ...(rejections && { shared: rejections }),
      }),
      monitor,
      starts: new ResponseStarts(),
      now,
    }
    this.#schemas = new SchemaFiles(name => fetchFile(this.#context, name), now)
    this.#second = secondOf(options)
    this.autodiscover =
      this.#second &&
      new UpstreamAutodiscover(this.#second, this.#second.#options.url, () => {
        const { backOffMs } = this.#context.backoff
        // Backs off at Autodiscover, too, because failed logons there also count toward the lockout of the account.
        if (backOffMs > 0) throw refusedCredentials(backOffMs)
      })
  }

  send(request: UpstreamRequest, sink: AnswerSink): Exchange {
    return this.#send(this.#context, request, sink)
  }

  lease(owner: string): Lease {
    const queue = new ConnectionLease(this.#queue, owner)
    const context = { ...this.#context, queue }
    return {
      send: (request, sink) => this.#send(context, request, sink),
      release: () => queue.end(),
    }
  }

  serverVersion(): ServerVersion | undefined {
    return this.#context.starts.serverVersion
  }

  async schema(file: SchemaFile, gatewayUrl: string): Promise<Uint8Array | undefined> {
    if (this.#closing !== undefined) throw shuttingDown()
    return this.#schemas.read(file, gatewayUrl)
  }

  async check(options: CheckOptions): Promise<readonly CheckLine[]> {
    if (this.#closing !== undefined) throw shuttingDown()
    const endpoint = this.#endpoint()
    const lines = await checkUpstream(this, endpoint, options)
    if (this.autodiscover === undefined || lines.at(-1)?.result === 'failed') return lines
    return [...lines, await checkAutodiscover(this.autodiscover, endpoint.account, options)]
  }

  async checkConnection(deadlineMs: number): Promise<void> {
    const { signal } = this.#closed
    const endpoint = { ...this.#endpoint(), deadlineMs, signal }
    const [last] = (await checkConnection(endpoint)).slice(-1)
    const { monitor } = this.#context
    // Ignores the result of the check if requests have shown the state, because these are more reliable and can be
    // newer.
    if (this.#closing !== undefined || monitor.status.state !== 'unknown') return
    if (last?.result === 'failed') monitor.checkFailed(troubleOf(last))
  }

  status(): UpstreamStatus {
    return this.#context.monitor.status
  }

  async look(): Promise<void> {
    await Promise.all([this.#context.backoff.look(), this.#second?.look()])
    this.#context.monitor.look()
  }

  /** Accepts no more requests, and closes the connections when those in flight have ended. */
  close(): Promise<void> {
    this.#closed.abort()
    this.#closing ??= this.#close()
    return this.#closing
  }

  #send(context: UpstreamContext, request: UpstreamRequest, sink: AnswerSink): Exchange {
    const transfer = new Transfer(context, request, sink)
    if (this.#closing !== undefined) transfer.fail(shuttingDown())
    else transfer.start()
    return transfer
  }

  async #close(): Promise<void> {
    await Promise.all([this.#queue.idle(), this.#second?.close()])
    await this.#context.connections.end()
  }

  #endpoint(): Omit<Endpoint, 'deadlineMs'> {
    const { url, server, authentication, tls = {}, userAgent } = this.#options
    return { url: new URL(url), account: authentication.kind, server, tls, userAgent }
  }
}

/** Returns the connections to Autodiscover, with the same account and TLS settings. */
function secondOf(options: ExchangeOptions): ExchangeUpstream | undefined {
  const { autodiscover, rejections: _, onStatus: __, ...rest } = options
  if (autodiscover === undefined) return undefined
  return new ExchangeUpstream({ ...rest, ...autodiscover, connections: AUTODISCOVER_CONNECTIONS })
}

const troubleOf = ({ name, detail, advice = '' }: CheckLine): UpstreamTrouble => ({
  cause: Object.hasOwn(CAUSES, name) ? CAUSES[name as keyof typeof CAUSES] : 'internal',
  message: detail,
  remedy: advice,
})

const shuttingDown = () => unreachable('closed', 'The gateway is shutting down')
