/**
 * Periods as fields of a form: dates and times in UTC.
 *
 * @module
 */

/** Times in seconds since 1970. An absent one doesn't limit the period. NaN is a date or time that is incomplete. */
export type Period = { NotBefore?: number; NotAfter?: number }

/** A date and a time as a user types them. */
export type DateAndTime = Readonly<{ date: string; time: string }>

const EMPTY: DateAndTime = { date: '', time: '' }

/** Returns a time in UTC as text. */
export function textOf(seconds: number | undefined): DateAndTime {
  if (seconds === undefined || Number.isNaN(seconds)) return EMPTY
  const [date = '', time = ''] = new Date(seconds * 1_000).toISOString().split('T')
  return { date, time: time.slice(0, 8) }
}

/** Returns the time that a text means; undefined without a date, and NaN if it is incomplete. No time means 00:00. */
export function secondsOf({ date, time }: DateAndTime): number | undefined {
  if (date === '') return time === '' ? undefined : Number.NaN
  const [hours = '', minutes = '00', seconds = '00'] = time === '' ? ['00'] : time.split(':')
  const isWhole = [hours, minutes, seconds].every(part => /^\d\d$/.test(part))
  return isWhole ? Date.parse(`${date}T${hours}:${minutes}:${seconds}Z`) / 1_000 : Number.NaN
}

/** Returns the members that a period has. */
export const periodIn = ({ NotBefore, NotAfter }: Period): Period => ({
  ...(NotBefore !== undefined && { NotBefore }),
  ...(NotAfter !== undefined && { NotAfter }),
})

/** Returns the problem of a period, or undefined if it is valid. */
export function periodProblem({ NotBefore, NotAfter }: Period): string | undefined {
  if (Number.isNaN(NotBefore) || Number.isNaN(NotAfter))
    return 'Enter a date, and a time such as 08:00, or neither.'
  if (NotBefore !== undefined && NotAfter !== undefined && NotAfter <= NotBefore)
    return 'The end must be later than the start.'
  return undefined
}

/** Returns whether a period has not begun, or has ended; undefined within it. */
export function outsideOf(
  { NotBefore, NotAfter }: Period,
  now: number,
): 'NOT_YET' | 'ENDED' | undefined {
  if (NotAfter !== undefined && now >= NotAfter) return 'ENDED'
  return NotBefore !== undefined && now < NotBefore ? 'NOT_YET' : undefined
}

/** Describes a period in UTC. */
export function periodInWords({ NotBefore, NotAfter }: Period): string {
  const words = (name: string, seconds: number | undefined) => {
    if (seconds === undefined) return []
    const { date, time } = textOf(seconds)
    return [`${name} ${date} ${time} UTC`]
  }
  const parts = [...words('from', NotBefore), ...words('until', NotAfter)]
  return parts.length === 0 ? 'Always' : parts.join(' ')
}
