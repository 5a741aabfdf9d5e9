/**
 * Totals of requests, items, and bytes, grouped by properties that the user chooses.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import FormField from '@cloudscape-design/components/form-field'
import Multiselect from '@cloudscape-design/components/multiselect'
import type { GroupBy, Property } from '../api/history.ts'
import { useQuery } from '../parts/query.ts'
import { useSearch, withParam } from '../parts/search.ts'
import { Failed } from '../parts/states.tsx'
import { FilterBar } from './filter-bar.tsx'
import { SEARCHED } from './filters.ts'
import { AuditFrame } from './frame.tsx'
import { NothingFound } from './nothing-found.tsx'
import { GROUPS, readGroups } from './totals-columns.tsx'
import { TotalsTable } from './totals-table.tsx'
import { useView } from './view.ts'

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
  const view = useView(PROPERTIES, { searched: SEARCHED })
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
        <TotalsTable
          variant="borderless"
          title="Totals"
          description="Totals of full hours. By default, they are kept for 400 days."
          file="totals"
          rows={data?.Rows ?? []}
          groups={groups}
          isTruncated={data?.Truncated}
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
