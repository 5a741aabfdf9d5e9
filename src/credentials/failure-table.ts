/**
 * Counts failures of the last minute by name, in bounded memory.
 *
 * When the table is full, the oldest name with a single failure is removed, which can be the new one. So a flood of
 * names can't remove a name that has failed twice.
 *
 * @module
 */

import { isOver } from '../model/minute-counts.ts'
import { type Place, Queue } from '../model/queue.ts'

/** Minimum time between two searches of a full table for expired entries. */
const SWEEP_MS = 1_000

/** Failures of a name in the minute after the first of them. */
type Failures<T> = {
  readonly name: string
  readonly about: T
  readonly since: number
  count: number
  /** Place in the queue of names with a single failure. */
  place: Place<Failures<T>> | undefined
}

/** Called when a name with a single failure is removed before its minute is over. */
type Dropped<T> = (about: T, at: number) => void

/** Table of failures by name. */
export class FailureTable<T> {
  readonly #limit: number
  readonly #maxNames: number
  readonly #dropped: Dropped<T>
  readonly #byName = new Map<string, Failures<T>>()
  readonly #single = new Queue<Failures<T>>()
  #sweptAt = Number.NEGATIVE_INFINITY

  /**
   * @param limit - number of failures at which {@link limitedSince} returns a time
   * @param maxNames - maximum number of names to keep
   */
  constructor(limit: number, maxNames: number, dropped: Dropped<T>) {
    this.#limit = limit
    this.#maxNames = maxNames
    this.#dropped = dropped
  }

  get isEmpty(): boolean {
    return this.#byName.size === 0
  }

  /** Returns the start of a name's minute if the name has reached the limit and the minute is not over. */
  limitedSince(name: string, at: number): number | undefined {
    const failures = this.#byName.get(name)
    if (failures === undefined || failures.count < this.#limit) return undefined
    return isOver(failures.since, at) ? undefined : failures.since
  }

  /** Counts a failure of a name. @param about - passed to the callback if the name is removed */
  add(name: string, about: T, at: number): void {
    const known = this.#byName.get(name)
    if (known && !isOver(known.since, at)) {
      known.count++
      this.#leaveSingle(known)
      return
    }
    if (known) this.#remove(known)
    const failures: Failures<T> = { name, about, since: at, count: 1, place: undefined }
    failures.place = this.#single.add(failures)
    this.#byName.set(name, failures)
    if (this.#byName.size > this.#maxNames) this.#makeRoom(at)
  }

  /** Forgets the failures of a name. */
  forget(name: string): void {
    const failures = this.#byName.get(name)
    if (failures) this.#remove(failures)
  }

  /** Forgets the failures of all minutes that are over. */
  sweep(at: number): void {
    this.#sweptAt = at
    for (const failures of this.#byName.values())
      if (isOver(failures.since, at)) this.#remove(failures)
  }

  #makeRoom(at: number): void {
    if (Math.abs(at - this.#sweptAt) >= SWEEP_MS) this.sweep(at)
    const { first } = this.#single
    if (this.#byName.size <= this.#maxNames || first === undefined) return
    this.#remove(first)
    this.#dropped(first.about, at)
  }

  #remove(failures: Failures<T>): void {
    this.#byName.delete(failures.name)
    this.#leaveSingle(failures)
  }

  #leaveSingle(failures: Failures<T>): void {
    if (failures.place) this.#single.remove(failures.place)
    failures.place = undefined
  }
}
