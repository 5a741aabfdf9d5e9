/**
 * Counts how often clients were found to repeat the identical request without end, by principal.
 *
 * @module
 */

import { Counter, type Registry } from 'prom-client'

/** Maximum number of principals with a series of their own. Only administrators create principals. */
const MAX_PRINCIPALS = 100
const OTHER = 'other'

export class RepeatedMetrics {
  readonly #principals = new Set<string>()
  readonly #found: Counter<string>

  constructor(registry: Registry) {
    this.#found = new Counter({
      name: 'ews_gateway_repeated_requests_total',
      help: `Times at which a client was found to repeat the identical request without end, at most once in ten minutes, by the ID of its principal. Principals after the first ${MAX_PRINCIPALS} are \`${OTHER}\`.`,
      labelNames: ['principal'],
      registers: [registry],
    })
  }

  /** @param principal - ID of a principal that exists */
  inc(principal: string): void {
    const isKnown = this.#principals.size < MAX_PRINCIPALS || this.#principals.has(principal)
    if (isKnown) this.#principals.add(principal)
    this.#found.inc({ principal: isKnown ? principal : OTHER })
  }
}
