/**
 * Pages of a list, by the last key that was read: what is written meanwhile moves no other entry.
 *
 * @module
 */

import { invalid } from './problems.ts'

const PAGE = 100

export type PageRequest = Readonly<{ NextToken?: string; MaxResults?: number }>

/**
 * The key after which a page begins, and how many entries it has.
 *
 * A token only says where to begin in a list of the caller's own organization, so an invented one
 * can show nothing that a good one would not.
 *
 * @param list - of which a token must be
 * @throws ApiError InvalidParameterException
 */
export function pageOf(list: string, { NextToken, MaxResults = PAGE }: PageRequest) {
  if (NextToken === undefined) return { limit: MaxResults }
  const [of, after] = decode(NextToken)
  if (of !== list || after === undefined)
    throw invalid('NextToken must be what an answer of this operation gave')
  return { after, limit: MaxResults }
}

/** The token of the page after `key`. */
export function tokenAfter(list: string, key: string): string {
  return Buffer.from(`${list} ${key}`).toString('base64url')
}

/**
 * One page of what was read with one entry more than asked for.
 *
 * @returns the entries, and the token of the next page where there is one
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
  if (Buffer.from(text).toString('base64url') !== token) return ['']
  const blank = text.indexOf(' ')
  return blank < 0 ? [''] : [text.slice(0, blank), text.slice(blank + 1)]
}
