/**
 * Page with all principals and their permissions.
 *
 * @module
 */

import { useCollection } from '@cloudscape-design/collection-hooks'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import type { Principal } from '../api/principals.ts'
import { PageLink } from '../parts/page-link.tsx'
import { useRoles } from '../parts/roles.ts'
import { Empty, Failed } from '../parts/states.tsx'
import { go } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { usePrincipals } from './all.ts'
import { policyInWords } from './policy-words.ts'
import { PrincipalStatus } from './principal-status.tsx'

const PAGE_SIZE = 50

type Row = Principal & { may: readonly string[] }

export function PrincipalsPage() {
  const { session, may } = useSession()
  const { data, error, isLoading, reload } = usePrincipals()
  const { nameOf } = useRoles()
  const rows = (data ?? []).map(principal => ({
    ...principal,
    may: policyInWords(principal.Policy, session.organizationId, nameOf),
  }))
  const create = may('ewsgateway:CreatePrincipal') && (
    <Button variant="primary" onClick={() => go('/principals/new')}>
      Create principal
    </Button>
  )
  const { items, filterProps, paginationProps, collectionProps, filteredItemsCount, actions } =
    useCollection(rows, {
      filtering: {
        filteringFunction: ({ Name, may: lines, PrincipalId }, text) =>
          [Name, PrincipalId, ...lines].some(line =>
            line.toLowerCase().includes(text.toLowerCase()),
          ),
        empty: (
          <Empty title="No principals" action={create}>
            A principal is a tool or an administrator. It has access keys, and a policy that defines
            its permissions.
          </Empty>
        ),
        noMatch: (
          <Empty
            title="No matches"
            action={<Button onClick={() => actions.setFiltering('')}>Clear filter</Button>}
          />
        ),
      },
      pagination: { pageSize: PAGE_SIZE },
      sorting: { defaultState: { sortingColumn: { sortingField: 'Name' } } },
    })
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  return (
    <Table
      {...collectionProps}
      variant="full-page"
      stickyHeader
      wrapLines
      columnDefinitions={COLUMNS}
      items={items}
      trackBy="PrincipalId"
      loading={isLoading && data === undefined}
      loadingText="Loading principals"
      header={
        <Header
          variant="awsui-h1-sticky"
          counter={data && `(${data.length})`}
          description="A principal is a tool or an administrator. It has access keys, and a policy that defines its permissions."
          actions={create}
        >
          Principals
        </Header>
      }
      filter={
        <TextFilter
          {...filterProps}
          filteringPlaceholder="Find principals by name or permission"
          filteringAriaLabel="Find principals"
          countText={`${filteredItemsCount ?? 0} of ${rows.length}`}
        />
      }
      pagination={<Pagination {...paginationProps} />}
    />
  )
}

const COLUMNS: TableProps.ColumnDefinition<Row>[] = [
  {
    id: 'name',
    header: 'Name',
    sortingField: 'Name',
    minWidth: 150,
    isRowHeader: true,
    cell: ({ PrincipalId, Name }) => (
      <PageLink path={`/principals/${PrincipalId}`}>{Name}</PageLink>
    ),
  },
  {
    id: 'may',
    header: 'Permissions',
    minWidth: 240,
    cell: ({ may }) => may.map(line => <div key={line}>{line}</div>),
  },
  {
    id: 'state',
    header: 'Status',
    sortingField: 'State',
    minWidth: 110,
    cell: ({ State }) => <PrincipalStatus state={State} />,
  },
]
