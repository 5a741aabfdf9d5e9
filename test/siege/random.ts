/**
 * Numbers by chance that are the same for the same seed, on every machine.
 *
 * @module
 */

/** Mulberry32. */
export class Random {
  #state: number

  /** @param seeds - whole numbers, all of which matter */
  constructor(...seeds: readonly number[]) {
    this.#state = 0x9e3779b9
    for (const seed of seeds) {
      this.#state = Math.imul(this.#state ^ seed, 0x85ebca6b) ^ (this.#state >>> 13)
      this.#next()
    }
  }

  /** Returns a whole number from 0 to `below` - 1. Returns 0 if `below` is 0. */
  below(below: number): number {
    return Math.floor((this.#next() / 4_294_967_296) * below)
  }

  /** Whether something happens that happens once in `of` times. */
  once(of: number): boolean {
    return this.below(of) === 0
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}
