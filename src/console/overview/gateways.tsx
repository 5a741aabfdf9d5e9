/**
 * The gateways that share the store, as they have shown themselves.
 *
 * @module
 */

import Header from '@cloudscape-design/components/header'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table from '@cloudscape-design/components/table'
import { useQuery } from '../parts/query.ts'
import { Empty, Failed } from '../parts/states.tsx'
import { Ago, Time } from '../parts/time.tsx'

/** In seconds: they show themselves every ten. */
const SILENT = 45

export function Gateways() {
  const { data, error, reload } = useQuery('EwsGateway.ListGateways', {})
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  const now = Date.now() / 1_000
  return (
    <Table
      items={data?.Gateways ?? []}
      loading={data === undefined}
      loadingText="Loading gateways"
      trackBy="GatewayId"
      wrapLines
      header={
        <Header
          variant="h2"
          counter={data && `(${data.Gateways.length})`}
          description="Seen within a day, those of the same store."
        >
          Gateways
        </Header>
      }
      empty={<Empty title="None has shown itself yet">A gateway does every ten seconds.</Empty>}
      columnDefinitions={[
        { id: 'host', header: 'Host', isRowHeader: true, cell: ({ Host }) => Host },
        {
          id: 'state',
          header: 'State',
          minWidth: 130,
          cell: ({ DateSeen }) =>
            now - DateSeen < SILENT ? (
              <StatusIndicator type="success">Running</StatusIndicator>
            ) : (
              <StatusIndicator type="stopped">
                Last seen <Ago at={DateSeen} />
              </StatusIndicator>
            ),
        },
        { id: 'version', header: 'Version', cell: ({ Version }) => Version },
        {
          id: 'started',
          header: 'Started',
          minWidth: 150,
          cell: ({ DateStarted }) => <Time at={DateStarted} />,
        },
      ]}
    />
  )
}
