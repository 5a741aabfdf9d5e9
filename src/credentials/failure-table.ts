/**
 * Failures of the last minute by name, in bounded memory.
 *
 * When the table is full, a name with the fewest failures leaves. So a flood of names can't push out a name
 * that has reached the limit.
 *
 * @module
 */

import { isOver } from '../model/minute-counts.ts'
import { type Place, Queue } from '../model/queue.ts'

/** Minimum time between two searches of a full table for minutes that are over. */
const SWEEP_MS = 1_000

/** Failures of a name in the minute after the first of them. */
type Failures<T> = Readonly<{ name: string; about: T; since: number; count: number }>

/** Called with the failures of a name that leaves before its minute is over. */
type Dropped<T> = (about: T, count: number, at: number) => void

export class FailureTable<T> {
  readonly #limit: number
  readonly #dropped: Dropped<T>
  readonly #most: number
  readonly #places = new Map<string, Place<Failures<T>>>()
  /** For each count, the names that have it. */
  readonly #byCount: readonly Queue<Failures<T>>[]
  #sweptAt = Number.NEGATIVE_INFINITY

  /**
   * @param limit - number of failures up to which counts are told apart
   * @param most - maximum number of names to keep
   */
  constructor(limit: number, most: number, dropped: Dropped<T>) {
    this.#limit = limit
    this.#most = most
    this.#dropped = dropped
    this.#byCount = Array.from({ length: limit + 1 }, () => new Queue())
  }

  get isEmpty(): boolean {
    return this.#places.size === 0
  }

  /** Returns when the minute began in which a name reached the limit, if it is not over. */
  limitedSince(name: string, at: number): number | undefined {
    const failures = this.#places.get(name)?.value
    if (failures === undefined || failures.count < this.#limit) return undefined
    return isOver(failures.since, at) ? undefined : failures.since
  }

  /** Adds failures to those of a name. */
  add(name: string, about: T, count: number, at: number): void {
    const known = this.#places.get(name)?.value
    this.forget(name)
    const former = known && !isOver(known.since, at) ? known : { since: at, count: 0 }
    this.#keep({ name, about, since: former.since, count: former.count + count })
    if (this.#places.size > this.#most) this.#makeRoom(at)
  }

  /** Forgets the failures of a name. */
  forget(name: string): void {
    const place = this.#places.get(name)
    if (place === undefined) return
    this.#places.delete(name)
    this.#queueOf(place.value)?.remove(place)
  }

  /** Forgets the failures of all minutes that are over. */
  sweep(at: number): void {
    this.#sweptAt = at
    for (const { value } of this.#places.values())
      if (isOver(value.since, at)) this.forget(value.name)
  }

  #keep(failures: Failures<T>): void {
    const place = this.#queueOf(failures)?.add(failures)
    if (place) this.#places.set(failures.name, place)
  }

  #makeRoom(at: number): void {
    if (Math.abs(at - this.#sweptAt) >= SWEEP_MS) this.sweep(at)
    if (this.#places.size <= this.#most) return
    const fewest = this.#byCount.find(({ first }) => first !== undefined)?.first
    if (fewest === undefined) return
    this.forget(fewest.name)
    this.#dropped(fewest.about, fewest.count, at)
  }

  #queueOf({ count }: Failures<T>): Queue<Failures<T>> | undefined {
    return this.#byCount[Math.min(count, this.#limit)]
  }
}
