/**
 * Reads all principals at once, because there are only as many as tools and administrators.
 *
 * @module
 */

import type { Principal } from '../api/principals.ts'
import { type Query, type Reading, useRead } from '../parts/query.ts'

const PAGE = 100

/** @param mayRead - false to read nothing */
export const usePrincipals = (mayRead = true): Query<readonly Principal[]> =>
  useRead('principals', mayRead ? readAll : undefined)

export async function readAll(call: Reading): Promise<readonly Principal[]> {
  const all: Principal[] = []
  let next: string | undefined
  do {
    const answer = await call('EwsGateway.ListPrincipals', {
      MaxResults: PAGE,
      ...(next !== undefined && { NextToken: next }),
    })
    all.push(...answer.Principals)
    next = answer.NextToken
  } while (next !== undefined)
  return all
}
