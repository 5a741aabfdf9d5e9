/**
 * The upstream: an EWS server, reached with the gateway's own account.
 *
 * @module
 */

import type { Failure } from '../model/failure.ts'
import type { ServerVersion } from '../model/server-version.ts'
import type { UpstreamStatus } from '../model/upstream-status.ts'

/** One request for the upstream. Its HTTP headers are written by the adapter, all of them. */
export type UpstreamRequest = Readonly<{
  /** Whose share of the connections it takes: the principal's id. */
  owner?: string
  /** Whole, or a stream of exactly `contentLength` bytes. */
  body: Uint8Array | AsyncIterable<Uint8Array>
  contentLength: number
  /** X-AnchorMailbox: the impersonated user's primary address, or that of a group of subscriptions. */
  anchorMailbox: string
  /** Visible ASCII, checked by the caller. */
  clientRequestId?: string
  preferServerAffinity: boolean
  /** Cookies that the upstream itself once set, unsealed: name and value, one per name. */
  cookies: ReadonlyMap<string, string>
  /** False: ask for `identity`, so that each chunk arrives as it was sent. */
  compress: boolean
  /** Whether it may be sent once more when no byte of an answer has come. */
  replayable: boolean
  /** Milliseconds until the first byte of an answer, and between two chunks of it. */
  headersTimeoutMs: number
  bodyTimeoutMs: number
}>

/**
 * Returns a request of the gateway's own about one mailbox. It only reads, so it may be sent twice.
 *
 * @param timeoutMs - until the first byte of the response, and between two chunks of it
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

/** The answer's head, as far as a client may see it. */
export type UpstreamHead = Readonly<{
  status: number
  /** Lower-case names, allow-listed, and values in turn; Content-Type with its charset. */
  headers: readonly string[]
  /** Whether it is compressed, as the headers say. */
  gzip: boolean
  /**
   * Affinity cookies that the upstream set, still unsealed. `attributes` is what follows the
   * value in a Set-Cookie header, ready for use: `; Path=/EWS; HttpOnly`, without Domain.
   */
  cookies: readonly Readonly<{ name: string; value: string; attributes: string }>[]
}>

/** Who receives an answer. Chunks come one by one as they arrive. */
export interface AnswerSink {
  head(head: UpstreamHead): void
  /** False: no more until `resume` of the exchange is called. */
  chunk(bytes: Uint8Array): boolean
  end(): void
  /** Instead of `end`. Before `head` the answer is the sink's to give; after it, it is cut. */
  fail(failure: Failure): void
}

/** A request under way. */
export interface Exchange {
  /**
   * The first response code of the response; undefined before it has passed, if it has one. A fault
   * without a response code has the local name of its `faultcode`.
   */
  readonly responseCode: string | undefined
  /** Whether the response is a SOAP fault, whatever its status; false before that has passed. */
  readonly isFault: boolean
  resume(): void
  /** Ends it now: the upstream's socket is destroyed, and the body no longer read. */
  abort(): void
}

export type SchemaFile = 'services.wsdl' | 'messages.xsd' | 'types.xsd'

/** What a check looks at, in this order; each needs those before it. */
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

/** What a check found: at most one has failed, and then it is the last. */
export type CheckLine = Readonly<{
  name: CheckName
  result: 'ok' | 'failed' | 'skipped'
  /** What was seen, on one line. */
  detail: string
  /** What to do, where it failed. */
  advice?: string
}>

export type CheckOptions = Readonly<{
  /** Whose mailbox is opened to see whether the account may impersonate; else the neutral one. */
  impersonate?: string
  neutralMailbox?: string
  /** Setting for IDs that don't say whose mailbox they are in. */
  opaqueIds: 'allow' | 'refuse'
  /** Of the gateway's own account. */
  serviceAddress: string
  /** Of each step. */
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
   * Exactly one of the sink's `end` and `fail` is called, unless the exchange is aborted, and
   * nothing before `send` has returned, or after `abort`.
   */
  send(request: UpstreamRequest, sink: AnswerSink): Exchange
  /** As last seen in an answer; undefined before the first. */
  serverVersion(): ServerVersion | undefined
  /**
   * A schema file of the upstream's, fetched with nothing of a client's and kept for a day, or
   * undefined where the upstream has none. `soap:address` is the gateway's own URL. Rejects with
   * a Failure where the upstream cannot be asked now.
   */
  schema(file: SchemaFile, gatewayUrl: string): Promise<Uint8Array | undefined>
  /** Looks whether it can be used, step by step until one fails. Changes nothing there. */
  check(options: CheckOptions): Promise<readonly CheckLine[]>
  /**
   * Checks whether a connection to the upstream can be opened, and whether the upstream has the path of the URL. It
   * sends at most an empty request without credentials. If a check fails, the upstream is down, unless requests have
   * shown its state before.
   *
   * @param deadlineMs - of each step
   */
  checkConnection(deadlineMs: number): Promise<void>
  /** Returns whether the upstream serves requests, as far as results have shown. */
  status(): UpstreamStatus
  /** Compares the status with the time and with what other gateways know: once a second. Never throws. */
  look(): Promise<void>
  /** Takes no more requests and resolves when those under way are done; abort what should not be. */
  close(): Promise<void>
}
