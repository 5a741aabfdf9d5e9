/**
 * Charts of the requests of the last hours, by outcome.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import { useState } from 'react'
import type { TotalsRow } from '../api/history.ts'
import { useQuery } from '../parts/query.ts'
import { Failed, Loading } from '../parts/states.tsx'
import { type Bar, Bars } from './bars.tsx'

const HOURS = 24
const HOUR = 3_600

export function Traffic() {
  const [end] = useState(() => (Math.floor(Date.now() / 1_000 / HOUR) + 1) * HOUR)
  const start = end - HOURS * HOUR
  const { data, error, reload } = useQuery('EwsGateway.SummarizeDecisions', {
    StartTime: start,
    EndTime: end,
    GroupBy: ['HOUR', 'OUTCOME'],
  })
  return (
    <Container
      header={
        <Header variant="h2" description={`Requests per hour in the last ${HOURS} hours.`}>
          Requests
        </Header>
      }
    >
      {error !== undefined && <Failed error={error} onRetry={reload} />}
      {data === undefined && error === undefined && <Loading what="totals" />}
      {data?.Rows.length === 0 && (
        <Box color="text-body-secondary" padding={{ bottom: 's' }}>
          No requests. Requests of tools appear here.
        </Box>
      )}
      {data && (
        <ColumnLayout columns={2}>
          <Bars title="Answered" tone="good" bars={hours(data.Rows, start, GOOD)} />
          <Bars title="Denied, failed, or aborted" tone="bad" bars={hours(data.Rows, start, BAD)} />
        </ColumnLayout>
      )}
    </Container>
  )
}

type Outcome = TotalsRow['Outcome']

/** Requests in progress have no outcome. */
const GOOD: readonly Outcome[] = ['ANSWERED', undefined]
const BAD: readonly Outcome[] = ['DENIED', 'FAILED', 'ABORTED']

/** Returns one bar for each hour, including hours without requests. */
function hours(rows: readonly TotalsRow[], start: number, outcomes: readonly Outcome[]): Bar[] {
  const counts = new Map<number, number>()
  for (const { Hour, Outcome, Requests } of rows)
    if (Hour !== undefined && outcomes.includes(Outcome))
      counts.set(Hour, (counts.get(Hour) ?? 0) + Requests)
  return Array.from({ length: HOURS }, (_, i) => {
    const at = start + i * HOUR
    return { at, count: counts.get(at) ?? 0 }
  })
}
