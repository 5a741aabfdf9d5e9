/**
 * List of records, with filters, pages, and an export as CSV.
 *
 * @module
 */

import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import type { Input, Output } from '../api/actions.ts'
import type { Property } from '../api/history.ts'
import { type PagedTarget, usePages } from '../parts/pages.ts'
import { Failed } from '../parts/states.tsx'
import { type CsvColumns, ExportButton } from './export-button.tsx'
import { FilterBar } from './filter-bar.tsx'
import { AuditFrame } from './frame.tsx'
import { NothingFound } from './nothing-found.tsx'
import { useView } from './view.ts'

const PAGE_SIZE = 50

type Props<T extends PagedTarget, Row> = {
  target: T
  rowsOf: (answer: Output<T>) => readonly Row[]
  /** Plural noun for the rows in lower case, also used as the name of the exported file. */
  what: string
  title: string
  description: string
  properties: readonly Property[]
  /** Properties that can also contain a text. */
  searched?: readonly Property[]
  columns: TableProps.ColumnDefinition<Row>[]
  csv: CsvColumns<Row>
}

export function RecordList<T extends PagedTarget, Row extends { DecisionId: string }>({
  target,
  rowsOf,
  what,
  title,
  description,
  properties,
  searched = [],
  columns,
  csv,
}: Props<T, Row>) {
  const view = useView(properties, { searched })
  const input = { ...view.query, MaxResults: PAGE_SIZE } as Input<T>
  const { data, error, isLoading, pagination, reload } = usePages(target, input)
  const all = { target, input: view.query as Input<T>, rowsOf, name: what, columns: csv }
  return (
    <AuditFrame>
      <FilterBar view={view} properties={properties} searched={searched} />
      {error !== undefined ? (
        <Failed error={error} onRetry={reload} />
      ) : (
        <Table
          variant="borderless"
          columnDefinitions={columns}
          items={data === undefined ? [] : rowsOf(data)}
          trackBy="DecisionId"
          wrapLines
          loading={isLoading && data === undefined}
          loadingText={`Loading ${what}`}
          header={
            <Header variant="h2" description={description} actions={<ExportButton {...all} />}>
              {title}
            </Header>
          }
          pagination={<Pagination {...pagination} />}
          empty={<NothingFound view={view} what={what} />}
        />
      )}
    </AuditFrame>
  )
}
