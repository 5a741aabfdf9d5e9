/**
 * Lets time pass for the limits of requests to upstreams of this process, without waiting for it.
 *
 * @module
 */

import { createRequire } from 'node:module'

type Timers = Readonly<{ tick: (ms: number) => void }>

/** Undici's clock, which counts its own ticks instead of the time. */
const { tick } = createRequire(import.meta.url)('undici/lib/util/timers.js') as Timers

/** Ends the limits of time that end in these milliseconds: for the head of a response, and between two chunks. */
export function skipUpstreamTime(ms: number): void {
  // A limit that has begun since the latest tick counts from the next one.
  tick(0)
  tick(ms)
}
