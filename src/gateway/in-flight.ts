/**
 * How many requests of one principal, or in one role, are under way.
 *
 * @module
 */

import { Failure } from '../model/failure.ts'

export class InFlight {
  readonly #whose: string
  readonly #most: number
  readonly #counts = new Map<string, number>()

  /**
   * @param whose - of whom so many are counted, for the failure
   * @param most - requests and streams at a time of each
   */
  constructor(whose: string, most: number) {
    this.#whose = whose
    this.#most = most
  }

  /**
   * Counts a request in.
   *
   * @returns what counts it out again, to be called once
   * @throws Failure `over-budget`
   */
  enter(id: string): () => void {
    const count = this.#counts.get(id) ?? 0
    if (count >= this.#most)
      throw new Failure('over-budget', `${count} requests of this ${this.#whose} are under way`)
    this.#counts.set(id, count + 1)
    return () => this.#leave(id)
  }

  #leave(id: string): void {
    const left = (this.#counts.get(id) ?? 1) - 1
    if (left === 0) this.#counts.delete(id)
    else this.#counts.set(id, left)
  }
}
