/**
 * The upstream: an EWS server that the gateway reaches with its own account.
 *
 * @module
 */

import type { Readable } from 'node:stream'
import type { Failure } from '../model/failure.ts'
import type { ServerVersion } from '../model/server-version.ts'
import type { UpstreamStatus } from '../model/upstream-status.ts'

/** One request to the upstream. The adapter writes all of its HTTP headers. */
export type UpstreamRequest = Readonly<{
  /** ID of the principal whose share of the connections the request uses. */
  owner?: string
  /** The whole body, or a stream of exactly `contentLength` bytes, which is destroyed when the request ends. */
  body: Uint8Array | Readable
  contentLength: number
  /**
   * Value of X-AnchorMailbox: the impersonated user's primary address, or the anchor mailbox of a group of
   * subscriptions.
   */
  anchorMailbox: string
  /** Value of client-request-id. The caller must have checked that it is visible ASCII. */
  clientRequestId?: string
  preferServerAffinity: boolean
  /** Cookies that the upstream has set before, unsealed, with one value for each name. */
  cookies: ReadonlyMap<string, string>
  /** Whether the response can be compressed. Otherwise each chunk arrives as it was sent. */
  compress: boolean
  /** Whether to count the items of the response. If absent, they are not counted. */
  countItems?: boolean
  /** Whether the request can be sent again if no byte of a response has arrived. */
  replayable: boolean
  /** Returns whether the decision on the request still counts. If not, it is not sent again. Absent: it always counts. */
  isCurrent?: () => boolean
  /** Maximum wait for the first byte of a response, and between two chunks of it, in milliseconds. */
  headersTimeoutMs: number
  bodyTimeoutMs: number
}>

/**
 * Returns a request that the gateway itself makes about one mailbox. It must be a read, because it can be sent
 * twice.
 *
 * @param timeoutMs - maximum wait for the first byte of the response, and between two chunks of it
 */
export const ownRequest = (body: Buffer, address: string, timeoutMs: number): UpstreamRequest => ({
  body,
  contentLength: body.length,
  anchorMailbox: address,
  preferServerAffinity: false,
  cookies: new Map(),
  compress: false,
  replayable: true,
  headersTimeoutMs: timeoutMs,
  bodyTimeoutMs: timeoutMs,
})

/** Status and headers of a response that a client receives. */
export type UpstreamHead = Readonly<{
  status: number
  /** Alternating names and values: allowed headers in lower case, and Content-Type with its charset. */
  headers: readonly string[]
  /** Whether the body is compressed, according to the headers. */
  gzip: boolean
  /**
   * Affinity cookies that the upstream has set, not yet sealed. `attributes` follows the value in a
   * Set-Cookie header, ready for use: `; Path=/EWS; HttpOnly`, without Domain.
   */
  cookies: readonly Readonly<{ name: string; value: string; attributes: string }>[]
}>

/** Receives a response. Each chunk is passed on as it arrives. */
export interface AnswerSink {
  head(head: UpstreamHead): void
  /** Receives a chunk. If it returns false, no more follow until `resume` of the exchange is called. */
  chunk(bytes: Uint8Array): boolean
  end(): void
  /**
   * Called instead of `end`. If `head` was not called before, the sink can write its own response. Otherwise, the
   * response stays incomplete.
   */
  fail(failure: Failure): void
}

/** A request in flight. */
export interface Exchange {
  /** Whether a part of the request may have been sent. Before, it waits for a connection. */
  readonly isSent: boolean
  /**
   * The first response code; undefined before it has been read. A fault without a response code has the
   * local name of its `faultcode`.
   */
  readonly responseCode: string | undefined
  /** Whether the response is a SOAP fault, whatever its status; false before that is known. */
  readonly isFault: boolean
  /** Number of items in the response so far; undefined if they are not counted, or it is compressed. */
  readonly itemCount: number | undefined
  resume(): void
  /**
   * Aborts the request immediately: destroys the upstream's socket, and stops reading the body. Does nothing after the
   * response has ended.
   */
  abort(): void
}

/** One connection for consecutive requests of one owner. */
export interface Lease {
  /**
   * Sends a request as {@link Upstream.send} does. Only the first request waits for the connection. The request before
   * must have ended.
   */
  send(request: UpstreamRequest, sink: AnswerSink): Exchange
  /** Frees the connection, after the request in flight. No request can follow. Further calls have no effect. */
  release(): void
}

export type SchemaFile = 'services.wsdl' | 'messages.xsd' | 'types.xsd'

/** Steps of a check in their order. Each needs those before it. */
export type CheckName =
  | 'name'
  | 'tcp'
  | 'tls'
  | 'schemes'
  | 'credentials'
  | 'kind'
  | 'impersonation'
  | 'IDs'
  | 'neutral mailbox'
  | 'autodiscover'

/** Result of one step. Only the last step can have failed, because a check stops there. */
export type CheckLine = Readonly<{
  name: CheckName
  result: 'ok' | 'failed' | 'skipped'
  /** Result of the step, in one line. */
  detail: string
  /** Advice for the administrator after a failure. */
  advice?: string
}>

export type CheckOptions = Readonly<{
  /** Address of the mailbox that is opened to test impersonation; by default the neutral one, if there is one. */
  impersonate?: string
  neutralMailbox?: string
  /** Configured setting for IDs that don't tell which mailbox they belong to. */
  opaqueIds: 'allow' | 'refuse'
  /** Address of the gateway's own account. */
  serviceAddress: string
  /** Deadline of each step in milliseconds. */
  deadlineMs: number
}>

/** The Autodiscover of the upstream. */
export interface Autodiscover {
  /**
   * Returns the GroupingInformation of a mailbox; undefined if the server has none.
   *
   * @param address - primary address of a user, never a client's text
   * @throws Failure if the server is unavailable, or doesn't respond in time
   */
  groupingInformation(address: string): Promise<string | undefined>
}

export interface Upstream {
  /** Undefined if none is configured. */
  readonly autodiscover?: Autodiscover | undefined
  /**
   * Sends a request. Exactly one of the sink's `end` and `fail` is called, unless the exchange is aborted.
   * The sink is not called before `send` has returned, or after `abort`.
   */
  send(request: UpstreamRequest, sink: AnswerSink): Exchange
  /**
   * Returns a connection for consecutive requests, between which no other request gets it. The caller must release it.
   *
   * @param owner - ID of the principal whose share of the connections it uses
   */
  lease(owner: string): Lease
  /** Returns the version in the last response; undefined before the first. */
  serverVersion(): ServerVersion | undefined
  /**
   * Returns a schema file of the upstream, cached for a day; undefined if the upstream has none. The request
   * contains no data from a client. The address in the WSDL is the gateway's own URL. Rejects with a Failure if the
   * upstream is unavailable.
   */
  schema(file: SchemaFile, gatewayUrl: string): Promise<Uint8Array | undefined>
  /** Checks whether the upstream can be used, step by step until one fails. Changes nothing on the server. */
  check(options: CheckOptions): Promise<readonly CheckLine[]>
  /**
   * Checks whether a connection to the upstream can be opened, and whether the upstream has the path of the
   * URL. It sends at most an empty request without credentials. If a check fails, the upstream is down,
   * unless requests have shown its state before.
   *
   * @param deadlineMs - deadline of each step
   */
  checkConnection(deadlineMs: number): Promise<void>
  /** Returns whether the upstream serves requests, according to recent results. */
  status(): UpstreamStatus
  /**
   * Updates the status, which also depends on the time and on the state of other gateways. Called once a second.
   * Never throws.
   */
  look(): Promise<void>
  /** Accepts no more requests, and resolves when those in flight have ended. The caller aborts long ones. */
  close(): Promise<void>
}
