/**
 * Rule that decided requests, as a link to its page.
 *
 * @module
 */

import type { TotalsRow } from '../api/history.ts'
import { PageLink } from '../parts/page-link.tsx'

type Props = { of: Pick<TotalsRow, 'RuleType' | 'RuleId' | 'RuleName' | 'RoleId'> }

export function RuleName({ of: { RuleType, RuleId, RuleName: name = RuleId, RoleId } }: Props) {
  if (RuleType === 'NONE') return 'No rule'
  if (RuleId === undefined) return '–'
  const id = encodeURIComponent(RuleId)
  if (RuleType === 'ACCESS_CONTROL')
    return <PageLink path={`/access-control/rules/${id}`}>{name}</PageLink>
  return RoleId === undefined ? (
    name
  ) : (
    <PageLink path={`/roles/${RoleId}?rule=${id}`}>{name}</PageLink>
  )
}
