/**
 * Periods as fields of a form.
 *
 * @module
 */

import { timeInShort } from './time-words.ts'

/** Times in seconds since 1970. An absent one doesn't limit the period. NaN is a text that means no time. */
export type Period = { NotBefore?: number; NotAfter?: number }

/** Returns the members that a period has. */
export const periodIn = ({ NotBefore, NotAfter }: Period): Period => ({
  ...(NotBefore !== undefined && { NotBefore }),
  ...(NotAfter !== undefined && { NotAfter }),
})

/** Returns the problem of a period, or undefined if it is valid. */
export function periodProblem({ NotBefore, NotAfter }: Period): string | undefined {
  if (Number.isNaN(NotBefore)) return 'Correct the start.'
  if (Number.isNaN(NotAfter)) return 'Correct the end.'
  if (NotBefore !== undefined && NotAfter !== undefined && NotAfter <= NotBefore)
    return 'The end must be later than the start.'
  return undefined
}

/** Returns the problem of an end that must be in the future. */
export const endProblem = ({ NotAfter }: Period, now: number): string | undefined =>
  NotAfter !== undefined && NotAfter <= now ? 'The end must be in the future.' : undefined

/** Describes a period on the wall clock of a zone. */
export function periodInWords({ NotBefore, NotAfter }: Period, zone: string): string {
  const words = (name: string, seconds: number | undefined) => {
    if (seconds === undefined) return []
    return [`${name} ${Number.isNaN(seconds) ? 'an invalid time' : timeInShort(seconds, zone)}`]
  }
  const parts = [...words('from', NotBefore), ...words('until', NotAfter)]
  return parts.length === 0 ? 'Always' : parts.join(' ')
}
