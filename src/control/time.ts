/**
 * Converts times of the API, which are seconds since 1970, and the periods that they limit.
 *
 * @module
 */

import { DEFAULT_MAX_DAYS, type Organization } from '../model/identity.ts'
import { without } from '../model/members.ts'
import type { Validity } from '../model/validity.ts'
import type { Call } from './action.ts'
import { invalid } from './problems.ts'

const DAY_MS = 24 * 60 * 60_000

/** Converts a time to milliseconds. */
export const msOf = (seconds: number): number => Math.round(seconds * 1_000)

/**
 * Converts the member ExpiresTime to milliseconds.
 *
 * @throws ApiError InvalidParameterException if it has passed
 */
export function timeAfter({ at }: Call, seconds: number | undefined): number | undefined {
  if (seconds === undefined) return undefined
  const time = msOf(seconds)
  if (time <= at) throw invalid('ExpiresTime must be in the future, in seconds since 1970')
  return time
}

/** A period in requests and responses. */
export type PeriodOnWire = Readonly<{ NotBefore?: number; NotAfter?: number }>

/**
 * Reads a period.
 *
 * @param what - name of the member in messages
 * @throws ApiError InvalidParameterException if it has no time between begin and end
 */
export function periodOf({ NotBefore, NotAfter }: PeriodOnWire, what: string): Validity {
  if (NotBefore !== undefined && NotAfter !== undefined && NotAfter <= NotBefore)
    throw invalid(`${what} must be later than NotBefore`)
  return {
    ...(NotBefore !== undefined && { notBefore: msOf(NotBefore) }),
    ...(NotAfter !== undefined && { notAfter: msOf(NotAfter) }),
  }
}

/** Returns the members of a period that it has. */
export const periodOnWire = ({ notBefore, notAfter }: Validity): PeriodOnWire => ({
  ...(notBefore !== undefined && { NotBefore: notBefore / 1_000 }),
  ...(notAfter !== undefined && { NotAfter: notAfter / 1_000 }),
})

/** Returns an object with another period; undefined leaves the present one. */
export function withPeriod<T extends Validity>(
  present: T,
  period: PeriodOnWire | undefined,
): Omit<T, keyof Validity> & Validity {
  if (period === undefined) return present
  return { ...without(present, ['notBefore', 'notAfter']), ...periodOf(period, 'Period.NotAfter') }
}

/** Maximum duration of an access key, in milliseconds. */
export const maxKeyMs = ({ maxDays = DEFAULT_MAX_DAYS }: Pick<Organization, 'maxDays'>): number =>
  maxDays.accessKeys * DAY_MS

/** Maximum duration of a temporary rule, in milliseconds. */
export const maxRuleMs = ({ maxDays = DEFAULT_MAX_DAYS }: Pick<Organization, 'maxDays'>): number =>
  maxDays.temporaryRules * DAY_MS
