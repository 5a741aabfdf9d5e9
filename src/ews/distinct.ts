/**
 * Collects a limited number of distinct values. Creates its Set only for the first value, because most requests
 * have none.
 *
 * @module
 */

export class Distinct<T> {
  readonly #max: number
  #known: Map<string, T> | undefined

  constructor(max: number) {
    this.#max = max
  }

  get values(): readonly T[] {
    return this.#known === undefined ? [] : [...this.#known.values()]
  }

  /** Adds a value, or replaces the one with this key. @returns false if the limit was reached, even for a known key */
  add(key: string, value: T): boolean {
    this.#known ??= new Map()
    if (this.#known.size >= this.#max) return false
    this.#known.set(key, value)
    return true
  }
}
