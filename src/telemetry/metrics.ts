/**
 * Metrics of the gateway, for Prometheus.
 *
 * Every label has a closed list of values, or the IDs of at most 1,000 roles, so that clients can't create new series.
 *
 * @module
 */

import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { CLOSED_KINDS, type ClosedKind } from '../http/closed.ts'
import type { Cause } from '../model/outcome.ts'
import { SHADOW_OUTCOMES, type ShadowOutcome } from '../model/shadow.ts'
import type { Scheme } from '../model/sign-in.ts'
import { UPSTREAM_STATES, type UpstreamState } from '../model/upstream-status.ts'
import { CacheMetrics } from './cache-metrics.ts'
import { CheckMetrics } from './check-metrics.ts'
import { DirectoryMetrics } from './directory-metrics.ts'
import { EndMetrics } from './end-metrics.ts'
import {
  CONSOLE_SIGN_IN_KINDS,
  type ConsoleSignInKind,
  closedLabel,
  consoleSignInLabel,
  HISTORY_DROPS,
  type HistoryDrop,
  historyDropLabel,
  organizationLabels,
  type SignInResult,
  SPAN_DROPS,
  type SpanDrop,
  schemeLabel,
  shadowLabel,
  signInLabel,
  spanDropLabel,
  THROTTLES,
  type Throttle,
  throttleLabel,
  UNAUTHENTICATED_KINDS,
  type UnauthenticatedKind,
  UPSTREAM_FAILURE_KINDS,
  unauthenticatedLabel,
  upstreamFailureLabel,
  VERDICTS,
  type Verdict,
  verdictLabel,
} from './labels.ts'
import { ProtectionMetrics } from './protection-metrics.ts'
import { RequestMetrics, type RequestSample } from './request-metrics.ts'
import { RoleMetrics } from './role-metrics.ts'

export type MetricsOptions = Readonly<{
  /** Version of the gateway. */
  version: string
  /** IDs of the configured organizations. */
  organizations: readonly string[]
  /** Returns milliseconds since the epoch. */
  now?: () => number
}>

/** Description of a metric. */
type MetricDescription = Readonly<{ name: string; help: string; labelNames: readonly string[] }>

/** Byte budget of each listener. `held` is the number of reserved bytes, and `most` their limit. */
type Budgets = Readonly<Record<string, Readonly<{ held: number; most: number }>>>

/** Progress of the delivery of the audit journal. */
type AuditDelivery = Readonly<{
  /** Returns the delay of each consumer in milliseconds. */
  lags: () => ReadonlyMap<string, number>
  /** Bytes that are kept beyond the retention. */
  overdueBytes: number
}>

/** The gateway's metrics, in their own registry. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #now: () => number
  readonly #organizationLabel: (id: string | undefined) => string
  readonly #requests: RequestMetrics
  readonly #roles: RoleMetrics
  readonly #readAt = new Map<string, number>()
  readonly #upstreamFailures: Counter<string>
  readonly #streams: Gauge
  readonly #policyVersion: Gauge<string>
  readonly #failClosed: Counter
  readonly #unauthenticated: Counter<string>
  readonly #signIns: Counter<string>
  readonly #closed: Counter<string>
  readonly #historyDropped: Counter<string>
  readonly #throttled: Counter<string>
  readonly #shadows: Counter<string>
  readonly #spansDropped: Counter<string>
  readonly #consoleSignIns: Counter<string>
  readonly #sharedMailboxes: Gauge<string>
  readonly #certificateEnd: Gauge<string>
  readonly #upstreamState: Gauge<string>
  #budgets: Budgets = {}
  #delivery: AuditDelivery = { lags: () => new Map(), overdueBytes: 0 }
  readonly cache: CacheMetrics
  readonly checks: CheckMetrics
  readonly directory: DirectoryMetrics
  readonly ends: EndMetrics
  readonly protection: ProtectionMetrics

  constructor({ version, organizations, now = Date.now }: MetricsOptions) {
    this.#now = now
    this.#organizationLabel = organizationLabels(organizations)
    this.#requests = new RequestMetrics(this.#registry, this.#organizationLabel)
    this.#roles = new RoleMetrics(this.#registry)
    this.#upstreamFailures = this.#counterOfKinds(
      this.#named(
        'upstream_failures_total',
        'Requests that failed because of the upstream, by cause, or `other`.',
      ),
      UPSTREAM_FAILURE_KINDS,
    )
    this.#upstreamState = new Gauge({
      ...this.#named(
        'upstream_state',
        'Whether the upstream is in this state: 1 or 0. `degraded` means that some requests fail, and `down` that all do. With `credentials-rejected`, only one request is sent from time to time.',
      ),
      labelNames: ['organization', 'state'],
    })
    this.#streams = new Gauge(this.#named('streams_open', 'Notification streams that are open.'))
    this.#policyVersion = new Gauge({
      ...this.#named(
        'policy_version',
        'Policy version that decisions are made on. Every change raises it.',
      ),
      labelNames: ['organization'],
    })
    this.#policyAgeGauge()
    this.#heldBytesGauges()
    this.#failClosed = new Counter(
      this.#named(
        'fail_closed_total',
        'Requests that were denied because policy data was missing or too old.',
      ),
    )
    this.#unauthenticated = this.#counterOfKinds(
      this.#named(
        'unauthenticated_total',
        'Responses with status 401: `missing` credentials, `wrong` ones, those that the rate limiter rejected before they were compared (`braked`), and requests in the middle of the handshake of their connection (`interleaved`).',
      ),
      UNAUTHENTICATED_KINDS,
    )
    this.#signIns = new Counter({
      ...this.#named(
        'sign_ins_total',
        'Results of the authentication of requests, by the scheme of the credential or of its connection: `authenticated`, `continue` for the first message of a handshake, and the kinds of `ews_gateway_unauthenticated_total`.',
      ),
      labelNames: ['scheme', 'result'],
    })
    this.#closed = this.#counterOfKinds(
      this.#named(
        'connections_closed_total',
        'Connections that a listener closed: for a limit, for malformed HTTP (`malformed`), because the client ended its side in the middle of a request (`aborted`), or for a request in clear that needs TLS (`in-clear`).',
      ),
      CLOSED_KINDS,
    )
    this.#historyDropped = this.#counterOfKinds(
      this.#named(
        'history_dropped_total',
        'Records that are in no list of the history: `flood`, if a principal was denied too often in an hour; `rejected`, if its database does not take the record.',
      ),
      HISTORY_DROPS,
    )
    this.#throttled = this.#counterOfKinds(
      this.#named(
        'throttled_total',
        'Requests over a limit of `limits.requestsPerMinute`: that of the principal, or that of the role.',
      ),
      THROTTLES,
    )
    this.#shadows = new Counter({
      ...this.#named(
        'shadow_decisions_total',
        'Requests that were also decided by the draft that is attached to their role: with the `same` verdict, or one that the draft `would-deny` or `would-allow`; `unknown` if its verdict is not known.',
      ),
      labelNames: ['outcome'],
    })
    for (const outcome of SHADOW_OUTCOMES) this.#shadows.inc({ outcome }, 0)
    this.#spansDropped = this.#counterOfKinds(
      this.#named(
        'trace_spans_dropped_total',
        'Spans of traces that were not exported: `queue-full`, if too many waited for the collector; `not-exported`, if the collector did not take their batch.',
      ),
      SPAN_DROPS,
    )
    this.#consoleSignIns = new Counter({
      ...this.#named(
        'console_sign_ins_total',
        'Sign-ins to the console: of a person at the issuer (`person`), with an access key (`access-key`), or with an access key although an issuer is configured (`break-glass`). `deny` means wrong credentials or no access, and `error` that the issuer or the gateway failed.',
      ),
      labelNames: ['kind', 'verdict'],
    })
    for (const kind of CONSOLE_SIGN_IN_KINDS)
      for (const verdict of VERDICTS) this.#consoleSignIns.inc({ kind, verdict }, 0)
    this.#deliveryGauges()
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
    this.cache = new CacheMetrics(this.#registry)
    this.checks = new CheckMetrics(this.#registry)
    this.directory = new DirectoryMetrics(this.#registry, now)
    this.ends = new EndMetrics(this.#registry)
    this.protection = new ProtectionMetrics(this.#registry, {
      organizations,
      organizationLabel: this.#organizationLabel,
      now,
    })
    collectDefaultMetrics({ register: this.#registry })
  }

  /** Adds metrics of the bytes that the requests of each listener hold, and can hold. */
  watchHeldBytes(budgets: Budgets): void {
    this.#budgets = budgets
  }

  /** Adds metrics of the delivery of the audit journal to its consumers. */
  watchDelivery(delivery: AuditDelivery): void {
    this.#delivery = delivery
  }

  /** Counts a request that has ended, and its duration. */
  request(sample: RequestSample): void {
    this.#requests.ended(sample)
    if (sample.role !== undefined) this.#roles.ended(sample.role, sample.verdict)
    if (sample.isExcepted) this.protection.letIn(sample.organization)
  }

  /** Counts a request that failed because of the upstream. */
  upstreamFailed(cause: Cause | undefined): void {
    this.#upstreamFailures.inc({ kind: upstreamFailureLabel(cause) })
  }

  unauthenticated(kind: UnauthenticatedKind): void {
    this.#unauthenticated.inc({ kind: unauthenticatedLabel(kind) })
  }

  /** Counts an authentication. @param scheme - undefined if the request has no credential of a known scheme */
  signIn(scheme: Scheme | undefined, result: SignInResult): void {
    this.#signIns.inc({ scheme: schemeLabel(scheme), result: signInLabel(result) })
  }

  connectionClosed(kind: ClosedKind): void {
    this.#closed.inc({ kind: closedLabel(kind) })
  }

  historyDropped(kind: HistoryDrop, count: number): void {
    this.#historyDropped.inc({ kind: historyDropLabel(kind) }, count)
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

  consoleSignIn(kind: ConsoleSignInKind, verdict: Verdict): void {
    this.#consoleSignIns.inc({ kind: consoleSignInLabel(kind), verdict: verdictLabel(verdict) })
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

  upstreamState(organizationId: string, current: UpstreamState): void {
    const organization = this.#organizationLabel(organizationId)
    for (const state of UPSTREAM_STATES)
      this.#upstreamState.set({ organization, state }, state === current ? 1 : 0)
  }

  streamOpened(): void {
    this.#streams.inc()
  }

  streamClosed(): void {
    this.#streams.dec()
  }

  /** Counts a request that failed because policy data was too old or missing. */
  failedClosed(): void {
    this.#failClosed.inc()
  }

  /**
   * Records the policy version of an organization's decisions.
   *
   * @param readAt - time of the poll that returned the version. A metric shows its age
   */
  policyConfirmed(organizationId: string, version: number, readAt: number): void {
    const organization = this.#organizationLabel(organizationId)
    this.#policyVersion.set({ organization }, version)
    this.#readAt.set(organization, readAt)
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

  #deliveryGauges(): void {
    const delivery = () => this.#delivery
    new Gauge({
      ...this.#named(
        'audit_overdue_bytes',
        'Bytes of the audit journal that are kept beyond `audit.keepDays`, because a consumer has not received them. Counted every ten minutes.',
      ),
      collect() {
        this.set(delivery().overdueBytes)
      },
    })
    new Gauge({
      ...this.#named(
        'audit_lag_seconds',
        'Time since a consumer of the audit journal had all of its records: `copy`, `checkpoints`, `history`, `store`, or the name of a sink. Usually below 1, and below 31 for a sink that gathers records.',
      ),
      labelNames: ['consumer'],
      collect() {
        for (const [consumer, lagMs] of delivery().lags()) this.set({ consumer }, lagMs / 1_000)
      },
    })
  }

  #policyAgeGauge(): void {
    const [readAt, now] = [this.#readAt, this.#now]
    new Gauge({
      ...this.#named(
        'policy_age_seconds',
        'Time since the store last confirmed the version: normally at most a second.',
      ),
      labelNames: ['organization'],
      collect() {
        for (const [organization, at] of readAt) {
          this.set({ organization }, Math.max(0, now() - at) / 1_000)
        }
      },
    })
  }

  /**
   * Returns a counter that has a series with 0 for each kind from the start, so that Prometheus notices the first
   * increase.
   */
  #counterOfKinds(
    named: { name: string; help: string; registers: Registry[] },
    kinds: readonly string[],
  ): Counter<string> {
    const counter = new Counter({ ...named, labelNames: ['kind'] })
    for (const kind of kinds) counter.inc({ kind }, 0)
    return counter
  }
}
