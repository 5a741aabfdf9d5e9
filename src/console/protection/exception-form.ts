/**
 * Values of the form that adds an exception from the protection of mailboxes.
 *
 * @module
 */

import type { Exception } from '../api/protection.ts'

export type ExceptionForm = Readonly<{
  roleId: string | undefined
  /** End in seconds since 1970. NaN is a date or time that is incomplete. */
  notAfter: number | undefined
  reason: string
}>

const MAX_REASON = 256

/** Returns the problems of the values that were entered, by field. */
export const problemsOf = ({ notAfter, reason }: ExceptionForm, now: number) => ({
  notAfter: notAfter === undefined ? undefined : endProblem(notAfter, now),
  reason:
    [...reason.trim()].length > MAX_REASON ? `Enter at most ${MAX_REASON} characters.` : undefined,
})

function endProblem(seconds: number, now: number): string | undefined {
  if (Number.isNaN(seconds)) return 'Enter a date, and a time such as 08:00.'
  return seconds * 1_000 > now ? undefined : 'The end must be in the future.'
}

/** Returns the exception; undefined if a value is missing or has a problem. */
export function exceptionOf(form: ExceptionForm, now: number): Exception | undefined {
  const { roleId, notAfter, reason } = form
  const hasProblem = Object.values(problemsOf(form, now)).some(problem => problem !== undefined)
  if (hasProblem || roleId === undefined || notAfter === undefined || reason.trim() === '')
    return undefined
  return { ImpersonationRoleId: roleId, NotAfter: notAfter, Reason: reason.trim() }
}
