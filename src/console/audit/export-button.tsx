/**
 * Button that exports all rows of an audit view as CSV.
 *
 * @module
 */

import Button from '@cloudscape-design/components/button'
import { useState } from 'react'
import type { Input, Output, Target } from '../api/actions.ts'
import { useAction } from '../parts/action-state.ts'
import { useFlashes } from '../parts/flashes.tsx'
import { nextTokenOf } from '../parts/pages.ts'
import { useSession } from '../session/session.ts'
import { type Cell, formatCsv } from './csv.ts'
import { downloadFile } from './download.ts'

const PAGE = 100
/** Maximum number of exported rows. Reading more would take minutes. The audit journal has all records. */
const MAX_ROWS = 20_000

/** Columns by name in the file. */
export type CsvColumns<Row> = Readonly<Record<string, (row: Row) => Cell | unknown>>

type Props<T extends Target, Row> = {
  target: T
  input: Input<T>
  rowsOf: (answer: Output<T>) => readonly Row[]
  name: string
  columns: CsvColumns<Row>
}

export function ExportButton<T extends Target, Row>(props: Props<T, Row>) {
  const { target, input, rowsOf, name, columns } = props
  const { call } = useSession()
  const { succeeded, failed } = useFlashes()
  const { isBusy, run } = useAction()
  const [read, setRead] = useState(0)

  const all = async (): Promise<readonly Row[]> => {
    const rows: Row[] = []
    let next: string | undefined
    do {
      const page = { ...input, MaxResults: PAGE, ...(next !== undefined && { NextToken: next }) }
      const answer = await call(target, page)
      rows.push(...rowsOf(answer))
      setRead(rows.length)
      next = nextTokenOf(answer)
    } while (next !== undefined && rows.length < MAX_ROWS)
    if (next !== undefined)
      succeeded(
        `Exported the newest ${rows.length.toLocaleString()} ${name}. To export the others, choose a shorter time.`,
      )
    return rows
  }
  const act = async () => {
    try {
      downloadFile(`${name}.csv`, csvOf(await all(), columns))
    } catch (error) {
      failed(error)
    }
  }
  return (
    <Button
      iconName="download"
      loading={isBusy}
      loadingText={`Loading ${name}`}
      onClick={() => run(act)}
    >
      {isBusy ? `${read.toLocaleString()} loaded` : 'Export CSV'}
    </Button>
  )
}

export function csvOf<Row>(rows: readonly Row[], columns: CsvColumns<Row>): string {
  const cells = rows.map(row => Object.values(columns).map(cell => cell(row) as Cell))
  return formatCsv(Object.keys(columns), cells)
}
