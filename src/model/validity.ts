/**
 * Periods in which roles, rules, principals, and access keys are valid.
 *
 * @module
 */

/** A period. An absent end doesn't limit it. Times are in milliseconds since the epoch. */
export type Validity = Readonly<{
  /** First millisecond of the period. */
  notBefore?: number
  /** First millisecond after the period. */
  notAfter?: number
}>

/**
 * The present time. A wall clock can jump, so the present is known only as the range from `at` to `latest`: a clock that
 * goes back makes nothing valid again.
 */
export type Moment = Readonly<{
  /** Time of the wall clock, in milliseconds since the epoch. */
  at: number
  /** Latest time that the process has seen, plus the time since then. Absent: `at`. */
  latest?: number | undefined
}>

/** Whether a period certainly contains the present. What gives access must be within its period. */
export const isWithin = ({ notBefore, notAfter }: Validity, { at, latest = at }: Moment): boolean =>
  (notBefore === undefined || at >= notBefore) && (notAfter === undefined || latest < notAfter)

/**
 * Returns whether a period certainly contains the present, and if not, whether it has ended or is still to begin.
 */
export function stateOfPeriod(period: Validity, moment: Moment): 'ACTIVE' | 'NOT_YET' | 'ENDED' {
  if (isWithin(period, moment)) return 'ACTIVE'
  const { at, latest = at } = moment
  return period.notAfter !== undefined && latest >= period.notAfter ? 'ENDED' : 'NOT_YET'
}

/** Whether a period possibly contains the present. What denies access applies as long as this is so. */
export const mayBeWithin = (
  { notBefore, notAfter }: Validity,
  { at, latest = at }: Moment,
): boolean =>
  (notBefore === undefined || latest >= notBefore) && (notAfter === undefined || at < notAfter)

/** Whether a period has an end or a beginning. */
export const isLimited = ({ notBefore, notAfter }: Validity): boolean =>
  notBefore !== undefined || notAfter !== undefined

/**
 * Returns the next time at which one of the periods begins or ends.
 *
 * @returns undefined if none of them does after `latest`
 */
export function nextChange(
  periods: readonly Validity[],
  { at, latest = at }: Moment,
): number | undefined {
  const times = periods.flatMap(({ notBefore, notAfter }) => [notBefore, notAfter])
  const coming = times.filter(time => time !== undefined && time > latest)
  return coming.length === 0 ? undefined : Math.min(...(coming as number[]))
}
