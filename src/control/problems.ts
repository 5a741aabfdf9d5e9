/**
 * What is wrong with an input, in one message that names each member and what it must be.
 *
 * @module
 */

import type { z } from 'zod'
import { ApiError } from './errors.ts'

/** So many are told; a list of 10,000 wrong entries is no help. */
const TOLD = 20
/** The client's own words are cut here. */
const LONGEST = 80

type ZodIssue = Readonly<{ input?: unknown }>

/** An error in the words `must be …`, or `is missing: it must be …` where nothing was given. */
export const mustBe = (what: string) => ({
  error: ({ input }: ZodIssue) =>
    input === undefined ? `is missing: it must be ${what}` : `must be ${what}`,
})

/** The problems that zod found, each with the member that it is about. */
export function problemsOf(error: z.ZodError): readonly string[] {
  return error.issues.flatMap(issue => {
    const member = memberOf(issue.path)
    if (issue.code !== 'unrecognized_keys') return [`${member || 'The input'} ${issue.message}`]
    return issue.keys.map(key => `${memberOf([...issue.path, key])} is not known here`)
  })
}

/** @throws ApiError InvalidParameterException where there is any problem */
export function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw invalid(...problems)
}

/** An InvalidParameterException, to be thrown. */
export function invalid(...problems: readonly string[]): ApiError {
  const more = problems.length > TOLD ? [`and ${problems.length - TOLD} more problems`] : []
  return new ApiError('InvalidParameterException', [...problems.slice(0, TOLD), ...more].join('; '))
}

/** Text of a client's for a message: quoted, and cut where it is long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text)
}

/** Names for a message, the first of many. */
export function quoteSome(texts: readonly string[]): string {
  const more = texts.length > TOLD ? ` and ${texts.length - TOLD} more` : ''
  return `${texts.slice(0, TOLD).map(quote).join(', ')}${more}`
}

function memberOf(path: readonly PropertyKey[]): string {
  const steps = path.map(step => (typeof step === 'number' ? `[${step}]` : `.${plain(step)}`))
  return steps.join('').replace(/^\./, '')
}

/** A member's name as it is where it can be one, else quoted. */
function plain(step: PropertyKey): string {
  const name = String(step)
  return /^\w{1,80}$/.test(name) ? name : quote(name)
}
