/**
 * Metrics of the checks of `/readyz`, so that alerts can name the check that fails.
 *
 * @module
 */

import { Gauge, type Registry } from 'prom-client'
import { HEALTH_STATUSES, type Health } from './health.ts'
import { checkLabel } from './labels.ts'

export class CheckMetrics {
  #health: Pick<Health, 'report'> | undefined

  constructor(registry: Registry) {
    const report = async () => await this.#health?.report('ready')
    new Gauge({
      name: 'ews_gateway_check_status',
      help: 'Whether the check of `/readyz` has this status: 1 or 0. A gateway that shuts down has only the check `draining`.',
      labelNames: ['check', 'status'],
      registers: [registry],
      async collect() {
        const checks = Object.entries((await report())?.checks ?? {})
        this.reset()
        for (const [name, { status: current }] of checks)
          for (const status of HEALTH_STATUSES)
            this.set({ check: checkLabel(name), status }, status === current ? 1 : 0)
      },
    })
  }

  /** Shows the checks of a process from now on. Each scrape runs them, as a request for `/readyz` does. */
  watch(health: Pick<Health, 'report'>): void {
    this.#health = health
  }
}
