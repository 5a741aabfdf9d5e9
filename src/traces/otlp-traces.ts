/**
 * Traces with the SDK of OpenTelemetry, exported by OTLP.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { defaultTextMapGetter, ROOT_CONTEXT, SpanKind, type Tracer } from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources'
import {
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { type ExporterOptions, OtlpExporter } from './exporter.ts'
import { known, RequestSpans, type UpstreamFacts } from './request-spans.ts'
import { SpanQueue } from './span-queue.ts'
import type { Arrival, RequestTrace, Traces } from './traces.ts'

export type OtlpTracesOptions = ExporterOptions &
  Readonly<{
    version: string
    /** Share of the traces that are exported, from 0 to 1. A trusted peer decides for the traces that it began. */
    ratio: number
    upstreams: UpstreamFacts
  }>

const PROPAGATOR = new W3CTraceContextPropagator()

export class OtlpTraces implements Traces {
  readonly #upstreams: UpstreamFacts
  readonly #exporter: OtlpExporter
  readonly #provider: TracerProvider
  readonly #tracer: Tracer

  constructor(options: OtlpTracesOptions) {
    const { version, ratio, upstreams, dropped } = options
    this.#upstreams = upstreams
    this.#exporter = new OtlpExporter(options)
    this.#provider = new TracerProvider({
      resource: defaultResource().merge(
        resourceFromAttributes({
          'service.name': 'ews-gateway',
          'service.version': version,
          'service.instance.id': randomUUID(),
        }),
      ),
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
      spanProcessors: [new SpanQueue(this.#exporter, () => dropped('queue-full', 1))],
    })
    this.#tracer = this.#provider.getTracer('ews-gateway', version)
  }

  begin(arrival: Arrival): RequestTrace | undefined {
    const { method, route, headers, isSecure, isTrusted, decisionId } = arrival
    const parent = isTrusted
      ? PROPAGATOR.extract(ROOT_CONTEXT, headers, defaultTextMapGetter)
      : ROOT_CONTEXT
    const attributes = known({
      'http.request.method': method,
      'http.route': route,
      'url.scheme': isSecure ? 'https' : 'http',
      'ews.decision_id': decisionId,
    })
    const name = route === undefined ? method : `${method} ${route}`
    const span = this.#tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent)
    if (!span.isRecording()) return undefined
    return new RequestSpans(this.#tracer, this.#upstreams, span, parent)
  }

  async close(withinMs: number): Promise<void> {
    const late = setTimeout(() => this.#exporter.abort(), withinMs)
    // The exporter has reported the failures.
    await this.#provider.shutdown().catch(() => undefined)
    await this.#exporter.shutdown()
    clearTimeout(late)
  }
}
