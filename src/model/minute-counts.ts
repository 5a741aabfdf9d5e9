/**
 * Counts of events by name, so that one record a minute can stand for all events of a name.
 *
 * @module
 */

import { type Place, Queue } from './queue.ts'

export const MINUTE_MS = 60_000
const NAMES = 10_000

/** Events of a name in the minute after the first of them. */
type Minute<T> = {
  readonly name: string
  readonly about: T
  readonly since: number
  /** Events that no record has counted yet. */
  uncounted: number
}

/** Records a number of events. `about` is absent if they are of several names. */
export type RecordEvents<T> = (count: number, about: T | undefined) => Promise<void>

/**
 * Says which events to record. The sum of all counts that it returns and hands over is the number
 * of events, regardless of the number of names.
 */
export class MinuteCounts<T> {
  readonly #minutes = new Map<string, Place<Minute<T>>>()
  readonly #byAge = new Queue<Minute<T>>()
  /** Events that no record has counted, of names for which there was no room. */
  #ofDropped = 0
  readonly #most: number

  /** @param most - maximum number of names to keep */
  constructor(most = NAMES) {
    this.#most = most
  }

  /**
   * Counts an event.
   *
   * @param about - what a record of the name says; of the first event in a minute
   * @returns the number of events that a record must stand for now: the first event of a name in a minute,
   *   and those before it that no record counted; 0 if this event is only counted
   */
  count(name: string, about: T, at: number): number {
    const former = this.#minutes.get(name)?.value
    if (former && !isOver(former.since, at)) {
      former.uncounted++
      return 0
    }
    if (former) this.#remove(former)
    this.#minutes.set(name, this.#byAge.add({ name, about, since: at, uncounted: 0 }))
    if (this.#minutes.size > this.#most) this.#dropOldest()
    return (former?.uncounted ?? 0) + 1
  }

  /**
   * Hands over the events of minutes that are over and of dropped names, each once, unless a record
   * counted them. If `record` rejects, the events that are not recorded are kept for the next call.
   */
  async recordRest(at: number, record: RecordEvents<T>): Promise<void> {
    for (const { value: minute } of this.#minutes.values())
      if (isOver(minute.since, at)) await this.#recordMinute(minute, record)
    const uncounted = this.#ofDropped
    this.#ofDropped = 0
    if (uncounted > 0) await this.#recordOrKeep(uncounted, undefined, record)
  }

  async #recordMinute(minute: Minute<T>, record: RecordEvents<T>): Promise<void> {
    const { uncounted } = minute
    minute.uncounted = 0
    if (uncounted > 0) await this.#recordOrKeep(uncounted, minute, record)
    // It may have been dropped, or have begun again, while it was recorded.
    const isPresent = this.#minutes.get(minute.name)?.value === minute
    if (isPresent && minute.uncounted === 0) this.#remove(minute)
  }

  /** Records a number of events, or keeps it. */
  async #recordOrKeep(count: number, minute: Minute<T> | undefined, record: RecordEvents<T>) {
    try {
      await record(count, minute?.about)
    } catch (error) {
      const kept = minute && this.#minutes.get(minute.name)?.value
      if (kept) kept.uncounted += count
      else this.#ofDropped += count
      throw error
    }
  }

  #dropOldest(): void {
    const { first } = this.#byAge
    if (first === undefined) return
    this.#ofDropped += first.uncounted
    this.#remove(first)
  }

  #remove({ name }: Minute<T>): void {
    const place = this.#minutes.get(name)
    if (place === undefined) return
    this.#minutes.delete(name)
    this.#byAge.remove(place)
  }
}

/** A clock that was set back ends the minute as well. */
export const isOver = (since: number, at: number): boolean => at < since || at >= since + MINUTE_MS
