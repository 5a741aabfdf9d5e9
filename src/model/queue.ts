/**
 * A queue from which any entry can be removed in constant time. A Map is not enough: after many deletions, finding
 * its first key took 7 µs with 10,000 entries.
 *
 * @module
 */

/** An entry's place in its queue. */
export type Place<T> = {
  readonly value: T
  before: Place<T> | undefined
  after: Place<T> | undefined
}

/** A first-in, first-out queue. */
export class Queue<T> {
  #first: Place<T> | undefined
  #last: Place<T> | undefined

  /** The value that has been in the queue for the longest time. */
  get first(): T | undefined {
    return this.#first?.value
  }

  add(value: T): Place<T> {
    const place: Place<T> = { value, before: this.#last, after: undefined }
    if (this.#last) this.#last.after = place
    else this.#first = place
    this.#last = place
    return place
  }

  /** Removes a place that {@link add} of this queue returned, once. */
  remove({ before, after }: Place<T>): void {
    if (before) before.after = after
    else this.#first = after
    if (after) after.before = before
    else this.#last = before
  }
}
