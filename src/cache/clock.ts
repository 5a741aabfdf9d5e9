/**
 * The two clocks of a process, and ages measured on both.
 *
 * Each of them may shorten a life and neither can lengthen it: the wall clock may be wrong and may
 * jump, the other one may stand still while a machine sleeps.
 *
 * @module
 */

export type Clock = Readonly<{
  /** Milliseconds since the epoch. */
  now: () => number
  /** Milliseconds since some moment; never goes back. */
  elapsed: () => number
}>

/** A moment on both clocks, in milliseconds. */
export type Timestamp = Readonly<{ now: number; elapsed: number }>

export const SYSTEM_CLOCK: Clock = { now: () => Date.now(), elapsed: () => performance.now() }

/** How far the wall clocks of two machines may be apart before lives grow shorter. */
const TOLERANCE_MS = 30_000

export const timestampOf = ({ now, elapsed }: Clock): Timestamp => ({
  now: now(),
  elapsed: elapsed(),
})

/** The end of something that is so old at most: of a read of this process that began at `start`. */
export const endOf = (start: Timestamp, maxAgeMs: number): Timestamp => ({
  elapsed: start.elapsed + maxAgeMs,
  now: start.now + maxAgeMs,
})

/** The same of a read that another process has made, by that one's wall clock. */
export const endElsewhere = (start: Timestamp, maxAgeMs: number): Timestamp => ({
  elapsed: start.elapsed + maxAgeMs,
  now: start.now + maxAgeMs + TOLERANCE_MS,
})

/** Whether neither clock has come to an end. */
export const isBefore = (at: Timestamp, end: Timestamp): boolean =>
  at.elapsed < end.elapsed && at.now < end.now

/** Whether one of the clocks has come to an end now. */
export const hasEnded = (clock: Clock, end: Timestamp): boolean =>
  clock.elapsed() >= end.elapsed || clock.now() >= end.now
