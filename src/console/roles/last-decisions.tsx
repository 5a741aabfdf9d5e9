/**
 * Recent decisions on requests in a role.
 *
 * @module
 */

import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table from '@cloudscape-design/components/table'
import { useState } from 'react'
import { gatewayNow } from '../api/clock.ts'
import type { Decision, Verdict } from '../api/history.ts'
import { TIME } from '../audit/columns.tsx'
import { useQuery } from '../parts/query.ts'
import { Empty, Failed } from '../parts/states.tsx'
import { reasonInWords } from './words.ts'

const DAYS = 7
const MAX_SHOWN = 10

export function LastDecisions({ roleId }: { roleId: string }) {
  const [until, setUntil] = useState(soon)
  const { data, error, isLoading, reload } = useQuery('EwsGateway.ListDecisions', {
    StartTime: until - DAYS * 86_400,
    EndTime: until,
    Filters: [{ Property: 'ROLE', Operator: 'EQUALS', Value: roleId }],
    MaxResults: MAX_SHOWN,
  })
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  return (
    <Table<Decision>
      items={data?.Decisions ?? []}
      loading={data === undefined && isLoading}
      loadingText="Loading decisions"
      trackBy="DecisionId"
      wrapLines
      header={
        <Header
          variant="h2"
          description={`The latest ${MAX_SHOWN} of the last ${DAYS} days, newest first.`}
          actions={
            <Button
              iconName="refresh"
              ariaLabel="Refresh decisions"
              onClick={() => setUntil(soon())}
            />
          }
        >
          Recent decisions
        </Header>
      }
      empty={<Empty title="No requests">Requests of tools in this role appear here.</Empty>}
      columnDefinitions={[
        TIME,
        {
          id: 'verdict',
          header: 'Decision',
          minWidth: 220,
          cell: decision => <DecisionStatus decision={decision} />,
        },
        {
          id: 'tool',
          header: 'Principal',
          minWidth: 120,
          cell: ({ PrincipalName }) => PrincipalName,
        },
        { id: 'mailbox', header: 'Mailbox', minWidth: 150, cell: ({ Mailbox }) => Mailbox },
        { id: 'operation', header: 'Operation', cell: ({ Operation }) => Operation },
        { id: 'source', header: 'Source address', cell: ({ SourceAddress }) => SourceAddress },
      ]}
    />
  )
}

/** Returns a time one minute ahead, so that a clock difference hides no decisions. */
const soon = () => Math.ceil(gatewayNow() / 1_000) + 60

const STATUS: Readonly<Record<Verdict, readonly ['success' | 'error' | 'warning', string]>> = {
  ALLOW: ['success', 'Allowed'],
  DENY: ['error', 'Denied'],
  ERROR: ['warning', 'Failed'],
}

export function DecisionStatus({ decision }: { decision: Decision }) {
  const [type, text] = STATUS[decision.Verdict]
  return (
    <>
      <StatusIndicator type={type}>{text}</StatusIndicator>
      {decision.Reason !== undefined && <div>{reasonInWords(decision.Reason)}</div>}
    </>
  )
}
