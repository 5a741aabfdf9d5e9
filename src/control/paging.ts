/**
 * Splits lists into pages. A page begins after the last key of the previous one, so concurrent writes don't skip or
 * repeat other entries.
 *
 * @module
 */

import { invalid } from './problems.ts'

const DEFAULT_PAGE_SIZE = 100

/** Error message for a NextToken that this operation did not return. */
export const FOREIGN_TOKEN = 'NextToken must be a value that this operation returned'

/** Members of an input that select a page. */
export type PageRequest = Readonly<{ NextToken?: string; MaxResults?: number }>

/**
 * Returns the key after which a page begins, and its maximum number of entries.
 *
 * A token is only a position in a list of the caller's own organization, so a forged token reveals nothing more
 * than a real one.
 *
 * @param list - name of the list that the token must belong to
 * @throws ApiError InvalidParameterException if the token is malformed or belongs to another list
 */
export function pageOf(list: string, { NextToken, MaxResults = DEFAULT_PAGE_SIZE }: PageRequest) {
  if (NextToken === undefined) return { limit: MaxResults }
  const [of, after] = decode(NextToken)
  if (of !== list || after === undefined) throw invalid(FOREIGN_TOKEN)
  return { after, limit: MaxResults }
}

/** Returns the token of the page after a key. */
export function tokenAfter(list: string, key: string): string {
  return Buffer.from(`${list} ${key}`).toString('base64url')
}

/**
 * Returns one page of entries. The caller has read one entry more than the page can have, which shows whether there
 * is a next page.
 *
 * @returns the entries, and the token of the next page if there is one
 */
export function cut<T>(
  list: string,
  entries: readonly T[],
  limit: number,
  keyOf: (entry: T) => string,
): Readonly<{ entries: readonly T[]; NextToken?: string }> {
  const page = entries.slice(0, limit)
  const last = page.at(-1)
  if (entries.length <= limit || last === undefined) return { entries: page }
  return { entries: page, NextToken: tokenAfter(list, keyOf(last)) }
}

function decode(token: string): readonly [list: string, after?: string] {
  const text = Buffer.from(token, 'base64url').toString()
  // No key contains a NUL character, and PostgreSQL rejects it even in queries.
  if (Buffer.from(text).toString('base64url') !== token || text.includes('\0')) return ['']
  const blank = text.indexOf(' ')
  return blank < 0 ? [''] : [text.slice(0, blank), text.slice(blank + 1)]
}
