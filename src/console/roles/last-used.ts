/**
 * When something was last used, from the sums.
 *
 * @module
 */

import { useState } from 'react'
import type { Filter, Sum } from '../api/history.ts'
import { useQuery } from '../parts/query.ts'
import { useSession } from '../session/session.ts'

/** So far back the sums are kept by default, in seconds. */
const KEPT = 400 * 86_400
/** In seconds: a clock that differs hides nothing. */
const AHEAD = 60

const LET_THROUGH: Filter = { Property: 'VERDICT', Operator: 'EQUALS', Value: 'ALLOW' }

/** Seconds since 1970 by role id; undefined where nobody may ask, or not yet. */
export const useLastUseOfRoles = () => useLastUse('ROLE', [], ({ RoleId }) => RoleId)

/** The same by principal id, of one role. */
export const useLastUseByPrincipals = (roleId: string) =>
  useLastUse(
    'PRINCIPAL',
    [{ Property: 'ROLE', Operator: 'EQUALS', Value: roleId }],
    ({ PrincipalId }) => PrincipalId,
  )

function useLastUse(
  by: 'ROLE' | 'PRINCIPAL',
  filters: readonly Filter[],
  idOf: (sum: Sum) => string | undefined,
): ReadonlyMap<string, number> | undefined {
  const { may } = useSession()
  const [until] = useState(() => Math.ceil(Date.now() / 1_000) + AHEAD)
  const { data } = useQuery(
    'EwsGateway.SummarizeDecisions',
    may('ewsgateway:SummarizeDecisions')
      ? {
          StartTime: until - KEPT,
          EndTime: until,
          GroupBy: [by],
          Filters: [...filters, LET_THROUGH],
        }
      : undefined,
  )
  return data && new Map(data.Rows.map(row => [idOf(row) ?? '', row.LastUsed]))
}
