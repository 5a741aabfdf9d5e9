/**
 * Searchable table of the users, groups, or other entries of long lists that a change contains.
 *
 * @module
 */

import { useCollection } from '@cloudscape-design/collection-hooks'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import Table from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import { useState } from 'react'
import { useGroupNames, useUserNames } from '../parts/names.ts'
import { PageLink } from '../parts/page-link.tsx'
import { useQuery } from '../parts/query.ts'
import { useSettled } from '../parts/search.ts'
import { Empty } from '../parts/states.tsx'
import { matchesInWords } from '../parts/totals.ts'
import { useSession } from '../session/session.ts'
import { countsOf, type Entry, kindOf } from './long-lists.ts'

const PAGE_SIZE = 20
/** Maximum number of users that a search finds by name. */
const FOUND = 100

const isUser = (entry: Entry) => kindOf(entry) === 'user'
const isGroup = (entry: Entry) => kindOf(entry) === 'group'

type Props = Readonly<{
  entries: readonly Entry[]
  /** Names in the record, for IDs without a present name. */
  recorded: ReadonlyMap<string, string>
}>

export function EntriesTable({ entries, recorded }: Props) {
  const [text, setText] = useState('')
  const found = useFoundUsers(text)
  const matches = ({ id, field, change }: Entry) =>
    found.has(id) || [id, field, change, recorded.get(id)].some(part => part?.includes(text.trim()))
  const matching = text.trim() === '' ? entries : entries.filter(matches)
  const { items, paginationProps } = useCollection(matching, {
    pagination: { pageSize: PAGE_SIZE },
  })
  const userOf = useUserNames(items.filter(isUser).map(({ id }) => id))
  const groupOf = useGroupNames(items.filter(isGroup).map(({ id }) => id))
  const nameOf = (id: string, present: string) =>
    present === id ? (recorded.get(id) ?? id) : present
  return (
    <Table
      header={
        <Header
          variant="h2"
          counter={`(${entries.length.toLocaleString()})`}
          description={countsOf(entries)}
        >
          {titleOf(entries)}
        </Header>
      }
      filter={
        <TextFilter
          filteringText={text}
          filteringPlaceholder="Find entries by user, ID, or field"
          filteringAriaLabel="Find entries"
          countText={matchesInWords(matching.length)}
          onChange={({ detail }) => setText(detail.filteringText)}
        />
      }
      pagination={<Pagination {...paginationProps} />}
      items={items}
      trackBy={({ field, id, change }) => `${field} ${change} ${id}`}
      empty={
        <Empty
          title="No matches"
          action={<Button onClick={() => setText('')}>Clear filter</Button>}
        >
          Users are found by the beginnings of their names, and deleted users by ID or a recorded
          address.
        </Empty>
      }
      columnDefinitions={[
        {
          id: 'entry',
          header: 'Entry',
          isRowHeader: true,
          cell: entry =>
            isUser(entry) ? (
              <PageLink path={`/users/${entry.id}`}>{nameOf(entry.id, userOf(entry.id))}</PageLink>
            ) : isGroup(entry) ? (
              <PageLink path={`/groups/${entry.id}`}>
                {nameOf(entry.id, groupOf(entry.id))}
              </PageLink>
            ) : (
              entry.id
            ),
        },
        { id: 'field', header: 'Field', cell: ({ field }) => field },
        ...(entries.some(({ change }) => change !== undefined)
          ? [{ id: 'change', header: 'Change', cell: ({ change }: Entry) => change ?? '–' }]
          : []),
        { id: 'id', header: 'ID', cell: ({ id }) => id },
      ]}
    />
  )
}

function titleOf(entries: readonly Entry[]): string {
  if (entries.every(isUser)) return 'Users'
  return entries.every(isGroup) ? 'Groups' : 'Users, groups, and other entries'
}

/** Returns the IDs of the users whose names begin with the words of a text. */
function useFoundUsers(text: string): ReadonlySet<string> {
  const { may } = useSession()
  const Text = useSettled(text.trim())
  const { data } = useQuery(
    'EwsGateway.SearchUsers',
    Text !== '' && may('ewsgateway:SearchUsers') ? { Text, MaxResults: FOUND } : undefined,
  )
  return new Set(data?.Users.map(({ UserId }) => UserId))
}
