/**
 * The upstream: an EWS server that the gateway reaches with its own account.
 *
 * @module
 */

import type { Failure } from '../model/failure.ts'
import type { ServerVersion } from '../model/server-version.ts'
import type { UpstreamStatus } from '../model/upstream-status.ts'

/** One request to the upstream. The adapter writes all of its HTTP headers. */
export type UpstreamRequest = Readonly<{
  /** Owner whose share of the connections it uses: the principal's ID. */
  owner?: string
  /** The whole body, or a stream of exactly `contentLength` bytes. */
  body: Uint8Array | AsyncIterable<Uint8Array>
  contentLength: number
  /** X-AnchorMailbox: the impersonated user's primary address, or that of a group of subscriptions. */
  anchorMailbox: string
  /** Visible ASCII, checked by the caller. */
  clientRequestId?: string
  preferServerAffinity: boolean
  /** Cookies that the upstream has set, unsealed: one value per name. */
  cookies: ReadonlyMap<string, string>
  /** Whether the response can be compressed. Otherwise each chunk arrives as it was sent. */
  compress: boolean
  /** Whether it can be sent again if no byte of a response has arrived. */
  replayable: boolean
  /** Maximum wait for the first byte of a response, and between two chunks of it, in milliseconds. */
  headersTimeoutMs: number
  bodyTimeoutMs: number
}>

/**
 * Returns a request of the gateway about one mailbox. It is a read, so it can be sent twice.
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

/** The part of a response's head that a client can see. */
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

/** Receives a response. Chunks are passed on as they arrive. */
export interface AnswerSink {
  head(head: UpstreamHead): void
  /** Takes a chunk. If it returns false, no more follow until `resume` of the exchange is called. */
  chunk(bytes: Uint8Array): boolean
  end(): void
  /**
   * Called instead of `end`. Before `head`, the sink can write its own response. After it, the response is
   * incomplete.
   */
  fail(failure: Failure): void
}

/** A request in flight. */
export interface Exchange {
  /**
   * The first response code; undefined before it has been read. A fault without a response code has the
   * local name of its `faultcode`.
   */
  readonly responseCode: string | undefined
  /** Whether the response is a SOAP fault, whatever its status; false before that is known. */
  readonly isFault: boolean
  resume(): void
  /** Ends it immediately. The upstream's socket is destroyed, and the body is no longer read. */
  abort(): void
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

/** Result of one step. At most one step fails, and it is the last. */
export type CheckLine = Readonly<{
  name: CheckName
  result: 'ok' | 'failed' | 'skipped'
  /** Finding, on one line. */
  detail: string
  /** Instruction after a failure. */
  advice?: string
}>

export type CheckOptions = Readonly<{
  /** Address of the mailbox that is opened to test impersonation; by default the neutral one. */
  impersonate?: string
  neutralMailbox?: string
  /** Setting for IDs that don't reveal their mailbox. */
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
   * @throws Failure if the server can't say it now, or not in time
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
  /** Returns the version in the last response; undefined before the first. */
  serverVersion(): ServerVersion | undefined
  /**
   * Returns a schema file of the upstream, cached for a day; undefined if the upstream has none. Nothing of
   * a client's request is sent. `soap:address` is the gateway's own URL. Rejects with a Failure if the
   * upstream can't be asked now.
   */
  schema(file: SchemaFile, gatewayUrl: string): Promise<Uint8Array | undefined>
  /** Checks whether the upstream can be used, step by step until one fails. Changes nothing there. */
  check(options: CheckOptions): Promise<readonly CheckLine[]>
  /**
   * Checks whether a connection to the upstream can be opened, and whether the upstream has the path of the
   * URL. It sends at most an empty request without credentials. If a check fails, the upstream is down,
   * unless requests have shown its state before.
   *
   * @param deadlineMs - deadline of each step
   */
  checkConnection(deadlineMs: number): Promise<void>
  /** Returns whether the upstream serves requests, as far as results have shown. */
  status(): UpstreamStatus
  /**
   * Updates the status by the time and by the state of other gateways. Called once a second. Never throws.
   */
  look(): Promise<void>
  /** Accepts no more requests, and resolves when those in flight have ended. The caller aborts long ones. */
  close(): Promise<void>
}
