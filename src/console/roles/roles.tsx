/**
 * Page with all impersonation roles.
 *
 * @module
 */

import { useCollection } from '@cloudscape-design/collection-hooks'
import Badge from '@cloudscape-design/components/badge'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import Pagination from '@cloudscape-design/components/pagination'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import type { RoleSummary } from '../api/roles.ts'
import { useQuery } from '../parts/query.ts'
import { Empty, Failed } from '../parts/states.tsx'
import { Ago, Time } from '../parts/time.tsx'
import { follow, go, hrefOf } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { TYPES } from './words.ts'

const PAGE_SIZE = 20

const COLUMNS: TableProps.ColumnDefinition<RoleSummary>[] = [
  {
    id: 'name',
    header: 'Name',
    minWidth: 150,
    sortingField: 'Name',
    isRowHeader: true,
    cell: ({ ImpersonationRoleId, Name }) => (
      <Link href={hrefOf(`/roles/${ImpersonationRoleId}`)} onFollow={follow}>
        {Name}
      </Link>
    ),
  },
  {
    id: 'type',
    header: 'Type',
    minWidth: 120,
    sortingField: 'Type',
    cell: ({ Type }) => (
      <Badge color={Type === 'FULL_ACCESS' ? 'blue' : 'grey'}>{TYPES[Type]}</Badge>
    ),
  },
  { id: 'rules', header: 'Rules', sortingField: 'Rules', cell: ({ Rules }) => Rules },
  {
    id: 'state',
    header: 'Status',
    minWidth: 120,
    sortingField: 'Locked',
    cell: ({ Locked, Rules }) => <State isLocked={Locked} rules={Rules} />,
  },
  {
    id: 'used',
    header: 'Last used',
    minWidth: 110,
    sortingField: 'LastUsed',
    cell: ({ LastUsed }) => <Ago at={LastUsed} />,
  },
  {
    id: 'changed',
    header: 'Last changed',
    minWidth: 140,
    sortingField: 'DateModified',
    cell: ({ DateModified }) => <Time at={DateModified} />,
  },
  {
    id: 'description',
    header: 'Description',
    minWidth: 160,
    cell: ({ Description }) => Description ?? '',
  },
]

export function RolesPage() {
  const { may } = useSession()
  const create = may('workmail:CreateImpersonationRole') && (
    <Button variant="primary" onClick={() => go('/roles/new')}>
      Create role
    </Button>
  )
  const { data, error, isLoading, reload } = useQuery('EwsGateway.ListRoleSummaries', {})
  const roles = data?.Roles ?? []
  const { items, filterProps, paginationProps, collectionProps, filteredItemsCount, actions } =
    useCollection(roles, {
      filtering: {
        fields: ['Name', 'Description', 'Type'],
        empty: (
          <Empty title="No roles" action={create}>
            A role defines which users a tool can impersonate, and whether the access is read-only.
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
      trackBy="ImpersonationRoleId"
      loading={isLoading && data === undefined}
      loadingText="Loading roles"
      header={
        <Header
          variant="awsui-h1-sticky"
          counter={data && `(${roles.length})`}
          description="A role defines which users a tool can impersonate, and whether the access is read-only."
          actions={create}
        >
          Impersonation roles
        </Header>
      }
      filter={
        <TextFilter
          {...filterProps}
          filteringPlaceholder="Find roles"
          filteringAriaLabel="Find roles"
          countText={`${filteredItemsCount ?? 0} of ${roles.length}`}
        />
      }
      pagination={<Pagination {...paginationProps} />}
    />
  )
}

function State({ isLocked, rules }: { isLocked: boolean; rules: number }) {
  if (isLocked) return <StatusIndicator type="error">Locked</StatusIndicator>
  if (rules === 0) return <StatusIndicator type="warning">No rules</StatusIndicator>
  return <StatusIndicator type="success">Active</StatusIndicator>
}
