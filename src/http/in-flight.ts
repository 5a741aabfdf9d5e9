/**
 * Limits the requests in flight of one principal, or in one role.
 *
 * @module
 */

import { Failure } from '../model/failure.ts'

export class InFlight {
  readonly #kind: string
  readonly #max: number
  readonly #counts = new Map<string, { value: number }>()

  /**
   * @param kind - `principal` or `role`, for the failure
   * @param max - maximum number of requests and streams in flight for each
   */
  constructor(kind: string, max: number) {
    this.#kind = kind
    this.#max = max
  }

  /** Number of IDs that have requests in flight. */
  get size(): number {
    return this.#counts.size
  }

  /**
   * Counts a request that begins.
   *
   * @returns function that counts its end; call it once
   * @throws Failure `over-budget`
   */
  enter(id: string): () => void {
    const count = this.#counts.get(id) ?? { value: 0 }
    if (count.value >= this.#max)
      throw new Failure(
        'over-budget',
        `${count.value} requests of this ${this.#kind} are in flight, which is the limit. Wait until some of them end`,
      )
    this.#counts.set(id, count)
    count.value += 1
    return () => {
      count.value -= 1
      if (count.value === 0) this.#counts.delete(id)
    }
  }
}
