/**
 * Values of the form that adds an exception from the protection of mailboxes.
 *
 * @module
 */

import type { Exception } from '../api/protection.ts'
import { endProblem, periodProblem } from '../parts/period.ts'

export type ExceptionForm = Readonly<{
  roleId: string | undefined
  /** End in seconds since 1970. NaN is a text that means no time. */
  notAfter: number | undefined
  reason: string
}>

const MAX_REASON = 256

/** Returns the problems of the values that were entered, by field. */
export const problemsOf = ({ notAfter, reason }: ExceptionForm, now: number) => ({
  notAfter: notAfter === undefined ? undefined : problemOfEnd(notAfter, now / 1_000),
  reason:
    [...reason.trim()].length > MAX_REASON ? `Enter at most ${MAX_REASON} characters.` : undefined,
})

const problemOfEnd = (NotAfter: number, now: number) =>
  periodProblem({ NotAfter }) ?? endProblem({ NotAfter }, now)

/** Returns the exception; undefined if a value is missing or has a problem. */
export function exceptionOf(form: ExceptionForm, now: number): Exception | undefined {
  const { roleId, notAfter, reason } = form
  const hasProblem = Object.values(problemsOf(form, now)).some(problem => problem !== undefined)
  if (hasProblem || roleId === undefined || notAfter === undefined || reason.trim() === '')
    return undefined
  return { ImpersonationRoleId: roleId, NotAfter: notAfter, Reason: reason.trim() }
}
