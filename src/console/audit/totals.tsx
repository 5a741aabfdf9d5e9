/**
 * Totals of requests, items, and bytes, grouped by properties that the user chooses.
 *
 * @module
 */

import { useCollection } from '@cloudscape-design/collection-hooks'
import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Multiselect from '@cloudscape-design/components/multiselect'
import Pagination from '@cloudscape-design/components/pagination'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import type { GroupBy, Property, TotalsRow } from '../api/history.ts'
import { useQuery } from '../parts/query.ts'
import { useSearch, withParam } from '../parts/search.ts'
import { Failed } from '../parts/states.tsx'
import { downloadFile } from './download.ts'
import { csvOf } from './export-button.tsx'
import { FilterBar } from './filter-bar.tsx'
import { SEARCHED } from './filters.ts'
import { AuditFrame } from './frame.tsx'
import { NothingFound } from './nothing-found.tsx'
import { csvColumnsOf, GROUPS, readGroups, totalsColumnsOf } from './totals-columns.tsx'
import { useView } from './view.ts'

const PAGE_SIZE = 50
const PROPERTIES = [
  'MAILBOX',
  'PRINCIPAL',
  'ROLE',
  'RULE',
  'OPERATION',
  'VERDICT',
  'REASON',
  'OUTCOME',
  'CAUSE',
] as const satisfies readonly Property[]

export function TotalsPage() {
  const view = useView(PROPERTIES, SEARCHED)
  const { params } = useSearch()
  const groups = readGroups(params)
  const { data, error, isLoading, reload } = useQuery('EwsGateway.SummarizeDecisions', {
    ...view.query,
    GroupBy: [...groups],
  })
  return (
    <AuditFrame>
      <FilterBar view={view} properties={PROPERTIES} searched={SEARCHED} />
      <Groups groups={groups} />
      {data?.Truncated && (
        <Alert type="warning">
          There are more rows than the page can show. Group by fewer properties, or add a filter.
        </Alert>
      )}
      {error !== undefined ? (
        <Failed error={error} onRetry={reload} />
      ) : (
        <Rows
          rows={data?.Rows ?? []}
          groups={groups}
          isLoading={isLoading && data === undefined}
          empty={<NothingFound view={view} what="requests" />}
        />
      )}
    </AuditFrame>
  )
}

function Groups({ groups }: { groups: readonly GroupBy[] }) {
  const { change } = useSearch()
  const options = Object.entries(GROUPS).map(([value, label]) => ({ value, label }))
  return (
    <FormField label="Group by">
      <Multiselect
        selectedOptions={groups.map(value => ({ value, label: GROUPS[value] }))}
        options={options}
        keepOpen
        placeholder="Choose properties"
        expandToViewport
        deselectAriaLabel={option => `Remove ${option.label ?? ''}`}
        onChange={({ detail }) =>
          change(withParam('by', detail.selectedOptions.map(({ value }) => value).join() || 'all'))
        }
      />
    </FormField>
  )
}

type RowsProps = {
  rows: readonly TotalsRow[]
  groups: readonly GroupBy[]
  isLoading: boolean
  empty: React.ReactNode
}

function Rows({ rows, groups, isLoading, empty }: RowsProps) {
  const { items, paginationProps, collectionProps } = useCollection(rows, {
    pagination: { pageSize: PAGE_SIZE },
    sorting: {},
    filtering: { empty },
  })
  return (
    <Table
      {...collectionProps}
      variant="borderless"
      columnDefinitions={totalsColumnsOf(groups)}
      items={items}
      loading={isLoading}
      loadingText="Loading totals"
      header={
        <Header
          variant="h2"
          counter={isLoading ? undefined : `(${rows.length.toLocaleString()})`}
          description="Totals of full hours. By default, they are kept for 400 days."
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button
                iconName="download"
                disabled={rows.length === 0}
                onClick={() => downloadFile('totals.csv', csvOf(rows, csvColumnsOf(groups)))}
              >
                Export CSV
              </Button>
            </SpaceBetween>
          }
        >
          Totals
        </Header>
      }
      pagination={<Pagination {...paginationProps} />}
    />
  )
}
