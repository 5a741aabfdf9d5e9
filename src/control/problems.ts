/**
 * Messages about invalid inputs, which name each member and what it must be.
 *
 * @module
 */

import type { z } from 'zod'
import { ApiError } from './errors.ts'

/** Maximum number of problems in a message, because thousands of them would not help. */
const MAX_PROBLEMS = 20
/** Maximum length of quoted client text. */
const MAX_QUOTE_LENGTH = 80

type ZodIssue = Readonly<{ input?: unknown }>

/** Returns an error `must be …`, or `is missing: it must be …` if there is no value. */
export const mustBe = (what: string) => ({
  error: ({ input }: ZodIssue) =>
    input === undefined ? `is missing: it must be ${what}` : `must be ${what}`,
})

/** Returns the problems that zod found, each with its member. */
export function problemsOf(error: z.ZodError): readonly string[] {
  return error.issues.flatMap(issue => {
    const member = memberOf(issue.path)
    if (issue.code !== 'unrecognized_keys') return [`${member || 'The input'} ${issue.message}`]
    return issue.keys.map(key => `${memberOf([...issue.path, key])} is an unknown member`)
  })
}

/** @throws ApiError InvalidParameterException if there is a problem */
export function requireNone(problems: readonly string[]): void {
  if (problems.length > 0) throw invalid(...problems)
}

/** Returns an InvalidParameterException about an input that zod rejected, before anything else is done. */
export function invalidInput(error: z.ZodError): ApiError {
  const { message } = invalid(...problemsOf(error))
  return new ApiError('InvalidParameterException', `${message}. Nothing was changed`)
}

/** Returns an InvalidParameterException about the first problems. */
export function invalid(...problems: readonly string[]): ApiError {
  const rest = problems.length - MAX_PROBLEMS
  const more = rest > 0 ? [`and ${rest} more problems`] : []
  const lines = [...problems.slice(0, MAX_PROBLEMS), ...more]
  return new ApiError('InvalidParameterException', lines.join('; '))
}

/** Returns an InvalidParameterException about a name in place of an ID. */
export const nameInsteadOfId = (name: string, kind: 'role' | 'principal', id: string) =>
  invalid(`${name} is the name of a ${kind}. Use its ID, ${id}`)

/** Returns client text for a message, quoted and shortened. */
export function quote(text: string): string {
  const isLong = text.length > MAX_QUOTE_LENGTH
  return JSON.stringify(isLong ? `${text.slice(0, MAX_QUOTE_LENGTH)}…` : text)
}

/** Returns names for a message: the first few quoted, and the number of the others. */
export function quoteSome(texts: readonly string[]): string {
  const rest = texts.length - MAX_PROBLEMS
  const more = rest > 0 ? ` and ${rest} more` : ''
  return `${texts.slice(0, MAX_PROBLEMS).map(quote).join(', ')}${more}`
}

function memberOf(path: readonly PropertyKey[]): string {
  const steps = path.map(step => (typeof step === 'number' ? `[${step}]` : `.${plain(step)}`))
  return steps.join('').replace(/^\./, '')
}

/** Returns the name of a member for a message, quoted if it is long or has unusual characters. */
function plain(step: PropertyKey): string {
  const name = String(step)
  return /^\w{1,80}$/.test(name) ? name : quote(name)
}
