/**
 * Tables of the groups in a group, and of the groups that contain it.
 *
 * @module
 */

import { useCollection } from '@cloudscape-design/collection-hooks'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { type ReactNode, useState } from 'react'
import type { GroupUse } from '../api/groups.ts'
import { PageLink } from '../parts/page-link.tsx'
import { Empty } from '../parts/states.tsx'
import { counterOf } from '../parts/totals.ts'
import { useSession } from '../session/session.ts'
import { RemoveMembers } from './remove-members.tsx'

type Nested = GroupUse['Groups'][number]

const PAGE_SIZE = 10

const COLUMNS: TableProps.ColumnDefinition<Nested>[] = [
  {
    id: 'name',
    header: 'Name',
    isRowHeader: true,
    cell: ({ GroupId, Name }) =>
      Name === undefined ? (
        <Box color="text-body-secondary">Deleted group {GroupId}</Box>
      ) : (
        <PageLink path={`/groups/${GroupId}`}>{Name}</PageLink>
      ),
  },
]

type Props = { group: GroupUse; reload: () => void }

export function NestedGroups({ group, reload }: Props) {
  const { may } = useSession()
  const [selected, setSelected] = useState<readonly Nested[]>([])
  const [isRemoving, setRemoving] = useState(false)
  const mayChange = may('ewsgateway:UpdateGroup')
  return (
    <SpaceBetween size="l">
      <Groups
        groups={group.Groups}
        title="Nested groups"
        description="Groups that are direct members. Their members are nested members."
        none="This group contains no groups."
        selected={selected}
        {...(mayChange && { onSelect: setSelected })}
        actions={
          mayChange && (
            <Button disabled={selected.length === 0} onClick={() => setRemoving(true)}>
              Remove groups
            </Button>
          )
        }
      />
      <Groups
        groups={group.MemberOf}
        title="Member of"
        description="Groups that contain this group directly."
        none="No group contains this group."
      />
      {isRemoving && (
        <RemoveMembers
          group={group}
          members={selected.map(({ GroupId, Name = GroupId }) => ({ id: GroupId, name: Name }))}
          kind="group"
          onRemoved={() => {
            setSelected([])
            reload()
          }}
          onClose={() => setRemoving(false)}
        />
      )}
    </SpaceBetween>
  )
}

type GroupsProps = {
  groups: readonly Nested[]
  title: string
  description: string
  /** Text if there are no groups. */
  none: string
  selected?: readonly Nested[]
  /** If absent, groups can't be selected. */
  onSelect?: (groups: readonly Nested[]) => void
  actions?: ReactNode
}

function Groups({ groups, title, description, none, selected, onSelect, actions }: GroupsProps) {
  const { items, paginationProps } = useCollection(groups, { pagination: { pageSize: PAGE_SIZE } })
  return (
    <Table
      columnDefinitions={COLUMNS}
      items={items}
      trackBy="GroupId"
      {...(onSelect && { selectionType: 'multi', selectedItems: selected ?? [] })}
      onSelectionChange={({ detail }) => onSelect?.(detail.selectedItems)}
      ariaLabels={{
        selectionGroupLabel: 'Selected groups',
        allItemsSelectionLabel: () => 'Select all groups on this page',
        itemSelectionLabel: (_, { GroupId, Name = GroupId }) => `Select ${Name}`,
      }}
      header={
        <Header
          variant="h2"
          counter={counterOf(groups.length)}
          description={description}
          actions={actions}
        >
          {title}
        </Header>
      }
      pagination={groups.length > PAGE_SIZE && <Pagination {...paginationProps} />}
      empty={<Empty title="No groups">{none}</Empty>}
    />
  )
}
