/**
 * Table of the protected users or groups, which can be searched and removed.
 *
 * @module
 */

import { useCollection } from '@cloudscape-design/collection-hooks'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import { useState } from 'react'
import { PageLink } from '../parts/page-link.tsx'
import { Empty } from '../parts/states.tsx'
import type { Kind, Row, Save } from './change.ts'
import { Unprotect } from './unprotect.tsx'

const PAGE_SIZE = 20

const WORDS = {
  user: {
    title: 'Users',
    column: 'Primary address',
    description: 'Users whose mailboxes are protected themselves.',
    path: '/users',
  },
  group: {
    title: 'Groups',
    column: 'Name',
    description: 'The mailboxes of all members are protected, also of members who join later.',
    path: '/groups',
  },
} as const

type Props = {
  kind: Kind
  rows: readonly Row[]
  /** Undefined if the policy doesn't allow to change the list. */
  save: Save | undefined
}

export function ProtectedTable({ kind, rows, save }: Props) {
  const [selected, setSelected] = useState<readonly Row[]>([])
  const [isRemoving, setRemoving] = useState(false)
  const { title, column, description, path } = WORDS[kind]
  const { items, filterProps, paginationProps, filteredItemsCount, collectionProps, actions } =
    useCollection(rows, {
      filtering: {
        fields: ['id', 'name'],
        empty: <Empty title={`No protected ${kind}s`} />,
        noMatch: (
          <Empty
            title="No matches"
            action={<Button onClick={() => actions.setFiltering('')}>Clear filter</Button>}
          />
        ),
      },
      pagination: { pageSize: PAGE_SIZE },
      sorting: { defaultState: { sortingColumn: { sortingField: 'name' } } },
    })
  return (
    <>
      <Table
        {...collectionProps}
        columnDefinitions={[columnOf(column, path)]}
        items={items}
        trackBy="id"
        wrapLines
        {...(save && { selectionType: 'multi' })}
        selectedItems={selected}
        onSelectionChange={({ detail }) => setSelected(detail.selectedItems)}
        ariaLabels={{
          tableLabel: `Protected ${kind}s`,
          selectionGroupLabel: `Selected ${kind}s`,
          allItemsSelectionLabel: () => `Select all ${kind}s on this page`,
          itemSelectionLabel: (_, { id, name = id }) => `Select ${name}`,
        }}
        header={
          <Header
            variant="h2"
            counter={`(${rows.length.toLocaleString()})`}
            description={description}
            actions={
              save && (
                <Button disabled={selected.length === 0} onClick={() => setRemoving(true)}>
                  Remove {kind}s
                </Button>
              )
            }
          >
            {title}
          </Header>
        }
        filter={
          rows.length > 0 && (
            <TextFilter
              {...filterProps}
              filteringPlaceholder={`Find protected ${kind}s`}
              filteringAriaLabel={`Find protected ${kind}s`}
              countText={`${filteredItemsCount ?? 0} of ${rows.length.toLocaleString()}`}
            />
          )
        }
        pagination={rows.length > PAGE_SIZE && <Pagination {...paginationProps} />}
      />
      {save && isRemoving && (
        <Unprotect
          kind={kind}
          rows={selected}
          save={save}
          onRemoved={() => setSelected([])}
          onClose={() => setRemoving(false)}
        />
      )}
    </>
  )
}

const columnOf = (header: string, path: string): TableProps.ColumnDefinition<Row> => ({
  id: 'name',
  header,
  sortingField: 'name',
  isRowHeader: true,
  cell: ({ id, name }) =>
    name === undefined ? (
      <SpaceBetween direction="horizontal" size="xs">
        <Box>{id}</Box>
        <StatusIndicator type="stopped">Deleted</StatusIndicator>
      </SpaceBetween>
    ) : (
      <PageLink path={`${path}/${encodeURIComponent(id)}`}>{name}</PageLink>
    ),
})
