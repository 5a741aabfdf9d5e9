/**
 * Writes the spans of one request with the API of OpenTelemetry.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 * @module
 */

import {
  type Attributes,
  type Context,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { Failure } from '../model/failure.ts'
import type { MaybePromise } from '../model/maybe-promise.ts'
import { operationLabel } from '../telemetry/labels.ts'
import type { Facts, OpenSpan, RequestResult, RequestTrace, Responded } from './traces.ts'

/** Attributes of the spans of requests to the upstream, by the ID of the organization. */
export type UpstreamFacts = ReadonlyMap<string, Facts>

export class RequestSpans implements RequestTrace {
  readonly #tracer: Tracer
  readonly #upstreams: UpstreamFacts
  readonly #span: Span
  /** Makes the span of the request the parent of the others. */
  readonly #context: Context
  #hasResult = false

  /** @param span - span of the request */
  constructor(tracer: Tracer, upstreams: UpstreamFacts, span: Span, parent: Context) {
    this.#tracer = tracer
    this.#upstreams = upstreams
    this.#span = span
    this.#context = trace.setSpan(parent, span)
  }

  step<T>(
    name: 'authenticate' | 'decide',
    act: () => MaybePromise<T>,
    describe: (result: T) => Facts,
  ): MaybePromise<T> {
    const span = this.#open(name, SpanKind.INTERNAL, {})
    const done = (result: T): T => {
      span.end(describe(result))
      return result
    }
    const failed = (error: unknown): never => {
      span.end({}, errorTypeOf(error))
      throw error
    }
    let result: MaybePromise<T>
    try {
      result = act()
    } catch (error) {
      return failed(error)
    }
    return result instanceof Promise ? result.then(done, failed) : done(result)
  }

  forward(organizationId: string): OpenSpan {
    const facts = { 'http.request.method': 'POST', ...this.#upstreams.get(organizationId) }
    return this.#open('upstream', SpanKind.CLIENT, facts)
  }

  result({ organization, operation, role, verdict, reason, outcome, cause }: RequestResult): void {
    this.#hasResult = true
    const facts = {
      'ews.organization_id': organization,
      'ews.operation': operation === undefined ? undefined : operationLabel(operation),
      'ews.role_id': role,
      'ews.verdict': verdict,
      'ews.reason': reason,
      'ews.outcome': outcome,
      'ews.cause': cause,
    }
    this.#span.setAttributes(known(facts))
    if (outcome === 'FAILED' || (outcome === 'ABORTED' && cause !== 'client-gone'))
      fail(this.#span, cause ?? reason ?? outcome)
  }

  async until(answered: Promise<void>, response: Responded): Promise<void> {
    try {
      await answered
    } finally {
      const { headersSent, statusCode } = response
      if (headersSent) this.#span.setAttribute('http.response.status_code', statusCode)
      // A denial has a result, and is not an error although its status is 500.
      if (headersSent && statusCode >= 500 && !this.#hasResult) fail(this.#span, `${statusCode}`)
      this.#span.end()
    }
  }

  #open(name: string, kind: SpanKind, facts: Facts): OpenSpan {
    const span = this.#tracer.startSpan(name, { kind, attributes: known(facts) }, this.#context)
    return {
      end: (facts, error) => {
        span.setAttributes(known(facts))
        if (error !== undefined) fail(span, error)
        span.end()
      },
    }
  }
}

/** Marks a span as failed. Has no message, because messages of errors can contain addresses. */
function fail(span: Span, errorType: string): void {
  span.setAttribute('error.type', errorType).setStatus({ code: SpanStatusCode.ERROR })
}

const errorTypeOf = (error: unknown): string =>
  error instanceof Failure ? (error.kind ?? error.reason) : 'internal'

/** Returns the attributes whose value is known. */
export const known = (facts: Facts): Attributes =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
