/**
 * Requests for which the draft of a role had another verdict than the role.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import type { ShadowDifference } from '../api/shadows.ts'
import { PageLink } from '../parts/page-link.tsx'
import { usePages } from '../parts/pages.ts'
import { useLast } from '../parts/query.ts'
import { Empty, Failed } from '../parts/states.tsx'
import { differenceColumns } from './shadow-columns.tsx'
import { ShadowCounts } from './shadow-counts.tsx'

const PAGE_SIZE = 20

export function ShadowDifferences({ roleId }: { roleId: string }) {
  const { data, error, isLoading, pagination, reload } = usePages(
    'EwsGateway.ListShadowDifferences',
    { ImpersonationRoleId: roleId, MaxResults: PAGE_SIZE },
  )
  const compared = useLast(data?.Compared)
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  return (
    <Table
      header={
        <Header
          variant="h2"
          counter={compared && `(${compared.Requests.toLocaleString()} requests compared)`}
          description="Requests that the draft has decided in another way than the role, by principal, mailbox, and operation, since the draft was attached."
          actions={<Button iconName="refresh" ariaLabel="Refresh differences" onClick={reload} />}
        >
          Differences
        </Header>
      }
      filter={compared && <ShadowCounts counts={compared} />}
      pagination={<Pagination {...pagination} />}
      columnDefinitions={COLUMNS}
      items={data?.Differences ?? []}
      wrapLines
      loading={isLoading && data === undefined}
      loadingText="Loading differences"
      empty={
        <Empty title="No differences">
          {compared?.Requests === 0
            ? 'No request has been compared yet. Requests appear within a second.'
            : 'The draft has decided all requests as the role has.'}
        </Empty>
      }
    />
  )
}

const COLUMNS: TableProps.ColumnDefinition<ShadowDifference>[] = [
  ...differenceColumns<ShadowDifference>(),
  {
    id: 'examples',
    header: 'Examples',
    minWidth: 95,
    cell: ({ DecisionIds }) =>
      DecisionIds.length === 0 ? (
        <Box color="text-body-secondary">–</Box>
      ) : (
        <SpaceBetween direction="horizontal" size="xs">
          {DecisionIds.map((id, n) => (
            <PageLink key={id} path={`/audit/records/${id}`}>
              Request {n + 1}
            </PageLink>
          ))}
        </SpaceBetween>
      ),
  },
]
