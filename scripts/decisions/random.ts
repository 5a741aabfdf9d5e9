/**
 * Repeatable randomness for random worlds.
 *
 * @module
 */

export class Random {
  #state: number

  /** @param seed - the same seed gives the same numbers */
  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** Returns a number from 0 up to, but not including, 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** Returns a whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.next() * list.length)] as T
  }

  /** Returns each entry of the list with this probability. */
  some<T>(list: readonly T[], probability: number): readonly T[] {
    return list.filter(() => this.chance(probability))
  }

  /** Returns about half of the entries, and at least one. */
  atLeastOne<T>(list: readonly T[]): readonly T[] {
    const some = this.some(list, 0.5)
    return some.length > 0 ? some : [this.pick(list)]
  }

  /** Returns `make(0)`, `make(1)`, …, from `least` to `most` of them. */
  list<T>(least: number, most: number, make: (n: number) => T): readonly T[] {
    return Array.from({ length: this.between(least, most) }, (_, n) => make(n))
  }
}
