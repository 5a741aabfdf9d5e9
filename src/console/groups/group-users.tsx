/**
 * Table of the users in a group, which can be searched and removed.
 *
 * @module
 */

import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import { useState } from 'react'
import type { GroupUse, GroupUser } from '../api/groups.ts'
import { Enabled } from '../parts/enabled.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { usePages } from '../parts/pages.ts'
import { useTextSearch } from '../parts/search.ts'
import { Empty, Failed } from '../parts/states.tsx'
import { counterOf, matchesInWords } from '../parts/totals.ts'
import { useSession } from '../session/session.ts'
import { RemoveMembers } from './remove-members.tsx'

const PAGE_SIZE = 25

const COLUMNS: TableProps.ColumnDefinition<GroupUser>[] = [
  {
    id: 'email',
    header: 'Primary address',
    isRowHeader: true,
    cell: ({ UserId, Email = UserId, State }) =>
      State === 'DELETED' ? Email : <PageLink path={`/users/${UserId}`}>{Email}</PageLink>,
  },
  { id: 'name', header: 'Display name', cell: ({ DisplayName }) => DisplayName ?? '–' },
  {
    id: 'state',
    header: 'Status',
    cell: ({ State }) =>
      State === 'DELETED' ? (
        <StatusIndicator type="stopped">Deleted</StatusIndicator>
      ) : (
        <Enabled is={State === 'ENABLED'} />
      ),
  },
]

type Props = { group: GroupUse; reload: () => void }

/** Must be mounted again when the group changes. */
export function GroupUsers({ group, reload: reloadGroup }: Props) {
  const { may } = useSession()
  const { text, settled, find } = useTextSearch()
  const [selected, setSelected] = useState<readonly GroupUser[]>([])
  const [isRemoving, setRemoving] = useState(false)
  const { data, error, isLoading, pagination, reload } = usePages('EwsGateway.SearchGroupUsers', {
    GroupId: group.GroupId,
    MaxResults: PAGE_SIZE,
    ...(settled !== '' && { Text: settled }),
  })
  const mayChange = may('ewsgateway:UpdateGroup')
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  return (
    <>
      <Table
        columnDefinitions={COLUMNS}
        items={data?.Users ?? []}
        trackBy="UserId"
        loading={isLoading && data === undefined}
        loadingText="Loading users"
        {...(mayChange && { selectionType: 'multi' })}
        selectedItems={selected}
        onSelectionChange={({ detail }) => setSelected(detail.selectedItems)}
        ariaLabels={{
          selectionGroupLabel: 'Selected users',
          allItemsSelectionLabel: () => 'Select all users on this page',
          itemSelectionLabel: (_, { UserId, Email = UserId }) => `Select ${Email}`,
        }}
        header={
          <Header
            variant="h2"
            counter={counterOf(group.Users)}
            description="Users that are direct members."
            actions={
              mayChange && (
                <Button disabled={selected.length === 0} onClick={() => setRemoving(true)}>
                  Remove users
                </Button>
              )
            }
          >
            Users
          </Header>
        }
        filter={
          <TextFilter
            filteringText={text}
            filteringPlaceholder="Find users by address, alias, or name"
            filteringAriaLabel="Find users in this group"
            countText={settled === '' || data === undefined ? '' : matchesInWords(data.Total)}
            onChange={({ detail }) => find(detail.filteringText)}
          />
        }
        pagination={<Pagination {...pagination} />}
        empty={
          settled === '' ? (
            <Empty title="No users">No user is a direct member of this group.</Empty>
          ) : (
            <Empty
              title="No matches"
              action={<Button onClick={() => find('')}>Clear filter</Button>}
            >
              No address, alias, sign-in name, or word of a display name starts with “{settled}”.
            </Empty>
          )
        }
      />
      {isRemoving && (
        <RemoveMembers
          group={group}
          members={selected.map(({ UserId, Email = UserId }) => ({ id: UserId, name: Email }))}
          kind="user"
          onRemoved={() => {
            reloadGroup()
          }}
          onClose={() => setRemoving(false)}
        />
      )}
    </>
  )
}
