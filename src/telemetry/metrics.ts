/**
 * Metrics of the gateway, for Prometheus.
 *
 * Every label has a closed list of values, or the IDs of at most 1,000 roles or 100 principals, so that clients can't create
 * new series.
 *
 * @module
 */

import { Counter, Gauge, Registry } from 'prom-client'
import { CLOSED_KINDS, type ClosedKind } from '../http/closed.ts'
import { SHADOW_OUTCOMES, type ShadowOutcome } from '../model/shadow.ts'
import { AuditMetrics } from './audit-metrics.ts'
import { CacheMetrics } from './cache-metrics.ts'
import { CheckMetrics } from './check-metrics.ts'
import { counterOfKinds } from './counter-of-kinds.ts'
import { DirectoryMetrics } from './directory-metrics.ts'
import { EndMetrics } from './end-metrics.ts'
import {
  closedLabel,
  organizationLabels,
  SPAN_DROPS,
  type SpanDrop,
  shadowLabel,
  spanDropLabel,
  THROTTLES,
  type Throttle,
  throttleLabel,
} from './labels.ts'
import { PolicyMetrics } from './policy-metrics.ts'
import { addProcessMetrics } from './process-metrics.ts'
import { ProtectionMetrics } from './protection-metrics.ts'
import { RepeatedMetrics } from './repeated-metrics.ts'
import { RequestMetrics, type RequestSample } from './request-metrics.ts'
import { RoleMetrics } from './role-metrics.ts'
import { SignInMetrics } from './sign-in-metrics.ts'
import { UpstreamMetrics } from './upstream-metrics.ts'

export type MetricsOptions = Readonly<{
  /** Version of the gateway. */
  version: string
  /** IDs of the configured organizations. */
  organizations: readonly string[]
  /** Returns milliseconds since the epoch. */
  now?: () => number
}>

type MetricDescription = Readonly<{ name: string; help: string; labelNames: readonly string[] }>

/** Byte budget of each listener. `held` is the number of reserved bytes, and `most` their limit. */
type Budgets = Readonly<Record<string, Readonly<{ held: number; most: number }>>>

/** The gateway's metrics, in their own registry. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #organizationLabel: (id: string | undefined) => string
  readonly #requests: RequestMetrics
  readonly #roles: RoleMetrics
  readonly #streams: Gauge
  readonly #closed: Counter<string>
  readonly #throttled: Counter<string>
  readonly #repeated: RepeatedMetrics
  readonly #shadows: Counter<string>
  readonly #spansDropped: Counter<string>
  readonly #sharedMailboxes: Gauge<string>
  readonly #certificateEnd: Gauge<string>
  #budgets: Budgets = {}
  readonly audit: AuditMetrics
  readonly cache: CacheMetrics
  readonly checks: CheckMetrics
  readonly directory: DirectoryMetrics
  readonly ends: EndMetrics
  readonly policy: PolicyMetrics
  readonly protection: ProtectionMetrics
  readonly signIns: SignInMetrics
  readonly upstream: UpstreamMetrics

  constructor({ version, organizations, now = Date.now }: MetricsOptions) {
    this.#organizationLabel = organizationLabels(organizations)
    this.#requests = new RequestMetrics(this.#registry, this.#organizationLabel)
    this.#roles = new RoleMetrics(this.#registry)
    this.#streams = new Gauge(this.#named('streams_open', 'Notification streams that are open.'))
    this.#heldBytesGauges()
    this.#closed = counterOfKinds(
      this.#named(
        'connections_closed_total',
        'Connections that a listener closed: for a limit, for malformed HTTP (`malformed`), because the client ended its side in the middle of a request (`aborted`), or for a request in clear that needs TLS (`in-clear`).',
      ),
      CLOSED_KINDS,
    )
    this.#throttled = counterOfKinds(
      this.#named(
        'throttled_total',
        'Requests over a limit of `limits.requestsPerMinute`: that of the principal, that of the role, or that of calls to the control API; or over `limits.journalBytesPerHour` (`journal`).',
      ),
      THROTTLES,
    )
    this.#repeated = new RepeatedMetrics(this.#registry)
    this.#shadows = new Counter({
      ...this.#named(
        'shadow_decisions_total',
        'Requests that were also decided by the draft that is attached to their role: with the `same` verdict, or one that the draft `would-deny` or `would-allow`; `unknown` if its verdict is not known.',
      ),
      labelNames: ['outcome'],
    })
    for (const outcome of SHADOW_OUTCOMES) this.#shadows.inc({ outcome }, 0)
    this.#spansDropped = counterOfKinds(
      this.#named(
        'trace_spans_dropped_total',
        'Spans of traces that were not exported: `queue-full`, if too many waited for the collector; `not-exported`, if the collector did not take their batch.',
      ),
      SPAN_DROPS,
    )
    this.#sharedMailboxes = new Gauge({
      ...this.#named(
        'shared_mailboxes',
        'Mailboxes that the upstream assigns to several users. Requests for all of these users are denied.',
      ),
      labelNames: ['organization'],
    })
    for (const organization of organizations) this.sharedMailboxes(organization, 0)
    this.#certificateEnd = new Gauge({
      ...this.#named(
        'certificate_end_timestamp_seconds',
        "Time at which the gateway's own certificate expires, in seconds since 1970: `tls`, if it is configured.",
      ),
      labelNames: ['certificate'],
    })
    new Gauge({
      ...this.#named('build_info', 'Versions of the gateway and of Node.js. The value is 1.'),
      labelNames: ['version', 'node'],
    }).set({ version, node: process.version }, 1)
    this.audit = new AuditMetrics(this.#registry)
    this.cache = new CacheMetrics(this.#registry)
    this.checks = new CheckMetrics(this.#registry)
    this.directory = new DirectoryMetrics(this.#registry, now)
    this.ends = new EndMetrics(this.#registry)
    const organizationLabel = this.#organizationLabel
    this.policy = new PolicyMetrics(this.#registry, { organizationLabel, now })
    this.protection = new ProtectionMetrics(this.#registry, {
      organizations,
      organizationLabel,
      now,
    })
    this.signIns = new SignInMetrics(this.#registry)
    this.upstream = new UpstreamMetrics(this.#registry, organizationLabel)
    addProcessMetrics(this.#registry)
  }

  /** Adds metrics of the bytes that the requests of each listener hold, and can hold. */
  watchHeldBytes(budgets: Budgets): void {
    this.#budgets = budgets
  }

  /** Counts a request that has ended, and its duration. */
  request(sample: RequestSample): void {
    this.#requests.ended(sample)
    if (sample.role !== undefined) this.#roles.ended(sample.role, sample.verdict)
    if (sample.isExcepted) this.protection.letIn(sample.organization)
  }

  connectionClosed(kind: ClosedKind): void {
    this.#closed.inc({ kind: closedLabel(kind) })
  }

  repeated(principal: string): void {
    this.#repeated.inc(principal)
  }

  throttled(kind: Throttle): void {
    this.#throttled.inc({ kind: throttleLabel(kind) })
  }

  /** Counts a request that was compared with the shadow of its role. */
  shadowCompared(outcome: ShadowOutcome): void {
    this.#shadows.inc({ outcome: shadowLabel(outcome) })
  }

  spansDropped(kind: SpanDrop, count: number): void {
    this.#spansDropped.inc({ kind: spanDropLabel(kind) }, count)
  }

  sharedMailboxes(organizationId: string, count: number): void {
    this.#sharedMailboxes.set({ organization: this.#organizationLabel(organizationId) }, count)
  }

  /**
   * Sets the metric of the certificate's expiry.
   *
   * @param at - expiry of the certificate in `tls`, in milliseconds since the epoch
   */
  certificateEnds(at: number): void {
    this.#certificateEnd.set({ certificate: 'tls' }, at / 1_000)
  }

  streamOpened(): void {
    this.#streams.inc()
  }

  streamClosed(): void {
    this.#streams.dec()
  }

  /** Media type of the result of `render`. */
  get contentType(): string {
    return this.#registry.contentType
  }

  /** Returns all metrics in Prometheus' text format. */
  render(): Promise<string> {
    return this.#registry.metrics()
  }

  /** Returns the name, the labels, and the help of each metric. */
  described(): readonly MetricDescription[] {
    // Adds the labels to the type, because the objects have them, but their type doesn't say so.
    return this.#registry.getMetricsAsArray() as unknown as readonly MetricDescription[]
  }

  #named(name: string, help: string) {
    return { name: `ews_gateway_${name}`, help, registers: [this.#registry] }
  }

  #heldBytesGauges(): void {
    const budgets = () => Object.entries(this.#budgets)
    new Gauge({
      ...this.#named(
        'held_bytes_limit',
        'Bytes that all requests of the listener can hold together: its part of `limits.memoryBytes`.',
      ),
      labelNames: ['listener'],
      collect() {
        for (const [listener, { most }] of budgets()) this.set({ listener }, most)
      },
    })
    new Gauge({
      ...this.#named(
        'held_bytes',
        'Bytes of clients and of the upstream that requests hold, of the byte budget of the listener: `data`, `control`, or `ops`.',
      ),
      labelNames: ['listener'],
      collect() {
        for (const [listener, { held }] of budgets()) this.set({ listener }, held)
      },
    })
  }
}
