/**
 * Health of the server behind the gateway and of the parts of the gateway, each with a remedy if it is in trouble.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import StatusIndicator, {
  type StatusIndicatorProps,
} from '@cloudscape-design/components/status-indicator'
import type { ReactNode } from 'react'
import type { HealthCheck, Overview } from '../api/overview.ts'
import { Time } from '../parts/time.tsx'

export function HealthStatus({ overview }: { overview: Overview }) {
  const { Health, Upstream, DateCertificateEnds } = overview
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Checks of the gateway that serves this page. Each gateway reports its own checks at /readyz of its ops listener."
        >
          Health
        </Header>
      }
    >
      <KeyValuePairs
        columns={4}
        items={[
          { label: 'Exchange server', value: <UpstreamStatus upstream={Upstream} /> },
          ...Health.map(check => ({
            label: LABELS[check.Name],
            value: (
              <CheckStatus check={check}>
                {check.Name === 'certificate' && DateCertificateEnds !== undefined && (
                  <>
                    Valid until <Time at={DateCertificateEnds} />
                  </>
                )}
              </CheckStatus>
            ),
          })),
        ]}
      />
    </Container>
  )
}

const LABELS: Readonly<Record<HealthCheck['Name'], string>> = {
  policy: 'Policy data',
  store: 'Store',
  cache: 'Cache',
  audit: 'Audit journal',
  delivery: 'Audit receivers',
  disk: 'Audit disk',
  memory: 'Memory and files',
  'master-key': 'Master key',
  certificate: 'Certificate',
  directory: 'Directory',
}

const CHECK_STATES = {
  pass: ['success', 'Works'],
  warn: ['warning', 'Needs attention'],
  fail: ['error', 'Requests fail'],
} as const satisfies Record<HealthCheck['Status'], readonly [StatusIndicatorProps.Type, string]>

function CheckStatus({ check, children }: { check: HealthCheck; children: ReactNode }) {
  const [type, text] = CHECK_STATES[check.Status]
  return (
    <>
      <StatusIndicator type={type}>{text}</StatusIndicator>
      <Box color="text-body-secondary">{check.Message ?? children}</Box>
    </>
  )
}

const UPSTREAM_STATES = {
  unknown: ['pending', 'No requests yet'],
  up: ['success', 'Available'],
  degraded: ['warning', 'Some requests fail'],
  down: ['error', 'Unavailable'],
  'credentials-rejected': ['error', "Rejects the gateway's account"],
} as const satisfies Record<
  Overview['Upstream']['State'],
  readonly [StatusIndicatorProps.Type, string]
>

function UpstreamStatus({ upstream }: { upstream: Overview['Upstream'] }) {
  const { State, DateChanged, Message, Remedy } = upstream
  const [type, text] = UPSTREAM_STATES[State]
  return (
    <>
      <StatusIndicator type={type} wrapText>
        {text}
      </StatusIndicator>
      <Box color="text-body-secondary">
        Since <Time at={DateChanged} />
        {Message !== undefined && `. ${Message}. ${Remedy ?? ''}`}
      </Box>
    </>
  )
}
