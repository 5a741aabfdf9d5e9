/**
 * Counts requests that have ended, and their durations.
 *
 * @module
 */

import { Counter, Histogram, type Registry } from 'prom-client'
import type { Reason } from '../model/decision.ts'
import type { Cause, Outcome } from '../model/outcome.ts'
import {
  causeLabel,
  operationLabel,
  outcomeLabel,
  reasonLabel,
  type Verdict,
  verdictLabel,
} from './labels.ts'

/** Facts about one request that has ended. Names that are not in the closed lists are counted as `none` or `other`. */
export type RequestSample = Readonly<{
  organization?: string | undefined
  operation?: string | undefined
  /** ID of the role that the request was decided in. */
  role?: string | undefined
  verdict: Verdict
  reason?: Reason | undefined
  outcome: Outcome
  cause?: Cause | undefined
  durationMs: number
  /** Whether an exception from the protection of mailboxes let the request in, or might have. */
  isExcepted?: boolean
}>

/** Buckets of the duration in seconds, from a fast denial to a stream of half an hour. */
const DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 1_800]

type RequestLabels = Readonly<
  Record<'organization' | 'operation' | 'verdict' | 'reason' | 'outcome' | 'cause', string>
>
type CountedRequests = RequestLabels & { count: number }

export class RequestMetrics {
  readonly #organizationLabel: (id: string | undefined) => string
  /** Counted requests by operation. Each operation has a few of them, so that a search is faster than a key. */
  readonly #counted = new Map<string, CountedRequests[]>()
  readonly #durations: Histogram<'operation' | 'verdict'>

  constructor(registry: Registry, organizationLabel: (id: string | undefined) => string) {
    this.#organizationLabel = organizationLabel
    const counted = this.#counted
    new Counter({
      name: 'ews_gateway_requests_total',
      help: 'EWS and Autodiscover requests that have ended. The operation is `AutoDiscover` for the latter, and `other` if it is not listed. The reason is `none` if the request was allowed and served, and the cause is `none` unless the request failed or was aborted. Responses with status 401 are not counted.',
      labelNames: ['organization', 'operation', 'verdict', 'reason', 'outcome', 'cause'],
      registers: [registry],
      collect() {
        this.reset()
        for (const series of counted.values())
          for (const { count, ...labels } of series) this.inc(labels, count)
      },
    })
    this.#durations = new Histogram({
      name: 'ews_gateway_request_duration_seconds',
      help: "Time from a request's arrival to the end of its response. For a stream, this is its whole duration.",
      labelNames: ['operation', 'verdict'],
      buckets: DURATIONS,
      registers: [registry],
    })
  }

  /** Counts a request that has ended, and its duration. */
  ended(sample: RequestSample): void {
    const organization = this.#organizationLabel(sample.organization)
    const operation = operationLabel(sample.operation)
    const verdict = verdictLabel(sample.verdict)
    const reason = reasonLabel(sample.reason)
    const outcome = outcomeLabel(sample.outcome)
    const cause = causeLabel(sample.cause)
    this.#count({ organization, operation, verdict, reason, outcome, cause })
    this.#durations.observe({ operation, verdict }, sample.durationMs / 1_000)
  }

  #count(labels: RequestLabels): void {
    const series = this.#counted.get(labels.operation) ?? []
    const known = series.find(other => isSame(other, labels))
    if (known !== undefined) known.count += 1
    else this.#counted.set(labels.operation, [...series, { ...labels, count: 1 }])
  }
}

const isSame = (one: RequestLabels, other: RequestLabels): boolean =>
  one.organization === other.organization &&
  one.verdict === other.verdict &&
  one.reason === other.reason &&
  one.outcome === other.outcome &&
  one.cause === other.cause
