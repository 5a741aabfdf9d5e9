/**
 * Converts times of inputs and outputs to ISO 8601 dates and back. The API itself uses seconds since 1970.
 *
 * @module
 */

import { z } from 'zod'

type Schema = Readonly<{
  format?: string
  properties?: Readonly<Record<string, Schema>>
  items?: Schema
  anyOf?: readonly Schema[]
}>

const DATE = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?<zone>Z|[+-]\d\d:\d\d)?)?$/

const DAY_LENGTH = 'YYYY-MM-DD'.length

/**
 * Replaces ISO 8601 dates by seconds in those members of an input that are times. A date without a zone is in UTC.
 */
export const withSeconds = (input: z.ZodType, value: unknown): unknown =>
  mapTimes(jsonSchemaOf(input, 'input'), value, secondsOf)

/** Replaces seconds by ISO 8601 dates in those members of an output that are times. */
export const withDates = (output: z.ZodType, value: unknown): unknown =>
  mapTimes(jsonSchemaOf(output, 'output'), value, dateOf)

export const hasMember = (input: z.ZodType, name: string): boolean =>
  Object.hasOwn(jsonSchemaOf(input, 'input').properties ?? {}, name)

const jsonSchemaOf = (schema: z.ZodType, io: 'input' | 'output') =>
  z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' }) as Schema

function mapTimes(schema: Schema, value: unknown, convert: (time: unknown) => unknown): unknown {
  const { format, properties = {}, items, anyOf = [] } = schema
  if (format === 'unix-time') return convert(value)
  if (anyOf.length > 0)
    return anyOf.reduce((mapped, option) => mapTimes(option, mapped, convert), value)
  if (Array.isArray(value)) return items ? value.map(item => mapTimes(items, item, convert)) : value
  if (typeof value !== 'object' || value === null) return value
  const mapped = Object.entries(value).map(([name, member]) => {
    const found = Object.hasOwn(properties, name) ? properties[name] : undefined
    return [name, found ? mapTimes(found, member, convert) : member]
  })
  return Object.fromEntries(mapped)
}

/**
 * Converts a date to seconds. Returns anything else unchanged, also a day that doesn't exist; the API then rejects it with a
 * message.
 */
export function secondsOf(time: unknown): unknown {
  const date = typeof time === 'string' ? DATE.exec(time) : null
  if (!date) return time
  const [text] = date
  if (!isDay(text.slice(0, DAY_LENGTH))) return time
  const ms = Date.parse(text.includes('T') && !date.groups?.['zone'] ? `${text}Z` : text)
  return Number.isNaN(ms) ? time : ms / 1_000
}

/** Whether a text is a day that exists, such as 2027-03-01. JavaScript reads 2026-02-31 as a day of March. */
function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(at) && new Date(at).toISOString().slice(0, DAY_LENGTH) === text
}

function dateOf(time: unknown): unknown {
  if (typeof time !== 'number') return time
  const date = new Date(time * 1_000)
  return Number.isNaN(date.getTime()) ? time : date.toISOString().replace('.000Z', 'Z')
}
