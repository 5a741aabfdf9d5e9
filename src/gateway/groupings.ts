/**
 * Caches the GroupingInformation of mailboxes, from the Autodiscover of their upstream.
 *
 * Clients put mailboxes with the same value into one group of streaming subscriptions. No decision depends on it.
 *
 * @module
 */

import { LRUCache } from 'lru-cache'
import { Failure } from '../model/failure.ts'
import type { OrganizationId } from '../model/identity.ts'
import type { Log } from '../telemetry/log.ts'
import type { ServedOrganization } from './ports.ts'

/**
 * Time for which a value is cached, because a client that groups mailboxes requests each of them, and again when it
 * restarts.
 */
const KEPT_MS = 5 * 60_000
const KEPT = 10_000
/** Time after a failure during which an upstream isn't asked. */
const PAUSE_MS = 10_000

type Answer = Readonly<{ value: string | undefined; until: number }>

export type GroupingsOptions = Readonly<{
  log: Pick<Log, 'info' | 'warn'>
  /** Returns the time in milliseconds. */
  now: () => number
}>

export class Groupings {
  readonly #options: GroupingsOptions
  readonly #answers = new LRUCache<string, Answer>({ maxSize: KEPT, sizeCalculation: () => 1 })
  readonly #asking = new Map<string, Promise<string | undefined>>()
  /** Organizations whose last request to the upstream failed, and the time until which the gateway sends no other. */
  readonly #failing = new Map<OrganizationId, number>()

  constructor(options: GroupingsOptions) {
    this.#options = options
  }

  /**
   * Returns the GroupingInformation of a mailbox; undefined if the upstream has none, or can't respond now.
   * Concurrent calls share one request to the upstream.
   *
   * @param address - primary address of a user whose mailbox may be named
   */
  async of(served: ServedOrganization, address: string): Promise<string | undefined> {
    const key = `${served.organization.id} ${address}`
    const known = this.#answers.get(key)
    const now = this.#options.now()
    if (known !== undefined && now < known.until) return known.value
    if (now < (this.#failing.get(served.organization.id) ?? now)) return undefined
    const asking = this.#asking.get(key) ?? this.#ask(key, served, address)
    this.#asking.set(key, asking)
    return await asking
  }

  async #ask(
    key: string,
    { organization: { id }, upstream }: ServedOrganization,
    address: string,
  ): Promise<string | undefined> {
    const { now } = this.#options
    try {
      const value = await upstream.autodiscover?.groupingInformation(address)
      this.#answers.set(key, { value, until: now() + KEPT_MS })
      this.#succeeded(id)
      return value
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      this.#failed(id, error)
      return undefined
    } finally {
      this.#asking.delete(key)
    }
  }

  #succeeded(organization: OrganizationId): void {
    if (!this.#failing.delete(organization)) return
    this.#options.log.info({ organization }, "The upstream's Autodiscover answers again")
  }

  #failed(organization: OrganizationId, { message, reason, cause: err }: Failure): void {
    const { log, now } = this.#options
    if (!this.#failing.has(organization)) {
      const remedy =
        'Run ews-gateway check-upstream --config FILE, and check the logs of the server.'
      const cause = err === undefined ? {} : { err }
      log.warn(
        { organization, reason, message, remedy, ...cause },
        "The upstream's Autodiscover returns no GroupingInformation",
      )
    }
    this.#failing.set(organization, now() + PAUSE_MS)
  }
}
