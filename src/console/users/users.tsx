/**
 * Page with all users, found by the beginning of an address, a name, or a word of a name.
 *
 * @module
 */

import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import type { FoundUser } from '../api/users.ts'
import { Enabled } from '../parts/enabled.tsx'
import { FromDirectory } from '../parts/from-directory.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { usePages } from '../parts/pages.ts'
import { useTextSearch, withParam } from '../parts/search.ts'
import { Empty, Failed } from '../parts/states.tsx'
import { counterOf, matchesOf } from '../parts/totals.ts'
import { go } from '../routing/router.ts'
import { useSession } from '../session/session.ts'

const PAGE_SIZE = 50

const STATES = [
  { value: '', label: 'Any' },
  { value: 'ENABLED', label: 'Enabled' },
  { value: 'DISABLED', label: 'Disabled' },
] as const

const COLUMNS: TableProps.ColumnDefinition<FoundUser>[] = [
  {
    id: 'email',
    header: 'Primary address',
    isRowHeader: true,
    cell: ({ UserId, Email }) => <PageLink path={`/users/${UserId}`}>{Email}</PageLink>,
  },
  { id: 'name', header: 'Display name', cell: ({ DisplayName }) => DisplayName ?? '–' },
  { id: 'signs-in', header: 'Sign-in name', cell: ({ PrincipalName }) => PrincipalName ?? '–' },
  {
    id: 'state',
    header: 'Status',
    cell: user => <Enabled is={user.Enabled} />,
  },
]

export function UsersPage() {
  const { params, change, text, settled, find } = useTextSearch()
  const state = STATES.find(({ value }) => value === params.get('status')) ?? STATES[0]
  const { data, error, isLoading, pagination, reload } = usePages('EwsGateway.SearchUsers', {
    MaxResults: PAGE_SIZE,
    ...(settled !== '' && { Text: settled }),
    ...(state.value !== '' && { State: state.value }),
  })
  const isFiltered = settled !== '' || state.value !== ''
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  return (
    <Table
      variant="full-page"
      stickyHeader
      columnDefinitions={COLUMNS}
      items={data?.Users ?? []}
      trackBy="UserId"
      loading={isLoading && data === undefined}
      loadingText="Loading users"
      header={
        <SpaceBetween size="m">
          <Header
            variant="awsui-h1-sticky"
            counter={counterOf(data?.Total)}
            description="Tools can impersonate only these users, if a role allows it."
            actions={<Actions />}
          >
            Users
          </Header>
          <FromDirectory what="Users" />
        </SpaceBetween>
      }
      filter={
        <div className="filters">
          <TextFilter
            filteringText={text}
            filteringPlaceholder="Find users by address, alias, or name"
            filteringAriaLabel="Find users"
            countText={settled === '' ? '' : matchesOf(data?.Users.length, pagination)}
            onChange={({ detail }) => find(detail.filteringText)}
          />
          <Select
            inlineLabelText="Status"
            selectedOption={state}
            options={STATES}
            onChange={({ detail }) =>
              change(withParam('status', detail.selectedOption.value ?? ''), { replace: true })
            }
          />
        </div>
      }
      pagination={<Pagination {...pagination} />}
      empty={
        isFiltered ? (
          <NoMatches
            text={settled}
            clear={() =>
              change(present => withParam('status', '')(withParam('q', '')(present)), {
                replace: true,
              })
            }
          />
        ) : (
          <NoUsers />
        )
      }
    />
  )
}

function Actions() {
  const { may } = useSession()
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {may('ewsgateway:ImportUsers') && (
        <Button onClick={() => go('/users/import')}>Import users</Button>
      )}
      {may('ewsgateway:PutUser') && (
        <Button variant="primary" onClick={() => go('/users/new')}>
          Create user
        </Button>
      )}
    </SpaceBetween>
  )
}

const NoUsers = () => (
  <Empty title="No users" action={<Actions />}>
    Tools can impersonate only users that the gateway knows. Import users from a CSV file, or create
    them.
  </Empty>
)

const NoMatches = ({ text, clear }: { text: string; clear: () => void }) => (
  <Empty title="No matches" action={<Button onClick={clear}>Clear filter</Button>}>
    {text === ''
      ? 'No user has this status.'
      : `No address, alias, sign-in name, or word of a display name of a user with this status starts with “${text}”.`}
  </Empty>
)
