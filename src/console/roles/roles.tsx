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
import Select from '@cloudscape-design/components/select'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import { gatewayNow } from '../api/clock.ts'
import type { RoleSummary } from '../api/roles.ts'
import { useQuery } from '../parts/query.ts'
import { useSearch, withParam } from '../parts/search.ts'
import { Empty, Failed } from '../parts/states.tsx'
import { Ago, Time } from '../parts/time.tsx'
import { follow, go, hrefOf } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { LockText } from './lock-text.tsx'
import { matchesFilter, RECENT_DAYS, type RoleFilter, statusOf } from './role-filter.ts'
import { ROLE_STATES } from './role-state.ts'
import { TYPES } from './words.ts'

const PAGE_SIZE = 20
/** Status of a role whose Allow rules, if it has some, are outside their dates. */
const NO_ALLOW_RULES = 'No Allow rules in force'

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
    sortingField: 'State',
    cell: role => <State role={role} />,
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
  const create = may('ewsgateway:PutImpersonationRole') && (
    <Button variant="primary" onClick={() => go('/roles/new')}>
      Create role
    </Button>
  )
  const { data, error, isLoading, reload } = useQuery('EwsGateway.ListRoleSummaries', {})
  const { filter, set, clear } = useRoleFilter()
  const roles = data?.Roles ?? []
  const now = gatewayNow()
  const matching = roles.filter(role => matchesFilter(role, filter, now))
  const { items, paginationProps, collectionProps } = useCollection(matching, {
    pagination: { pageSize: PAGE_SIZE },
    sorting: { defaultState: { sortingColumn: { sortingField: 'Name' } } },
  })
  const isFiltered = Object.values(filter).some(value => value !== '')
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
          counter={data && `(${isFiltered ? `${matching.length} of ` : ''}${roles.length})`}
          description="A role defines which users a tool can impersonate, and whether the access is read-only."
          actions={create}
        >
          Impersonation roles
        </Header>
      }
      filter={
        <div className="filters">
          <TextFilter
            filteringText={filter.text}
            filteringPlaceholder="Find roles by name or description"
            filteringAriaLabel="Find roles"
            onChange={({ detail }) => set('text', detail.filteringText)}
          />
          {SELECTS.map(({ name, label, options }) => (
            <Select
              key={name}
              inlineLabelText={label}
              options={options}
              selectedOption={options.find(({ value }) => value === filter[name]) ?? null}
              onChange={({ detail }) => set(name, detail.selectedOption.value ?? '')}
            />
          ))}
        </div>
      }
      pagination={<Pagination {...paginationProps} />}
      empty={
        isFiltered ? (
          <Empty title="No matches" action={<Button onClick={clear}>Clear filter</Button>} />
        ) : (
          <Empty title="No roles" action={create}>
            A role defines which users a tool can impersonate, and whether the access is read-only.
          </Empty>
        )
      }
    />
  )
}

function State({ role }: { role: RoleSummary }) {
  const status = statusOf(role)
  if (status !== 'NO_USERS') {
    const at = status === 'ENDED' ? role.Period?.NotAfter : role.Period?.NotBefore
    const hasTime = status === 'ENDED' || status === 'NOT_YET'
    return (
      <>
        <StatusIndicator type={INDICATORS[status]}>{ROLE_STATES[status]}</StatusIndicator>
        {role.Lock && (
          <div>
            <LockText lock={role.Lock} />
          </div>
        )}
        {hasTime && at !== undefined && (
          <div>
            {status === 'ENDED' ? 'On' : 'Begins on'} <Time at={at} />
          </div>
        )}
      </>
    )
  }
  return (
    <StatusIndicator type="warning">
      {role.Rules === 0 ? 'No rules' : NO_ALLOW_RULES}
    </StatusIndicator>
  )
}

const INDICATORS = {
  ACTIVE: 'success',
  LOCKED: 'error',
  NOT_YET: 'pending',
  ENDED: 'stopped',
} as const

const ANY = { value: '', label: 'Any' }

const SELECTS = [
  {
    name: 'type',
    label: 'Type',
    options: [
      ANY,
      { value: 'FULL_ACCESS', label: TYPES.FULL_ACCESS },
      { value: 'READ_ONLY', label: TYPES.READ_ONLY },
    ],
  },
  {
    name: 'status',
    label: 'Status',
    options: [
      ANY,
      ...Object.entries(ROLE_STATES).map(([value, label]) => ({ value, label })),
      { value: 'NO_USERS', label: NO_ALLOW_RULES },
    ],
  },
  {
    name: 'used',
    label: 'Last used',
    options: [
      ANY,
      { value: 'RECENTLY', label: `In the last ${RECENT_DAYS} days` },
      { value: 'NOT_RECENTLY', label: 'Earlier or never' },
    ],
  },
] as const

const PARAMS = { text: 'q', type: 'type', status: 'status', used: 'used' } as const

/** Returns the filter in the query string of the page. */
function useRoleFilter() {
  const { params, change } = useSearch()
  const paramOf = (name: keyof RoleFilter) => params.get(PARAMS[name]) ?? ''
  const filter = {
    text: paramOf('text'),
    type: paramOf('type'),
    status: paramOf('status'),
    used: paramOf('used'),
  } as RoleFilter
  const set = (name: keyof RoleFilter, value: string) =>
    change(withParam(PARAMS[name], value), { replace: name === 'text' })
  return { filter, set, clear: () => change(() => new URLSearchParams()) }
}
