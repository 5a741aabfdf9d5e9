/**
 * When each role was last used to act as a user, from the sums.
 *
 * @module
 */

import { useState } from 'react'
import { useQuery } from '../parts/query.ts'
import { useSession } from '../session/session.ts'

/** So far back the sums are kept by default, in seconds. */
const KEPT = 400 * 86_400

/** By role id, in seconds since 1970; undefined where the session may not ask, or not yet. */
export function useLastUsed(userId: string): ReadonlyMap<string, number> | undefined {
  const { may } = useSession()
  const [until] = useState(() => Math.ceil(Date.now() / 1_000))
  const { data } = useQuery(
    'EwsGateway.SummarizeDecisions',
    may('ewsgateway:SummarizeDecisions')
      ? {
          StartTime: until - KEPT,
          EndTime: until,
          GroupBy: ['ROLE'],
          Filters: [
            { Property: 'MAILBOX', Operator: 'EQUALS', Value: userId },
            { Property: 'VERDICT', Operator: 'EQUALS', Value: 'ALLOW' },
          ],
        }
      : undefined,
  )
  return data && new Map(data.Rows.map(({ RoleId = '', LastUsed }) => [RoleId, LastUsed]))
}
