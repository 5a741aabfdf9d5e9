/**
 * Use of a role, principal, or mailbox over time: requests by outcome, operations, and why requests were denied.
 *
 * @module
 */

import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ReactNode } from 'react'
import { type Bounds, MONTH_LONG } from '../audit/period.ts'
import { WHY, whyColumnsOf } from '../audit/totals-columns.tsx'
import { TotalsTable } from '../audit/totals-table.tsx'
import { chartTimeOf, useView } from '../audit/view.ts'
import { useQuery } from '../parts/query.ts'
import { Empty, Failed } from '../parts/states.tsx'
import type { DecisionFilter, DecisionGroup } from './audit-path.ts'
import { PeriodControl } from './period-control.tsx'
import { RequestsChart } from './requests-chart.tsx'

type Props = {
  /** Condition that all requests match. */
  filter: DecisionFilter
  /** Properties that the tables show in addition to operations and reasons. */
  groups: readonly DecisionGroup[]
  description: string
  actions?: ReactNode
}

const ALLOWED: readonly DecisionFilter[] = [
  { Property: 'VERDICT', Operator: 'EQUALS', Value: 'ALLOW' },
]

/** Values of one property are alternatives. */
const UNSERVED: readonly DecisionFilter[] = ['DENIED', 'FAILED', 'ABORTED'].map(Value => ({
  Property: 'OUTCOME',
  Operator: 'EQUALS',
  Value,
}))

export function UseOverTime({ filter, groups, description, actions }: Props) {
  const view = useView<never>([], { fallback: MONTH_LONG })
  const time = chartTimeOf(view)
  const shared = { time, filter }
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={description}
          actions={
            <SpaceBetween direction="horizontal" size="m" alignItems="center">
              {actions}
              <PeriodControl view={view} />
            </SpaceBetween>
          }
        >
          Use over time
        </Header>
      }
    >
      <SpaceBetween size="l">
        <RequestsChart title="Use over time" bounds={time} filters={[filter]} />
        <Totals
          {...shared}
          title="Operations"
          description="Allowed requests."
          file="operations"
          filters={ALLOWED}
          groups={[...groups, 'OPERATION']}
          empty="No allowed requests"
        />
        <Totals
          {...shared}
          title="Denied, failed, and aborted requests"
          description="With the reason of a denial, and the cause of a failure."
          file="denied-and-failed"
          filters={UNSERVED}
          groups={[...groups, 'OPERATION', ...WHY]}
          columns={whyColumnsOf([...groups, 'OPERATION'], ['requests', 'last'])}
          empty="No denied, failed, or aborted requests"
        />
      </SpaceBetween>
    </Container>
  )
}

type TotalsProps = {
  time: Bounds
  filter: DecisionFilter
  filters: readonly DecisionFilter[]
  groups: readonly DecisionGroup[]
  title: string
  description: string
  file: string
  empty: string
  columns?: ReturnType<typeof whyColumnsOf>
}

function Totals({ time, filter, filters, groups, empty, ...texts }: TotalsProps) {
  const { data, error, reload } = useQuery('EwsGateway.SummarizeDecisions', {
    ...time,
    GroupBy: [...groups],
    Filters: [filter, ...filters],
  })
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  return (
    <TotalsTable
      {...texts}
      variant="embedded"
      groups={groups}
      rows={data?.Rows ?? []}
      isTruncated={data?.Truncated}
      isLoading={data === undefined}
      empty={<Empty title={empty} />}
    />
  )
}
