/**
 * Limits the requests in flight of one principal, or in one role.
 *
 * @module
 */

import { Failure } from '../model/failure.ts'

export class InFlight {
  readonly #kind: string
  readonly #max: number
  readonly #counts = new Map<string, number>()

  /**
   * @param kind - `principal` or `role`, for the failure
   * @param max - maximum number of requests and streams in flight for each
   */
  constructor(kind: string, max: number) {
    this.#kind = kind
    this.#max = max
  }

  /**
   * Counts a request that begins.
   *
   * @returns function that counts its end; call it once
   * @throws Failure `over-budget`
   */
  enter(id: string): () => void {
    const count = this.#counts.get(id) ?? 0
    if (count >= this.#max)
      throw new Failure(
        'over-budget',
        `${count} requests of this ${this.#kind} are in flight, which is the limit. Wait until some of them end`,
      )
    this.#counts.set(id, count + 1)
    return () => this.#leave(id)
  }

  #leave(id: string): void {
    const left = (this.#counts.get(id) ?? 1) - 1
    if (left === 0) this.#counts.delete(id)
    else this.#counts.set(id, left)
  }
}
