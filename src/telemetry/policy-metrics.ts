/**
 * Metrics of the policy version that decisions are made on.
 *
 * @module
 */

import { Counter, Gauge, type Registry } from 'prom-client'

type Options = Readonly<{
  organizationLabel: (id: string | undefined) => string
  /** Returns milliseconds since the epoch. */
  now: () => number
}>

export class PolicyMetrics {
  readonly #organizationLabel: Options['organizationLabel']
  readonly #readAt = new Map<string, number>()
  readonly #version: Gauge<string>
  readonly #failClosed: Counter

  constructor(registry: Registry, { organizationLabel, now }: Options) {
    const registers = [registry]
    const readAt = this.#readAt
    this.#organizationLabel = organizationLabel
    this.#version = new Gauge({
      name: 'ews_gateway_policy_version',
      help: 'Policy version that decisions are made on. Every change raises it.',
      labelNames: ['organization'],
      registers,
    })
    new Gauge({
      name: 'ews_gateway_policy_age_seconds',
      help: 'Time since the store last confirmed the version: normally at most a second.',
      labelNames: ['organization'],
      registers,
      collect() {
        for (const [organization, at] of readAt)
          this.set({ organization }, Math.max(0, now() - at) / 1_000)
      },
    })
    this.#failClosed = new Counter({
      name: 'ews_gateway_fail_closed_total',
      help: 'Requests that were denied because policy data was missing or too old.',
      registers,
    })
  }

  /**
   * Records the policy version of an organization's decisions.
   *
   * @param readAt - time of the poll that returned the version. A metric shows its age
   */
  confirmed(organizationId: string, version: number, readAt: number): void {
    const organization = this.#organizationLabel(organizationId)
    this.#version.set({ organization }, version)
    this.#readAt.set(organization, readAt)
  }

  /** Counts a request that failed because policy data was too old or missing. */
  failedClosed(): void {
    this.#failClosed.inc()
  }
}
