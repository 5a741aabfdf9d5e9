/**
 * Reads JSON, and accepts only what this version understands completely.
 *
 * @module
 */

import type { Shape } from './shape.ts'

/**
 * Returns the value of a JSON text if it has a shape; undefined if it doesn't, or if an object in it has a member
 * twice.
 */
export function readJson<T>(text: string, shape: Shape<T>): T | undefined {
  const value = parse(text)
  return shape(value) && hasEachNameOnce(text, value) ? value : undefined
}

function parse(text: unknown): unknown {
  if (typeof text !== 'string') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether no object in a JSON text has a member twice. The first comparison is fast, and holds for what the gateway writes. */
const hasEachNameOnce = (text: string, value: unknown): boolean =>
  JSON.stringify(value) === text || countNames(text) === countMembers(value)

/** A text of JSON, and the colon after it if it is the name of a member. */
const TEXTS = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g

/** Counts the names of members in a JSON text, including those that appear twice in an object. */
function countNames(text: string): number {
  let names = 0
  for (const [, colon] of text.matchAll(TEXTS)) if (colon !== undefined) names += 1
  return names
}

/** Counts the members of all objects in a value. */
function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const inner = Object.values(value)
  let members = Array.isArray(value) ? 0 : inner.length
  for (const one of inner) members += countMembers(one)
  return members
}
