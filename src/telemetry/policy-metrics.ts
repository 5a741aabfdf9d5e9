/**
 * Metrics of the policy version that decisions are made on.
 *
 * @module
 */

import { Counter, Gauge, type Registry } from 'prom-client'
import type { UnreadableKind } from '../model/unreadable.ts'

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
  readonly #unreadable: Gauge<string>

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
    this.#unreadable = new Gauge({
      name: 'ews_gateway_unreadable_objects',
      help: 'Stored objects that this version does not understand, and that therefore deny, by kind. Read from the store at the start, every ten minutes, and for requests. Users, subscriptions, and states of directory accounts are read only for requests.',
      labelNames: ['organization', 'kind'],
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

  /** Sets the number of objects of a kind that are not understood. */
  unreadable(organizationId: string, kind: UnreadableKind, count: number): void {
    this.#unreadable.set({ organization: this.#organizationLabel(organizationId), kind }, count)
  }

  /** Counts a request that failed because policy data was too old or missing. */
  failedClosed(): void {
    this.#failClosed.inc()
  }
}
