/**
 * The two clocks of a process, and ages measured on both.
 *
 * Each clock can shorten a lifetime, and none can extend it. The wall clock can be wrong and can jump. The
 * monotonic clock can stop while a machine sleeps.
 *
 * @module
 */

export type Clock = Readonly<{
  /** Returns the wall-clock time in milliseconds since the epoch. */
  now: () => number
  /** Milliseconds since an arbitrary start. Never decreases. */
  elapsed: () => number
}>

/** A time on both clocks, in milliseconds. */
export type Timestamp = Readonly<{ now: number; elapsed: number }>

export const SYSTEM_CLOCK: Clock = { now: () => Date.now(), elapsed: () => performance.now() }

/** Difference between the wall clocks of two machines up to which lifetimes are not shortened. */
const TOLERANCE_MS = 30_000

export const timestampOf = ({ now, elapsed }: Clock): Timestamp => ({
  now: now(),
  elapsed: elapsed(),
})

/** Returns the expiry of data that this process began to read at `start`. */
export const endOf = (start: Timestamp, maxAgeMs: number): Timestamp => ({
  elapsed: start.elapsed + maxAgeMs,
  now: start.now + maxAgeMs,
})

/** Returns the expiry of data that another process, with its own wall clock, began to read at `start`. */
export const endElsewhere = (start: Timestamp, maxAgeMs: number): Timestamp => ({
  elapsed: start.elapsed + maxAgeMs,
  now: start.now + maxAgeMs + TOLERANCE_MS,
})

/** Whether a time is before an expiry, on both clocks. */
export const isBefore = (at: Timestamp, end: Timestamp): boolean =>
  at.elapsed < end.elapsed && at.now < end.now

/** Whether an expiry has passed on at least one clock. */
export const hasEnded = (clock: Clock, end: Timestamp): boolean =>
  clock.elapsed() >= end.elapsed || clock.now() >= end.now

type Present = Readonly<{ at: number; latest: number }>

/**
 * Returns a function that returns the present. Its latest time continues on the monotonic clock when the wall clock goes
 * back, so that nothing that has ended becomes valid again while the process runs.
 */
export function momentsOf(clock: Clock): () => Present {
  let latest = timestampOf(clock)
  return () => {
    const { now, elapsed } = timestampOf(clock)
    const continued = latest.now + Math.floor(elapsed - latest.elapsed)
    if (now >= continued) latest = { now, elapsed }
    return { at: now, latest: Math.max(now, continued) }
  }
}
