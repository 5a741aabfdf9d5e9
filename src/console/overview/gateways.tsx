/**
 * Gateways that share the store, with the time of their last heartbeat.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { gatewayNow } from '../api/clock.ts'
import type { Gateway } from '../api/overview.ts'
import { useQuery } from '../parts/query.ts'
import { Empty, Failed, Loading } from '../parts/states.tsx'
import { Ago, Time } from '../parts/time.tsx'

/** Age of a heartbeat, in seconds, after which a gateway counts as stopped. Gateways send one every ten seconds. */
const SILENT_SECONDS = 45

export function Gateways() {
  const { data, error, reload } = useQuery('EwsGateway.ListGateways', {})
  return (
    <Container
      header={
        <Header
          variant="h2"
          counter={data && `(${data.Gateways.length})`}
          description="Gateways that use the same database. A stopped gateway stays in the list for a day."
        >
          Gateways
        </Header>
      }
    >
      {error !== undefined && <Failed error={error} onRetry={reload} />}
      {data === undefined && error === undefined && <Loading what="gateways" />}
      {data?.Gateways.length === 0 && (
        <Empty title="No gateways">A gateway appears within ten seconds after it starts.</Empty>
      )}
      {data && (
        <ColumnLayout columns={4} variant="text-grid">
          {data.Gateways.map(gateway => (
            <GatewayStatus key={gateway.GatewayId} gateway={gateway} />
          ))}
        </ColumnLayout>
      )}
    </Container>
  )
}

function GatewayStatus({
  gateway: { Host, Version, DateStarted, DateSeen },
}: {
  gateway: Gateway
}) {
  const isRunning = gatewayNow() / 1_000 - DateSeen < SILENT_SECONDS
  return (
    <div>
      <Box variant="h3" fontSize="heading-xs">
        {Host}
      </Box>
      {isRunning ? (
        <StatusIndicator type="success">Running</StatusIndicator>
      ) : (
        <StatusIndicator type="stopped">
          Last seen <Ago at={DateSeen} />
        </StatusIndicator>
      )}
      <Box variant="small" color="text-body-secondary" display="block">
        Version {Version}, started <Time at={DateStarted} />
      </Box>
    </div>
  )
}
