/**
 * Reads all principals at once, because there are only as many as tools and administrators.
 *
 * @module
 */

import type { Principal } from '../api/principals.ts'
import { type Query, type Reading, useRead } from '../parts/query.ts'

const PAGE = 100

export const usePrincipals = (): Query<readonly Principal[]> => useRead('principals', readAll)

/** Reads one principal. `principal` is undefined if it doesn't exist. */
export function usePrincipal(id: string): Query<{ principal: Principal | undefined }> {
  return useRead(`principal ${id}`, async call => ({
    principal: (await readAll(call)).find(({ PrincipalId }) => PrincipalId === id),
  }))
}

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
