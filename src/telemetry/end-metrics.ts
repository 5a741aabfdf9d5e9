/**
 * Metrics of what ends soon.
 *
 * @module
 */

import { Gauge, type Registry } from 'prom-client'

/** Number of ends by kind, for example of roles. */
export type EndCounts = Readonly<Record<string, number>>

export class EndMetrics {
  readonly #counts = new Map<string, EndCounts>()

  constructor(registry: Registry) {
    const counts = this.#counts
    new Gauge({
      name: 'ews_gateway_ends_within_30_days',
      help: 'Roles, rules, exceptions from the protection of mailboxes, principals, and access keys that end within 30 days, by kind. `administrator-key`: a key that can do more than assume roles. Read from the store every ten minutes.',
      labelNames: ['organization', 'kind'],
      registers: [registry],
      collect() {
        for (const [organization, kinds] of counts)
          for (const [kind, count] of Object.entries(kinds)) this.set({ organization, kind }, count)
      },
    })
  }

  /** @param organization - organization of the configuration */
  found(organization: string, counts: EndCounts): void {
    this.#counts.set(organization, counts)
  }
}
