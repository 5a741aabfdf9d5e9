/**
 * Requests over time by outcome, with totals from the history.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import { lazy, Suspense } from 'react'
import type { Bounds } from '../audit/period.ts'
import { useQuery } from '../parts/query.ts'
import { Empty, Failed, Loading } from '../parts/states.tsx'
import { useSession } from '../session/session.ts'
import { auditPath, type DecisionFilter } from './audit-path.ts'
import { type ChartOutcome, seriesOf, unitOf } from './buckets.ts'

const OutcomeChart = lazy(async () => ({
  default: (await import('./outcome-chart.tsx')).OutcomeChart,
}))

type Props = {
  title: string
  bounds: Bounds
  filters?: readonly DecisionFilter[]
}

export function RequestsChart({ title, bounds, filters = [] }: Props) {
  const { may } = useSession()
  const { data, error, reload } = useQuery('EwsGateway.SummarizeDecisions', {
    ...bounds,
    GroupBy: [unitOf(bounds), 'OUTCOME'],
    Filters: [...filters],
  })
  const pathOf = (outcome: ChartOutcome, bar: Bounds) =>
    auditPath(bar, [
      ...filters,
      ...(outcome === 'PENDING'
        ? []
        : [{ Property: 'OUTCOME', Operator: 'EQUALS', Value: outcome } as const]),
    ])
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  if (data === undefined) return <Loading what="requests" />
  if (data.Rows.length === 0)
    return <Empty title="No requests">Choose a longer time. Requests appear within a second.</Empty>
  return (
    <>
      <Suspense fallback={<Loading what="chart" />}>
        <OutcomeChart
          title={title}
          series={seriesOf(data.Rows, bounds)}
          bounds={bounds}
          pathOf={may('ewsgateway:ListDecisions') ? pathOf : undefined}
        />
      </Suspense>
      <Box variant="small" color="text-body-secondary">
        {GRANULARITY[unitOf(bounds)]}
      </Box>
    </>
  )
}

const GRANULARITY = {
  HOUR: 'The gateway counts requests in whole hours. The bar of the current hour is incomplete.',
  DAY: 'Days are in UTC. The bar of the current day is incomplete.',
} as const
