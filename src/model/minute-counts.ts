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
export type RecordEvents<T> = (count: number, about: T | undefined) => void

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
   * counted them. If `record` throws, the events that are not recorded are kept for the next call.
   */
  recordRest(at: number, record: RecordEvents<T>): void {
    for (const { value: minute } of this.#minutes.values()) {
      if (!isOver(minute.since, at)) continue
      if (minute.uncounted > 0) record(minute.uncounted, minute.about)
      this.#remove(minute)
    }
    if (this.#ofDropped > 0) record(this.#ofDropped, undefined)
    this.#ofDropped = 0
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
