/**
 * Times in the browser's time zone, which they name, with UTC on hover.
 *
 * @module
 */

import { gatewayNow } from '../api/clock.ts'
import { relativeTime } from './relative-time.ts'

const WHOLE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' })

/** @param at - seconds since 1970 */
export function Time({ at }: { at: number }) {
  const date = new Date(at * 1_000)
  return (
    <time dateTime={date.toISOString()} title={`${date.toISOString().slice(0, 19)}Z`}>
      {WHOLE.format(date)}
    </time>
  )
}

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' })

/** Shows a day in UTC. @param at - its beginning, in seconds since 1970 */
export function Day({ at }: { at: number }) {
  const date = new Date(at * 1_000)
  return (
    <time dateTime={date.toISOString().slice(0, 10)} title="Day in UTC">
      {DATE.format(date)}
    </time>
  )
}

/** Shows the time since then, with the exact time on hover, or `never` if there is no time. */
export function Ago({ at, never = 'Never' }: { at: number | undefined; never?: string }) {
  if (at === undefined) return <>{never}</>
  const date = new Date(at * 1_000)
  return (
    <time
      dateTime={date.toISOString()}
      title={`${WHOLE.format(date)} · ${date.toISOString().slice(0, 19)}Z`}
    >
      {relativeTime(at, gatewayNow() / 1_000)}
    </time>
  )
}
