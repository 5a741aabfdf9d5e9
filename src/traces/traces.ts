/**
 * Traces: spans of requests, for an OpenTelemetry collector.
 *
 * A gateway without a collector has no {@link Traces}, so its requests don't call anything of this folder.
 *
 * @module
 */

import type { IncomingHttpHeaders } from 'node:http'
import type { Reason } from '../model/decision.ts'
import type { MaybePromise } from '../model/maybe-promise.ts'
import type { Cause, Outcome } from '../model/outcome.ts'

/** A request that arrives. */
export type Arrival = Readonly<{
  decisionId: string
  method: string
  /** Path in the table of the listener. Undefined for all others, because a client can write anything in a path. */
  route: string | undefined
  headers: IncomingHttpHeaders
  /** Whether the client used TLS. */
  isSecure: boolean
  /** Whether a trusted peer sent the headers. */
  isTrusted: boolean
}>

/** Attributes of a span. Must contain no address, no name of a user, and no text of a client. */
export type Facts = Readonly<Record<string, string | number | undefined>>

export type RequestResult = Readonly<{
  organization?: string | undefined
  /** Any name. An unlisted one becomes `other`. */
  operation?: string | undefined
  /** ID of the role. */
  role?: string | undefined
  verdict: string
  reason?: Reason | undefined
  outcome: Outcome
  cause?: Cause | undefined
}>

/** Part of the response that a span describes. */
export type Responded = Readonly<{ headersSent: boolean; statusCode: number }>

/** A span that has begun. */
export interface OpenSpan {
  /** @param error - type of the error if the step failed */
  end(facts: Facts, error?: string): void
}

/** The spans of one request. */
export interface RequestTrace {
  /**
   * Runs a step in a span of its own.
   *
   * @param describe - returns the attributes of the result
   * @returns the result of the step, as a promise only if the step returns one
   * @throws whatever the step throws
   */
  step<T>(
    name: 'authenticate' | 'decide',
    act: () => MaybePromise<T>,
    describe: (result: T) => Facts,
  ): MaybePromise<T>
  /** Begins the span of the request to the upstream of an organization. */
  forward(organizationId: string): OpenSpan
  /** Adds the result of the request. */
  result(result: RequestResult): void
  /** Ends the span of the request when its response has ended. @param answered - resolves then */
  until(answered: Promise<void>, response: Responded): Promise<void>
}

export interface Traces {
  /**
   * Begins the trace of a request, or continues that of a trusted peer.
   *
   * @returns undefined if the trace is not sampled
   */
  begin(arrival: Arrival): RequestTrace | undefined
  /** Exports the spans that wait, and closes the connections. @param withinMs - spans are dropped after this time */
  close(withinMs: number): Promise<void>
}
