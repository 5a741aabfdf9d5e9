/**
 * Requests of the organization: over time by outcome, and the most frequent principals, mailboxes, and reasons.
 *
 * @module
 */

import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { chartTimeOf, useView } from '../audit/view.ts'
import { PeriodControl } from '../use/period-control.tsx'
import { RequestsChart } from '../use/requests-chart.tsx'
import { TopLists } from './top-lists.tsx'

export function Traffic() {
  const view = useView<never>([])
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={<PeriodControl view={view} />}
          description="Requests by outcome. Choose a bar to see its numbers, with links to its requests in the audit."
        >
          Requests
        </Header>
      }
    >
      <SpaceBetween size="l">
        <RequestsChart title="Requests by outcome" bounds={chartTimeOf(view)} />
        <TopLists view={view} />
      </SpaceBetween>
    </Container>
  )
}
