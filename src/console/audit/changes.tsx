/**
 * Changes and issued tokens, the newest first.
 *
 * @module
 */

import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import type { Change } from '../api/history.ts'
import { usePages } from '../parts/pages.ts'
import { Failed } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { To } from '../parts/to.tsx'
import { ExportButton } from './export-button.tsx'
import { FilterBar } from './filter-bar.tsx'
import type { Property } from './filters.ts'
import { AuditFrame } from './frame.tsx'
import { NothingFound } from './nothing-found.tsx'
import { changeInWords } from './record.ts'
import { Verdict } from './verdict.tsx'
import { useView } from './view.ts'

const PAGE_SIZE = 50
const PROPERTIES: readonly Property[] = ['ACTION', 'PRINCIPAL', 'ROLE', 'VERDICT', 'REASON']

export function ChangesPage() {
  const view = useView(PROPERTIES)
  const { data, error, isLoading, pagination, reload } = usePages('EwsGateway.ListChanges', {
    ...view.query,
    MaxResults: PAGE_SIZE,
  })
  return (
    <AuditFrame>
      <FilterBar view={view} properties={PROPERTIES} />
      {error !== undefined ? (
        <Failed error={error} onRetry={reload} />
      ) : (
        <Table
          variant="borderless"
          columnDefinitions={COLUMNS}
          items={data?.Changes ?? []}
          trackBy="DecisionId"
          loading={isLoading && data === undefined}
          loadingText="Loading changes"
          header={
            <Header
              variant="h2"
              description="What administrators changed or tried to, and tokens that were issued."
              actions={
                <ExportButton
                  target="EwsGateway.ListChanges"
                  input={view.query}
                  rowsOf={answer => answer.Changes}
                  name="changes"
                  columns={CSV}
                />
              }
            >
              Changes
            </Header>
          }
          pagination={<Pagination {...pagination} />}
          empty={<NothingFound view={view} what="changes" />}
        />
      )}
    </AuditFrame>
  )
}

const COLUMNS: TableProps.ColumnDefinition<Change>[] = [
  {
    id: 'time',
    header: 'Time',
    isRowHeader: true,
    cell: ({ DecisionId, Time: at }) => (
      <To path={`/audit/records/${DecisionId}`}>
        <Time at={at} />
      </To>
    ),
  },
  { id: 'action', header: 'Action', cell: ({ Action }) => Action.replace(/^\w+:/, '') },
  { id: 'verdict', header: 'Decision', cell: ({ Verdict: verdict }) => <Verdict of={verdict} /> },
  {
    id: 'what',
    header: 'What changed',
    cell: ({ Before, After, Reason }) => Reason ?? (changeInWords(Before, After) || '–'),
  },
  {
    id: 'principal',
    header: 'By',
    cell: ({ PrincipalId, PrincipalName }) =>
      PrincipalId === undefined ? (
        'The command line'
      ) : (
        <To path={`/principals/${PrincipalId}`}>{PrincipalName ?? PrincipalId}</To>
      ),
  },
  { id: 'from', header: 'From', cell: ({ SourceAddress }) => SourceAddress ?? '–' },
]

const CSV = {
  time: (row: Change) => new Date(row.Time * 1_000).toISOString(),
  action: (row: Change) => row.Action,
  decision: (row: Change) => row.Verdict,
  reason: (row: Change) => row.Reason,
  principal: (row: Change) => row.PrincipalName,
  principalId: (row: Change) => row.PrincipalId,
  roleId: (row: Change) => row.RoleId,
  sourceAddress: (row: Change) => row.SourceAddress,
  before: (row: Change) => row.Before && JSON.stringify(row.Before),
  after: (row: Change) => row.After && JSON.stringify(row.After),
  decisionId: (row: Change) => row.DecisionId,
}
