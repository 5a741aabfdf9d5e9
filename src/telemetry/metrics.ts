/**
 * What the gateway counts, for Prometheus.
 *
 * Every label's value comes from a closed list, so that no client can add a series.
 *
 * @module
 */

import { Counter, Gauge, Registry } from 'prom-client'
import { CLOSED_KINDS, type ClosedKind } from '../http/closed.ts'
import type { Reason } from '../model/decision.ts'
import { CacheMetrics } from './cache-metrics.ts'
import { DirectoryMetrics } from './directory-metrics.ts'
import { Durations, histogramOf } from './durations.ts'
import {
  closedLabel,
  HISTORY_DROPS,
  type HistoryDrop,
  historyDropLabel,
  operationLabel,
  organizationLabels,
  reasonLabel,
  UNAUTHENTICATED_KINDS,
  type UnauthenticatedKind,
  UPSTREAM_FAILURE_KINDS,
  unauthenticatedLabel,
  upstreamFailureLabel,
  type Verdict,
  verdictLabel,
} from './labels.ts'
import { observeRuntime } from './runtime.ts'

/** One request that has ended. Names that no list knows are counted as `none` or `other`. */
export type RequestSample = Readonly<{
  organization?: string | undefined
  operation?: string | undefined
  verdict: Verdict
  reason?: Reason | undefined
  durationMs: number
}>

export type MetricsOptions = Readonly<{
  /** Of the gateway. */
  version: string
  /** Ids of the configured organizations. */
  organizations: readonly string[]
  /** Milliseconds since the epoch. */
  now?: () => number
}>

/** From a remembered refusal to a stream of half an hour, in seconds. */
const DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 1_800]

/** One series of requests: counted here, told to prom-client when somebody asks. */
type Series = {
  readonly labels: Readonly<Record<'organization' | 'operation' | 'verdict' | 'reason', string>>
  readonly durations: Durations
  count: number
}

/** Bytes held in the byte budget of each listener. */
type Budgets = Readonly<Record<string, Readonly<{ held: number }>>>

/** The gateway's metrics, in a registry of their own. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #now: () => number
  readonly #organizationLabel: (id: string | undefined) => string
  readonly #series = new Map<string, Series>()
  readonly #readAt = new Map<string, number>()
  /** By operation and verdict. */
  readonly #durations = new Map<string, Durations>()
  readonly #upstreamFailures: Counter<string>
  readonly #streams: Gauge
  readonly #policyVersion: Gauge<string>
  readonly #failClosed: Counter
  readonly #unauthenticated: Counter<string>
  readonly #closed: Counter<string>
  readonly #historyDropped: Counter<string>
  readonly #sharedMailboxes: Gauge<string>
  readonly #stopRuntime: () => void
  #budgets: Budgets = {}
  readonly cache: CacheMetrics
  readonly directory: DirectoryMetrics

  constructor({ version, organizations, now = Date.now }: MetricsOptions) {
    this.#now = now
    this.#organizationLabel = organizationLabels(organizations)
    this.#requestsCounter()
    this.#registry.registerMetric(
      histogramOf(
        this.#named('request_duration_seconds', 'Time from the request to the end of its answer'),
        () => this.#durations.values(),
      ),
    )
    this.#upstreamFailures = this.#counterOfKinds(
      this.#named('upstream_failures_total', 'Requests that the upstream failed'),
      UPSTREAM_FAILURE_KINDS,
    )
    this.#streams = new Gauge(this.#named('streams_open', 'Streaming answers under way'))
    this.#policyVersion = new Gauge({
      ...this.#named('policy_version', 'Policy version that decisions are made on'),
      labelNames: ['organization'],
    })
    this.#policyAgeGauge()
    this.#heldBytesGauge()
    this.#failClosed = new Counter(
      this.#named('fail_closed_total', 'Requests refused for want of fresh knowledge'),
    )
    this.#unauthenticated = this.#counterOfKinds(
      this.#named('unauthenticated_total', 'Requests without a good credential'),
      UNAUTHENTICATED_KINDS,
    )
    this.#closed = this.#counterOfKinds(
      this.#named('connections_closed_total', 'Connections closed for a limit or their manners'),
      CLOSED_KINDS,
    )
    this.#historyDropped = this.#counterOfKinds(
      this.#named('history_dropped_total', 'Records that are in no list of the history'),
      HISTORY_DROPS,
    )
    this.#sharedMailboxes = new Gauge({
      ...this.#named('shared_mailboxes', 'Mailboxes that the upstream gives to several users'),
      labelNames: ['organization'],
    })
    for (const organization of organizations) this.sharedMailboxes(organization, 0)
    new Gauge({
      ...this.#named('build_info', 'Versions of the gateway and of Node.js'),
      labelNames: ['version', 'node'],
    }).set({ version, node: process.version }, 1)
    this.cache = new CacheMetrics(this.#registry)
    this.directory = new DirectoryMetrics(this.#registry, now)
    this.#stopRuntime = observeRuntime(this.#registry)
  }

  /** Shows the bytes that the requests of each listener hold. */
  watchHeldBytes(budgets: Budgets): void {
    this.#budgets = budgets
  }

  /** Counts a request that has ended, and its duration. */
  request(sample: RequestSample): void {
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

  /** @param reason - of the Failure that the upstream ended with */
  upstreamFailed(reason: Reason): void {
    this.#upstreamFailures.inc({ kind: upstreamFailureLabel(reason) })
  }

  unauthenticated(kind: UnauthenticatedKind): void {
    this.#unauthenticated.inc({ kind: unauthenticatedLabel(kind) })
  }

  connectionClosed(kind: ClosedKind): void {
    this.#closed.inc({ kind: closedLabel(kind) })
  }

  historyDropped(kind: HistoryDrop, count: number): void {
    this.#historyDropped.inc({ kind: historyDropLabel(kind) }, count)
  }

  sharedMailboxes(organizationId: string, count: number): void {
    this.#sharedMailboxes.set({ organization: this.#organizationLabel(organizationId) }, count)
  }

  streamOpened(): void {
    this.#streams.inc()
  }

  streamClosed(): void {
    this.#streams.dec()
  }

  /** Knowledge was refused for its age, or there was none. */
  failedClosed(): void {
    this.#failClosed.inc()
  }

  /**
   * The version that an organization's decisions are made on.
   *
   * @param readAt - when the store last confirmed it; its age is shown
   */
  policyConfirmed(organizationId: string, version: number, readAt: number): void {
    const organization = this.#organizationLabel(organizationId)
    this.#policyVersion.set({ organization }, version)
    this.#readAt.set(organization, readAt)
  }

  /** Media type of what `render` gives. */
  get contentType(): string {
    return this.#registry.contentType
  }

  /** Everything, in Prometheus' text form. */
  render(): Promise<string> {
    return this.#registry.metrics()
  }

  /** Ends what watches the event loop and the garbage collector. */
  close(): void {
    this.#stopRuntime()
  }

  #named(name: string, help: string) {
    return { name: `ews_gateway_${name}`, help, registers: [this.#registry] }
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

  #requestsCounter(): void {
    const series = this.#series
    new Counter({
      ...this.#named('requests_total', 'Requests that have ended'),
      labelNames: ['organization', 'operation', 'verdict', 'reason'],
      collect() {
        this.reset()
        for (const { labels, count } of series.values()) this.inc(labels, count)
      },
    })
  }

  #heldBytesGauge(): void {
    const budgets = () => Object.entries(this.#budgets)
    new Gauge({
      ...this.#named('held_bytes', 'Bytes of clients and of the upstream that requests hold'),
      labelNames: ['listener'],
      collect() {
        for (const [listener, { held }] of budgets()) this.set({ listener }, held)
      },
    })
  }

  #policyAgeGauge(): void {
    const [readAt, now] = [this.#readAt, this.#now]
    new Gauge({
      ...this.#named('policy_age_seconds', 'Time since the store last confirmed the version'),
      labelNames: ['organization'],
      collect() {
        for (const [organization, at] of readAt) {
          this.set({ organization }, Math.max(0, now() - at) / 1_000)
        }
      },
    })
  }

  /** A counter that shows all of its kinds from the start, so that the first one is a rise. */
  #counterOfKinds(
    named: { name: string; help: string; registers: Registry[] },
    kinds: readonly string[],
  ): Counter<string> {
    const counter = new Counter({ ...named, labelNames: ['kind'] })
    for (const kind of kinds) counter.inc({ kind }, 0)
    return counter
  }
}
