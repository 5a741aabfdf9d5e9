/**
 * Different values, so many at most. Most requests have none of most kinds, and an empty Set takes as long
 * to make as a tag to read.
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

  /** Keeps a value under its key. @returns false where there are as many as may be */
  add(key: string, value: T): boolean {
    this.#known ??= new Map()
    if (this.#known.size >= this.#max) return false
    this.#known.set(key, value)
    return true
  }
}
