/**
 * Table of totals, with pages and an export as CSV.
 *
 * @module
 */

import { useCollection } from '@cloudscape-design/collection-hooks'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import type { ReactNode } from 'react'
import type { GroupBy, TotalsRow } from '../api/history.ts'
import { Time } from '../parts/time.tsx'
import { downloadFile } from './download.ts'
import { csvOf } from './export-button.tsx'
import { csvColumnsOf, totalsColumnsOf } from './totals-columns.tsx'

const PAGE_SIZES = { borderless: 25, container: 20, embedded: 10 } as const

type Column = TableProps.ColumnDefinition<TotalsRow>

type Props = {
  title: string
  description?: string
  /** Name of the exported file. */
  file: string
  groups: readonly GroupBy[]
  rows: readonly TotalsRow[]
  isLoading: boolean
  empty: ReactNode
  /** Whether all rows are on one page, as on paper. */
  isWhole?: boolean
  variant: keyof typeof PAGE_SIZES
  /** Columns. By default, those of the groups, and all totals. */
  columns?: Column[]
  /** Whether there are more rows than these. */
  isTruncated?: boolean
}

export function TotalsTable(props: Props) {
  const { title, description, file, groups, rows, isLoading, empty } = props
  const { isWhole, variant, columns = totalsColumnsOf(groups), isTruncated } = props
  const pageSize = isWhole ? Math.max(rows.length, 1) : PAGE_SIZES[variant]
  const { items, paginationProps, collectionProps } = useCollection(rows, {
    pagination: { pageSize },
    sorting: {},
    filtering: { empty },
  })
  return (
    <Table
      {...collectionProps}
      variant={variant}
      wrapLines
      columnDefinitions={isWhole ? columns.map(withTime) : columns}
      items={items}
      loading={isLoading}
      loadingText="Loading totals"
      header={
        <Header
          variant={variant === 'embedded' ? 'h3' : 'h2'}
          counter={
            isLoading ? undefined : `(${rows.length.toLocaleString()}${isTruncated ? '+' : ''})`
          }
          description={description}
          actions={
            <Button
              iconName="download"
              disabled={rows.length === 0}
              onClick={() => downloadFile(`${file}.csv`, csvOf(rows, csvColumnsOf(groups)))}
            >
              Export CSV
            </Button>
          }
        >
          {title}
        </Header>
      }
      pagination={rows.length > pageSize && <Pagination {...paginationProps} />}
    />
  )
}

/** On paper, the time of the last request doesn't depend on when it is read. */
const withTime = (column: Column): Column =>
  column.id === 'last' ? { ...column, cell: ({ LastUsed }) => <Time at={LastUsed} /> } : column
