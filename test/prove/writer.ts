/**
 * Grants and revokes at random, one grant at a time for each of several writers.
 *
 * @module
 */

import { setTimeout } from 'node:timers/promises'
import type { Grant } from './grants.ts'
import type { Change, State } from './history.ts'
import type { Load } from './load.ts'
import type { TestEnvironment } from './test-environment.ts'

const AGAIN_MS = 150
const LOOK_MS = 10

export type WritingOptions = Readonly<{
  grants: readonly Grant[]
  writers: number
  /** Approximate pause between two changes of a writer. */
  pauseMs: number
  /** Maximum wait until a change shows everywhere, before its writer continues. */
  patienceMs: number
  /** Time within which a change must take effect everywhere, if shorter than the maximum age. */
  withinMs?: number
}>

export class Writer {
  readonly #environment: TestEnvironment
  readonly #load: Load
  readonly #busy = new Set<Grant>()
  readonly #states = new Map<Grant, State>()

  constructor(environment: TestEnvironment, load: Load) {
    this.#environment = environment
    this.#load = load
  }

  /** Writes until it is aborted, then grants every permission again. */
  async run(options: WritingOptions, stop: AbortSignal): Promise<void> {
    const { grants, writers } = options
    const running = Array.from({ length: writers }, () => this.#write(options, stop))
    await Promise.all(running)
    for (const grant of grants)
      if (this.#states.get(grant) === 'revoked') await this.#turn(grant, options)
  }

  async #write(options: WritingOptions, stop: AbortSignal): Promise<void> {
    const { grants, pauseMs } = options
    const { random } = this.#environment
    while (!stop.aborted) {
      const free = grants.filter(grant => !this.#busy.has(grant))
      if (free.length > 0) {
        const grant = random.of(free)
        this.#busy.add(grant)
        await this.#load.watching(grant, () => this.#turn(grant, options))
        this.#busy.delete(grant)
      }
      await setTimeout(random.between(0.5, 1.5) * pauseMs)
    }
  }

  /** Inverts a grant, repeatedly until it is acknowledged, then waits until it shows. */
  async #turn(grant: Grant, { withinMs, patienceMs }: WritingOptions): Promise<void> {
    const state: State = this.#states.get(grant) === 'revoked' ? 'granted' : 'revoked'
    this.#states.set(grant, state)
    let change: Change
    do {
      change = await this.#environment.change(
        grant,
        state,
        withinMs === undefined ? {} : { withinMs },
      )
      if (!change.isKnown) await setTimeout(AGAIN_MS)
    } while (!change.isKnown)
    const patience = Date.now() + patienceMs
    while (!this.#environment.isSettled(change) && Date.now() < patience) await setTimeout(LOOK_MS)
  }
}
