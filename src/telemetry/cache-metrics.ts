/**
 * Metrics of the policy data that decisions use.
 *
 * @module
 */

import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

const LAYERS = ['l1', 'l2', 'store'] as const
type Layer = (typeof LAYERS)[number]

/** Results of a lookup. `refused`: the cache has an entry, but it is forged, outdated, expired, or not understood. */
const RESULTS = ['hit', 'miss', 'refused', 'failed'] as const
type Result = (typeof RESULTS)[number]

/** Buckets of the invalidation delay in seconds, from a message on the same machine to the maximum delay. */
const DELAYS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 5, 30, 300]

export class CacheMetrics {
  readonly #requests = { l1: noRequests(), l2: noRequests(), store: noRequests() } satisfies Record<
    Layer,
    Record<Result, number>
  >
  readonly #delays: Histogram
  readonly #subscription: Gauge

  constructor(registry: Registry) {
    const registers = [registry]
    const requests = this.#requests
    new Counter({
      name: 'ews_gateway_cache_requests_total',
      help: 'Lookups of policy data: in the process (`l1`), in the cache (`l2`), or in the store (`store`). `refused` means found, but forged, superseded, too old, or not understood.',
      labelNames: ['layer', 'result'],
      registers,
      collect() {
        this.reset()
        for (const layer of LAYERS)
          for (const result of RESULTS) this.inc({ layer, result }, requests[layer][result])
      },
    })
    this.#delays = new Histogram({
      name: 'ews_gateway_invalidation_delay_seconds',
      help: 'Time from a change until this gateway applied it, by the clocks of both machines.',
      buckets: DELAYS,
      registers,
    })
    this.#subscription = new Gauge({
      name: 'ews_gateway_subscription_up',
      help: 'Whether invalidation messages arrive from the cache: 1 or 0.',
      registers,
    })
  }

  looked(layer: Layer, result: Result): void {
    this.#requests[layer][result] += 1
  }

  invalidated(delayMs: number): void {
    this.#delays.observe(delayMs / 1_000)
  }

  subscribed(up: boolean): void {
    this.#subscription.set(up ? 1 : 0)
  }
}

const noRequests = () => ({ hit: 0, miss: 0, refused: 0, failed: 0 })
