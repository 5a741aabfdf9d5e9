/**
 * Roles, rules, exceptions, principals, and access keys that end in 30 days.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { lazy, Suspense } from 'react'
import { useQuery } from '../parts/query.ts'
import { Empty, Failed, Loading } from '../parts/states.tsx'

/** Loaded if something ends, because tables are large. */
const EndsTable = lazy(async () => ({ default: (await import('./ends-table.tsx')).EndsTable }))

export function Ends() {
  const { data, error, isLoading, reload } = useQuery('EwsGateway.ListEnds', {})
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  const ends = data?.Ends ?? []
  const header = (
    <Header
      variant="h2"
      counter={data && `(${ends.length})`}
      description="Roles, rules, exceptions, principals, and access keys that end unless you change them."
    >
      Ends in 30 days
    </Header>
  )
  return (
    <SpaceBetween size="s">
      {ends.some(({ Kind }) => Kind === 'ADMINISTRATOR_KEY') && (
        <Alert type="warning" header="An access key of an administrator ends in 30 days">
          Create another one in time. If no administrator can sign in any more, run ews-gateway
          admin create-key on the machine of the gateway.
        </Alert>
      )}
      {ends.length === 0 ? (
        <Container header={header}>
          {data === undefined && isLoading ? (
            <Loading what="what ends" />
          ) : (
            <Empty title="Nothing ends in 30 days">
              Roles, rules, exceptions, principals, and access keys can have an end.
            </Empty>
          )}
        </Container>
      ) : (
        <Suspense fallback={<Loading what="what ends" />}>
          <EndsTable ends={ends} header={header} />
        </Suspense>
      )}
    </SpaceBetween>
  )
}
