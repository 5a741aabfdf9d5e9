/**
 * Table of many selected users, which can be searched and removed one by one.
 *
 * @module
 */

import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import Table from '@cloudscape-design/components/table'
import TextFilter, { type TextFilterProps } from '@cloudscape-design/components/text-filter'
import { useRef, useState } from 'react'
import { Empty } from './states.tsx'
import { counterOf, matchesInWords } from './totals.ts'

const PAGE_SIZE = 10

type Props = {
  selected: readonly string[]
  nameOf: (id: string) => string
  onRemove: (id: string) => void
}

export function SelectedUsers({ selected, nameOf, onRemove }: Props) {
  const [text, setText] = useState('')
  const [page, setPage] = useState(1)
  const filter = useRef<TextFilterProps.Ref>(null)
  const wanted = text.trim().toLowerCase()
  const found = wanted === '' ? selected : selected.filter(id => isFound(wanted, nameOf(id)))
  const pages = Math.max(1, Math.ceil(found.length / PAGE_SIZE))
  const shown = Math.min(page, pages)
  const find = (next: string) => {
    setText(next)
    setPage(1)
  }
  const remove = (id: string) => {
    onRemove(id)
    // The focused button disappears with its row.
    filter.current?.focus()
  }
  return (
    <Table
      variant="embedded"
      items={found.slice((shown - 1) * PAGE_SIZE, shown * PAGE_SIZE)}
      trackBy={id => id}
      ariaLabels={{ tableLabel: 'Selected users' }}
      header={
        <Header variant="h3" counter={counterOf(selected.length)}>
          Selected users
        </Header>
      }
      filter={
        <TextFilter
          ref={filter}
          filteringText={text}
          filteringPlaceholder="Find selected users by address"
          filteringAriaLabel="Find selected users"
          countText={wanted === '' ? '' : matchesInWords(found.length)}
          onChange={({ detail }) => find(detail.filteringText)}
        />
      }
      pagination={
        <Pagination
          currentPageIndex={shown}
          pagesCount={pages}
          onChange={({ detail }) => setPage(detail.currentPageIndex)}
        />
      }
      columnDefinitions={[
        { id: 'user', header: 'Primary address', isRowHeader: true, cell: nameOf },
        {
          id: 'actions',
          header: 'Actions',
          minWidth: 120,
          cell: id => (
            <Button
              variant="inline-link"
              formAction="none"
              ariaLabel={`Remove ${nameOf(id)}`}
              onClick={() => remove(id)}
            >
              Remove
            </Button>
          ),
        },
      ]}
      empty={
        wanted === '' ? (
          <Empty title="No users" />
        ) : (
          <Empty
            title="No matches"
            action={
              <Button formAction="none" onClick={() => find('')}>
                Clear filter
              </Button>
            }
          />
        )
      }
    />
  )
}

const isFound = (wanted: string, name: string) => name.toLowerCase().includes(wanted)
