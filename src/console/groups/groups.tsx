/**
 * Page with all groups, found by the beginning of a name, a word of a name, or an address.
 *
 * @module
 */

import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import type { FoundGroup } from '../api/groups.ts'
import { FromDirectory } from '../parts/from-directory.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { usePages } from '../parts/pages.ts'
import { useTextSearch } from '../parts/search.ts'
import { Empty, Failed } from '../parts/states.tsx'
import { counterOf, matchesOf } from '../parts/totals.ts'
import { go } from '../routing/router.ts'
import { useSession } from '../session/session.ts'

const PAGE_SIZE = 50

const COLUMNS: TableProps.ColumnDefinition<FoundGroup>[] = [
  {
    id: 'name',
    header: 'Name',
    isRowHeader: true,
    cell: ({ GroupId, Name }) => <PageLink path={`/groups/${GroupId}`}>{Name}</PageLink>,
  },
  { id: 'email', header: 'Primary address', cell: ({ Email }) => Email ?? '–' },
  { id: 'members', header: 'Direct members', cell: ({ Members }) => Members.toLocaleString() },
]

export function GroupsPage() {
  const { text, settled, find } = useTextSearch()
  const { data, error, isLoading, pagination, reload } = usePages('EwsGateway.SearchGroups', {
    MaxResults: PAGE_SIZE,
    ...(settled !== '' && { Text: settled }),
  })
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  return (
    <Table
      variant="full-page"
      stickyHeader
      columnDefinitions={COLUMNS}
      items={data?.Groups ?? []}
      trackBy="GroupId"
      loading={isLoading && data === undefined}
      loadingText="Loading groups"
      header={
        <SpaceBetween size="m">
          <Header
            variant="awsui-h1-sticky"
            counter={counterOf(data?.Total)}
            description="Rules of roles can name groups in place of their members."
            actions={<CreateGroup variant="primary" />}
          >
            Groups
          </Header>
          <FromDirectory what="Groups" />
        </SpaceBetween>
      }
      filter={
        <TextFilter
          filteringText={text}
          filteringPlaceholder="Find groups by name or address"
          filteringAriaLabel="Find groups"
          countText={settled === '' ? '' : matchesOf(data?.Groups.length, pagination)}
          onChange={({ detail }) => find(detail.filteringText)}
        />
      }
      pagination={<Pagination {...pagination} />}
      empty={settled === '' ? <NoGroups /> : <NoMatches text={settled} clear={() => find('')} />}
    />
  )
}

function CreateGroup({ variant }: { variant?: 'primary' }) {
  const { may } = useSession()
  if (!may('ewsgateway:PutGroup')) return null
  return (
    <Button variant={variant ?? 'normal'} onClick={() => go('/groups/new')}>
      Create group
    </Button>
  )
}

const NoGroups = () => (
  <Empty title="No groups" action={<CreateGroup />}>
    A rule that names a group matches every direct or nested member.
  </Empty>
)

const NoMatches = ({ text, clear }: { text: string; clear: () => void }) => (
  <Empty title="No matches" action={<Button onClick={clear}>Clear filter</Button>}>
    No name, word of a name, or address starts with “{text}”.
  </Empty>
)
