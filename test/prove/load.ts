/**
 * The load: every client asks every gateway again and again.
 *
 * @module
 */

import { setTimeout } from 'node:timers/promises'
import type { Gateway } from './gateway.ts'
import type { Grant } from './grants.ts'
import type { TestEnvironment } from './test-environment.ts'

/** Interval of requests for a permission that is being changed. */
const HOT_MS = 12
const NAP_MS = 20

export class Load {
  readonly #environment: TestEnvironment
  readonly #grants: readonly Grant[]
  readonly #hot = new Set<Grant>()
  readonly #loops: Promise<void>[] = []
  readonly #everyMs: number
  #underway = 0
  #isPaused = false
  #isOnlyBalanced = false
  #hasEnded = false

  /** @param everyMs - approximate interval of each client's requests to each gateway */
  constructor(environment: TestEnvironment, grants: readonly Grant[], everyMs: number) {
    this.#environment = environment
    this.#grants = grants
    this.#everyMs = everyMs
  }

  /** Sends requests to each gateway, in any state. */
  start(): void {
    for (const gateway of this.#environment.gateways)
      for (const grant of this.#grants)
        this.#loops.push(this.#loop(grant, () => this.#ask(gateway, grant)))
  }

  /** Adds clients that use a load balancer. */
  balance(clients: number): void {
    for (let n = 0; n < clients; n += 1) {
      const grant = this.#environment.random.of(this.#grants)
      this.#loops.push(this.#loop(grant, () => this.#askAny(grant)))
    }
  }

  /** Sends requests for one grant much more often during some work. */
  async watching<T>(grant: Grant, work: () => Promise<T>): Promise<T> {
    this.#hot.add(grant)
    try {
      return await work()
    } finally {
      this.#hot.delete(grant)
    }
  }

  /** Resolves when no request is in flight. */
  async pause(): Promise<void> {
    this.#isPaused = true
    while (this.#underway > 0) await setTimeout(NAP_MS)
  }

  resume(): void {
    this.#isPaused = false
  }

  /** Sets whether all clients use the load balancer, and none chooses a gateway. */
  onlyBalanced(only: boolean): void {
    this.#isOnlyBalanced = only
  }

  async end(): Promise<void> {
    this.#hasEnded = true
    await Promise.all(this.#loops)
  }

  async #loop(grant: Grant, ask: () => Promise<void>): Promise<void> {
    const { random } = this.#environment
    await setTimeout(random.between(0, this.#everyMs))
    while (!this.#hasEnded) {
      if (!this.#isPaused) {
        this.#underway += 1
        await ask()
        this.#underway -= 1
      }
      await this.#rest(grant)
    }
  }

  /** Waits in short intervals, so that the client notices when its permission is being changed. */
  async #rest(grant: Grant): Promise<void> {
    const until = Date.now() + this.#environment.random.between(0.5, 1.5) * this.#everyMs
    do {
      await setTimeout(this.#hot.has(grant) ? HOT_MS : 4 * NAP_MS)
    } while (Date.now() < until && !this.#hot.has(grant) && !this.#hasEnded)
  }

  async #ask(gateway: Gateway, grant: Grant): Promise<void> {
    if (gateway.isRunning && !this.#isOnlyBalanced) await this.#environment.ask(gateway, grant)
  }

  /**
   * Sends a request as a load balancer does: to a ready gateway, and to another one if the connection
   * fails.
   */
  async #askAny(grant: Grant): Promise<void> {
    for (const gateway of this.#environment.gateways.toSorted(
      () => this.#environment.random.next() - 0.5,
    )) {
      if (!gateway.isReady) continue
      const { isUnsent } = await this.#environment.ask(gateway, grant)
      if (!isUnsent) return
    }
  }
}
