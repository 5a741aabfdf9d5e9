/**
 * Principals, mailboxes, and reasons with the most requests. Each leads to its requests in the audit.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import type { TotalsRow } from '../api/history.ts'
import { chartTimeOf, type View } from '../audit/view.ts'
import { PageLink } from '../parts/page-link.tsx'
import { useQuery } from '../parts/query.ts'
import { Failed, Loading } from '../parts/states.tsx'
import { REASONS } from '../roles/words.ts'
import { useSession } from '../session/session.ts'
import { auditPath, type DecisionFilter, type DecisionGroup } from '../use/audit-path.ts'

const MAX_ROWS = 5

type List = Readonly<{
  title: string
  property: DecisionGroup
  filters: readonly DecisionFilter[]
  /** Returns the value for the filter, or undefined if the row has none. */
  keyOf: (row: TotalsRow) => string | undefined
  nameOf: (row: TotalsRow) => string | undefined
  empty: string
}>

const LISTS: readonly List[] = [
  {
    title: 'Principals with most requests',
    property: 'PRINCIPAL',
    filters: [],
    keyOf: ({ PrincipalId }) => PrincipalId,
    nameOf: ({ PrincipalName }) => PrincipalName,
    empty: 'No requests',
  },
  {
    title: 'Mailboxes with most requests',
    property: 'MAILBOX',
    filters: [],
    keyOf: ({ UserId }) => UserId,
    nameOf: ({ Mailbox }) => Mailbox,
    empty: 'No requests to mailboxes',
  },
  {
    title: 'Most frequent reasons',
    property: 'REASON',
    filters: [{ Property: 'VERDICT', Operator: 'NOT_EQUALS', Value: 'ALLOW' }],
    keyOf: ({ Reason }) => Reason,
    nameOf: ({ Reason = '' }) => REASONS[Reason],
    empty: 'No denied requests',
  },
]

export const TopLists = ({ view }: { view: View<never> }) => (
  <div className="top-lists">
    {LISTS.map(list => (
      <TopList key={list.property} list={list} view={view} />
    ))}
  </div>
)

function TopList({ list, view }: { list: List; view: View<never> }) {
  const { title, property, filters, keyOf, empty } = list
  const { data, error, reload } = useQuery('EwsGateway.SummarizeDecisions', {
    ...chartTimeOf(view),
    GroupBy: [property],
    Filters: [...filters],
    // One more, because requests without a value are not shown.
    MaxResults: MAX_ROWS + 1,
  })
  const rows = data?.Rows.filter(row => keyOf(row) !== undefined).slice(0, MAX_ROWS)
  return (
    <div>
      <Box variant="h3">{title}</Box>
      {error !== undefined && <Failed error={error} onRetry={reload} />}
      {rows === undefined && error === undefined && <Loading what="totals" />}
      {rows?.length === 0 && <Box color="text-body-secondary">{empty}</Box>}
      <ol className="top">
        {rows?.map(row => (
          <Row key={keyOf(row)} list={list} row={row} view={view} />
        ))}
      </ol>
    </div>
  )
}

function Row({ list, row, view }: { list: List; row: TotalsRow; view: View<never> }) {
  const { may } = useSession()
  const { property, filters, keyOf, nameOf } = list
  const value = keyOf(row) ?? ''
  const name = nameOf(row) ?? value
  const path = auditPath(view.period, [
    { Property: property, Operator: 'EQUALS', Value: value },
    ...filters,
  ])
  return (
    <li>
      {may('ewsgateway:ListDecisions') ? <PageLink path={path}>{name}</PageLink> : name}
      <span>{row.Requests.toLocaleString()}</span>
    </li>
  )
}
