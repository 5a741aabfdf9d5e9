/**
 * How long sessions of the console last.
 *
 * @module
 */

import type { Moment } from '../model/validity.ts'
import type { SessionBounds } from '../store/store.ts'

const MINUTE_MS = 60_000
/** Time after the last activity at which a session ends. */
const IDLE_MS = 30 * MINUTE_MS
/** Maximum duration of a session. */
const MAX_SESSION_MS = 12 * 60 * MINUTE_MS
/** Maximum number of concurrent sessions of a key or a person. A further one ends the oldest. */
const MAX_SESSIONS = 20

type Life = Readonly<{ createdAt: number; seenAt: number }>

/** Returns when a session ends without further activity, in milliseconds since the epoch. */
export const endOf = ({ createdAt, seenAt }: Life): number =>
  Math.min(seenAt + IDLE_MS, createdAt + MAX_SESSION_MS)

/** Whether a session has not ended, by the latest time that the process has seen. */
export const isLive = (session: Life, { at, latest = at }: Moment): boolean =>
  latest < endOf(session)

/** Returns the bounds of the sessions to keep when another one starts. */
export const boundsAt = (at: number): SessionBounds => ({
  seenAfter: at - IDLE_MS,
  createdAfter: at - MAX_SESSION_MS,
  most: MAX_SESSIONS,
})

/** Whether activity must be written. Returns true at most once per minute, because a page sends many requests. */
export const mustWrite = (before: Life, seen: Life): boolean =>
  seen.seenAt >= before.seenAt + MINUTE_MS

/** Returns a session after a request. Only activity of the user extends it. */
export const seenIn = <T extends Life>(session: T, active: boolean, at: number): T =>
  active ? { ...session, seenAt: Math.max(at, session.seenAt) } : session
