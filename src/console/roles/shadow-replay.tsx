/**
 * Decides recorded requests of a role again with its draft.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SegmentedControl from '@cloudscape-design/components/segmented-control'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { useState } from 'react'
import { gatewayNow } from '../api/clock.ts'
import type { Replay, ReplayedDifference } from '../api/shadows.ts'
import { useQuery } from '../parts/query.ts'
import { Empty, Failed } from '../parts/states.tsx'
import { differenceColumns } from './shadow-columns.tsx'
import { ShadowCounts } from './shadow-counts.tsx'

const DAY = 86_400
const HOUR = 3_600
const DAYS = [1, 7, 30] as const
const MAX_SHOWN = 100

type Span = Readonly<{ StartTime: number; EndTime: number }>

export function ShadowReplay({ roleId }: { roleId: string }) {
  const [days, setDays] = useState('7')
  const [span, setSpan] = useState<Span>()
  const { data, error, isLoading } = useQuery(
    'EwsGateway.ReplayShadow',
    span && { ImpersonationRoleId: roleId, ...span, MaxResults: MAX_SHOWN },
  )
  return (
    <SpaceBetween size="s">
      {error !== undefined && <Failed error={error} title="Cannot replay the requests" />}
      <Table
        header={
          <Header
            variant="h2"
            counter={data && `(${data.Replayed.Requests.toLocaleString()} requests replayed)`}
            description="Decides recorded requests again with the draft, on the present users and groups. The content of requests is not recorded, so some verdicts are not known."
            actions={
              <Button
                loading={span !== undefined && isLoading}
                onClick={() => setSpan(spanOf(days))}
              >
                Replay requests
              </Button>
            }
          >
            Replay
          </Header>
        }
        filter={
          <SpaceBetween size="s">
            <SegmentedControl
              label="Time"
              selectedId={days}
              options={DAYS.map(count => ({
                id: String(count),
                text: count === 1 ? 'Last day' : `Last ${count} days`,
              }))}
              onChange={({ detail }) => setDays(detail.selectedId)}
            />
            {data && <ShadowCounts counts={data.Replayed} />}
            {data && <Unknown replay={data} />}
          </SpaceBetween>
        }
        columnDefinitions={differenceColumns<ReplayedDifference>()}
        items={data?.Differences ?? []}
        wrapLines
        loading={span !== undefined && isLoading}
        loadingText="Replaying requests"
        footer={
          data?.Truncated && (
            <Box>The table has the {MAX_SHOWN} differences with the most requests.</Box>
          )
        }
        empty={
          data === undefined ? (
            <Empty title="Not replayed">Choose a time, and replay the requests.</Empty>
          ) : (
            <Empty title="No differences" />
          )
        }
      />
    </SpaceBetween>
  )
}

/** Returns whole hours up to now. */
function spanOf(days: string): Span {
  const EndTime = Math.ceil(gatewayNow() / 1_000 / HOUR) * HOUR
  return { StartTime: EndTime - Number(days) * DAY, EndTime }
}

const CAUSES = {
  Body: 'depend on the content of the request',
  Folders: 'depend on the classes of folders or items',
  User: 'are of users that no longer exist, or are disabled',
  Role: 'depend on the content, and the role was changed since',
} as const satisfies Record<keyof Replay['UnknownCauses'], string>

/** Says why verdicts are not known. */
function Unknown({ replay: { UnknownCauses, NotDecided } }: { replay: Replay }) {
  const causes = (Object.keys(CAUSES) as (keyof typeof CAUSES)[])
    .filter(cause => UnknownCauses[cause] > 0)
    .map(cause => `${UnknownCauses[cause].toLocaleString()} ${CAUSES[cause]}`)
  if (causes.length + NotDecided === 0) return null
  return (
    <Box color="text-body-secondary">
      {causes.length > 0 && <div>Of the verdicts that are not known, {causes.join('; ')}.</div>}
      {NotDecided > 0 && (
        <div>
          {NotDecided.toLocaleString()} requests failed before a decision, and are left out.
        </div>
      )}
    </Box>
  )
}
