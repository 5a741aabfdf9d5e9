/**
 * Counts events by name, so that one record per minute can represent all events of a name.
 *
 * @module
 */

import { type Place, Queue } from './queue.ts'

export const MINUTE_MS = 60_000
const MAX_NAMES = 10_000

/** Events of a name in the minute that begins with the first of them. */
type Minute<T> = {
  readonly name: string
  readonly about: T
  readonly since: number
  /** Number of events that no record counts yet. */
  uncounted: number
}

/** Records a number of events. `about` is absent if they are of several names. */
export type RecordEvents<T> = (count: number, about: T | undefined) => Promise<void>

/** Selects the events to record. Every event is counted in exactly one record, however many names there are. */
export class MinuteCounts<T> {
  readonly #minutes = new Map<string, Place<Minute<T>>>()
  readonly #byAge = new Queue<Minute<T>>()
  /** Number of uncounted events of names that were removed because there were too many. */
  #ofDropped = 0
  readonly #maxNames: number

  /** @param maxNames - maximum number of names to keep */
  constructor(maxNames = MAX_NAMES) {
    this.#maxNames = maxNames
  }

  /**
   * Counts an event.
   *
   * @param about - content of the record. That of the first event in a minute is used
   * @returns the number of events that a record must represent now: the first event of a name in a minute, and earlier
   *   ones that no record counted. 0 if this event is only counted
   */
  count(name: string, about: T, at: number): number {
    const former = this.#minutes.get(name)?.value
    if (former && !isOver(former.since, at)) {
      former.uncounted++
      return 0
    }
    if (former) this.#remove(former)
    this.#minutes.set(name, this.#byAge.add({ name, about, since: at, uncounted: 0 }))
    const { first } = this.#byAge
    if (first && this.#minutes.size > this.#maxNames) this.#drop(first)
    return (former?.uncounted ?? 0) + 1
  }

  /**
   * Passes the uncounted events of past minutes and of removed names to `record`, each once. If `record` rejects,
   * the events that are not recorded are kept for the next call.
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
    // During the recording, the name can have been removed, or have begun another minute.
    const isPresent = this.#minutes.get(minute.name)?.value === minute
    if (isPresent && minute.uncounted === 0) this.#remove(minute)
  }

  /** Records a number of events. Keeps it for the next call if that fails. */
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

  #drop(minute: Minute<T>): void {
    this.#ofDropped += minute.uncounted
    this.#remove(minute)
  }

  /** Removes a minute, which must be present. */
  #remove({ name }: Minute<T>): void {
    this.#byAge.remove(this.#minutes.get(name) as Place<Minute<T>>)
    this.#minutes.delete(name)
  }
}

/** Whether a minute is over. Also true after the clock was set back. */
export const isOver = (since: number, at: number): boolean => at < since || at >= since + MINUTE_MS
