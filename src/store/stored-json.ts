/**
 * Reads values of rows, and accepts only those that this version understands completely.
 *
 * @module
 */

import { readJson } from '../model/read-json.ts'
import type { Shape } from '../model/shape.ts'

/** Reads JSON in a column that can be null. @returns null if it is; undefined if its text is not understood */
export const readOptionalJson = <T>(text: string | null, shape: Shape<T>): T | null | undefined =>
  text === null ? null : readJson(text, shape)

/** Returns a number of a row; undefined if it is no whole number. PostgreSQL returns some as text. */
export function readWhole(value: unknown): number | undefined {
  const isText = typeof value === 'string' && /^-?\d{1,16}$/.test(value)
  const number = isText || typeof value === 'bigint' ? Number(value) : value
  return Number.isSafeInteger(number) ? (number as number) : undefined
}

/** Returns a boolean that is stored as 0 or 1; undefined for anything else. */
export function readFlag(value: unknown): boolean | undefined {
  const number = readWhole(value)
  return number === 0 || number === 1 ? number === 1 : undefined
}
