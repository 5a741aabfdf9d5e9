/**
 * Metrics of exceptions from the protection of mailboxes.
 *
 * @module
 */

import { Counter, Gauge, type Registry } from 'prom-client'

type Options = Readonly<{
  organizations: readonly string[]
  organizationLabel: (id: string | undefined) => string
  now: () => number
}>

export class ProtectionMetrics {
  readonly #ends = new Map<string, readonly number[]>()
  readonly #requests: Counter<string>
  readonly #organizationLabel: Options['organizationLabel']

  constructor(registry: Registry, { organizations, organizationLabel, now }: Options) {
    const ends = this.#ends
    this.#organizationLabel = organizationLabel
    new Gauge({
      name: 'ews_gateway_protection_exceptions',
      help: 'Exceptions that let a role reach protected mailboxes now. Read again a second after a change at the latest.',
      labelNames: ['organization'],
      registers: [registry],
      collect() {
        for (const [organization, times] of ends)
          this.set({ organization }, times.filter(at => at > now()).length)
      },
    })
    this.#requests = new Counter({
      name: 'ews_gateway_protection_exception_requests_total',
      help: 'Requests that an exception let reach a protected mailbox, or might have: with `Mailboxes: any`, owners are not looked up during an exception.',
      labelNames: ['organization'],
      registers: [registry],
    })
    for (const organization of organizations) this.#requests.inc({ organization }, 0)
  }

  /** @param ends - ends of all exceptions of an organization, in milliseconds since the epoch */
  found(organization: string, ends: readonly number[]): void {
    this.#ends.set(organization, ends)
  }

  /** Counts a request that an exception let in, or might have. */
  letIn(organization: string | undefined): void {
    this.#requests.inc({ organization: this.#organizationLabel(organization) })
  }
}
