/**
 * Counts requests that have ended, and their durations.
 *
 * @module
 */

import { Counter, type Registry } from 'prom-client'
import type { Reason } from '../model/decision.ts'
import { Durations, histogramOf } from './durations.ts'
import { operationLabel, reasonLabel, type Verdict, verdictLabel } from './labels.ts'

/** One request that has ended. Names that no list knows are counted as `none` or `other`. */
export type RequestSample = Readonly<{
  organization?: string | undefined
  operation?: string | undefined
  verdict: Verdict
  reason?: Reason | undefined
  durationMs: number
}>

/** Buckets from a remembered denial to a stream of half an hour, in seconds. */
const DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 1_800]

/** One series of requests: counted here, and given to prom-client when it collects. */
type Series = {
  readonly labels: Readonly<Record<'organization' | 'operation' | 'verdict' | 'reason', string>>
  readonly durations: Durations
  count: number
}

export class RequestMetrics {
  readonly #organizationLabel: (id: string | undefined) => string
  readonly #series = new Map<string, Series>()
  /** By operation and verdict. */
  readonly #durations = new Map<string, Durations>()

  constructor(registry: Registry, organizationLabel: (id: string | undefined) => string) {
    this.#organizationLabel = organizationLabel
    this.#requestsCounter(registry)
    registry.registerMetric(
      histogramOf(
        {
          name: 'ews_gateway_request_duration_seconds',
          help: "Time from a request's arrival to the end of its response. Streams count with their whole life.",
          labelNames: ['operation', 'verdict'],
        },
        () => this.#durations.values(),
      ),
    )
  }

  /** Counts a request that has ended, and its duration. */
  ended(sample: RequestSample): void {
    const organization = this.#organizationLabel(sample.organization)
    const operation = operationLabel(sample.operation)
    const verdict = verdictLabel(sample.verdict)
    const reason = reasonLabel(sample.reason)
    const key = `${organization} ${operation} ${verdict} ${reason}`
    const series =
      this.#series.get(key) ?? this.#addSeries(key, { organization, operation, verdict, reason })
    series.count++
    series.durations.observe(sample.durationMs / 1_000)
  }

  #addSeries(key: string, labels: Series['labels']): Series {
    const series = { labels, durations: this.#durationsOf(labels), count: 0 }
    this.#series.set(key, series)
    return series
  }

  #durationsOf({ operation, verdict }: Series['labels']): Durations {
    const key = `${operation} ${verdict}`
    const durations = this.#durations.get(key) ?? new Durations({ operation, verdict }, DURATIONS)
    this.#durations.set(key, durations)
    return durations
  }

  #requestsCounter(registry: Registry): void {
    const series = this.#series
    new Counter({
      name: 'ews_gateway_requests_total',
      help: 'EWS and Autodiscover requests that have ended. The operation is `AutoDiscover` for the latter, and `other` if it is not listed. The reason is `none` if the request was allowed. Responses with status 401 are not counted.',
      labelNames: ['organization', 'operation', 'verdict', 'reason'],
      registers: [registry],
      collect() {
        this.reset()
        for (const { labels, count } of series.values()) this.inc(labels, count)
      },
    })
  }
}
