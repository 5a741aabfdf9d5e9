/**
 * Counts requests by role.
 *
 * @module
 */

import { Counter, type Registry } from 'prom-client'
import { VERDICTS, type Verdict } from './labels.ts'

/**
 * Maximum number of roles with series of their own. Later ones are counted together. Only administrators create
 * roles, so clients can't create series.
 */
export const MAX_ROLES = 1_000

const OTHER = 'other'

type Counts = Record<Verdict, number>

export class RoleMetrics {
  readonly #counts = new Map<string, Counts>()

  constructor(registry: Registry) {
    const counts = this.#counts
    new Counter({
      name: 'ews_gateway_role_requests_total',
      help: `Requests in a role that have ended, by the ID of the role. Roles after the first ${MAX_ROLES.toLocaleString('en-US')} that requests used are \`${OTHER}\`.`,
      labelNames: ['role', 'verdict'],
      registers: [registry],
      collect() {
        this.reset()
        for (const [role, verdicts] of counts)
          for (const verdict of VERDICTS) this.inc({ role, verdict }, verdicts[verdict])
      },
    })
  }

  /** @param role - ID of a role that exists */
  ended(role: string, verdict: Verdict): void {
    this.#countsOf(role)[verdict] += 1
  }

  #countsOf(role: string): Counts {
    const known = this.#counts.get(role)
    if (known !== undefined) return known
    if (this.#counts.size >= MAX_ROLES && role !== OTHER) return this.#countsOf(OTHER)
    const counts = { allow: 0, deny: 0, error: 0 }
    this.#counts.set(role, counts)
    return counts
  }
}
