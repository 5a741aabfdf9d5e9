/**
 * The two clocks of a process, and ages measured on both.
 *
 * Each clock can shorten a lifetime, and none can extend it. The wall clock can be wrong and can jump. The
 * monotonic clock can stop while a machine sleeps.
 *
 * @module
 */

export type Clock = Readonly<{
  /** Milliseconds since the epoch. */
  now: () => number
  /** Milliseconds since an arbitrary start. Never decreases. */
  elapsed: () => number
}>

/** A time on both clocks, in milliseconds. */
export type Timestamp = Readonly<{ now: number; elapsed: number }>

export const SYSTEM_CLOCK: Clock = { now: () => Date.now(), elapsed: () => performance.now() }

/** Maximum difference between the wall clocks of two machines that doesn't shorten lifetimes. */
const TOLERANCE_MS = 30_000

export const timestampOf = ({ now, elapsed }: Clock): Timestamp => ({
  now: now(),
  elapsed: elapsed(),
})

/** Returns the expiry of a read of this process that began at `start`. */
export const endOf = (start: Timestamp, maxAgeMs: number): Timestamp => ({
  elapsed: start.elapsed + maxAgeMs,
  now: start.now + maxAgeMs,
})

/** Returns the expiry of a read of another process, which has its own wall clock. */
export const endElsewhere = (start: Timestamp, maxAgeMs: number): Timestamp => ({
  elapsed: start.elapsed + maxAgeMs,
  now: start.now + maxAgeMs + TOLERANCE_MS,
})

/** Whether a time is before an expiry on both clocks. */
export const isBefore = (at: Timestamp, end: Timestamp): boolean =>
  at.elapsed < end.elapsed && at.now < end.now

/** Whether an expiry has passed on one of the clocks. */
export const hasEnded = (clock: Clock, end: Timestamp): boolean =>
  clock.elapsed() >= end.elapsed || clock.now() >= end.now
