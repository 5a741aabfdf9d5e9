/**
 * How many requests of one principal are under way.
 *
 * @module
 */

import { Failure } from '../model/failure.ts'

export class InFlight {
  readonly #most: number
  readonly #counts = new Map<string, number>()

  /** @param most - requests and streams of one principal at a time */
  constructor(most: number) {
    this.#most = most
  }

  /**
   * Counts a request in.
   *
   * @returns what counts it out again, to be called once
   * @throws Failure `over-budget`
   */
  enter(principalId: string): () => void {
    const count = this.#counts.get(principalId) ?? 0
    if (count >= this.#most)
      throw new Failure('over-budget', `${count} requests of this principal are under way`)
    this.#counts.set(principalId, count + 1)
    return () => this.#leave(principalId)
  }

  #leave(principalId: string): void {
    const left = (this.#counts.get(principalId) ?? 1) - 1
    if (left === 0) this.#counts.delete(principalId)
    else this.#counts.set(principalId, left)
  }
}
