/**
 * Metrics of the upstreams.
 *
 * @module
 */

import { type Counter, Gauge, type Registry } from 'prom-client'
import type { Cause } from '../model/outcome.ts'
import { UPSTREAM_STATES, type UpstreamState } from '../model/upstream-status.ts'
import { counterOfKinds } from './counter-of-kinds.ts'
import { UPSTREAM_FAILURE_KINDS, upstreamFailureLabel } from './labels.ts'

export class UpstreamMetrics {
  readonly #organizationLabel: (id: string | undefined) => string
  readonly #failures: Counter<string>
  readonly #state: Gauge<string>

  constructor(registry: Registry, organizationLabel: (id: string | undefined) => string) {
    this.#organizationLabel = organizationLabel
    this.#failures = counterOfKinds(
      {
        name: 'ews_gateway_upstream_failures_total',
        help: 'Requests that failed because of the upstream, by cause, or `other`.',
        registers: [registry],
      },
      UPSTREAM_FAILURE_KINDS,
    )
    this.#state = new Gauge({
      name: 'ews_gateway_upstream_state',
      help: 'Whether the upstream is in this state: 1 or 0. `degraded` means that some requests fail, and `down` that all do. With `credentials-rejected`, only one request is sent from time to time.',
      labelNames: ['organization', 'state'],
      registers: [registry],
    })
  }

  /** Counts a request that failed because of the upstream. */
  failed(cause: Cause | undefined): void {
    this.#failures.inc({ kind: upstreamFailureLabel(cause) })
  }

  state(organizationId: string, current: UpstreamState): void {
    const organization = this.#organizationLabel(organizationId)
    for (const state of UPSTREAM_STATES)
      this.#state.set({ organization, state }, state === current ? 1 : 0)
  }
}
