/**
 * Button that exports a whole list of users as CSV.
 *
 * @module
 */

import Button from '@cloudscape-design/components/button'
import { useState } from 'react'
import type { Input, Output } from '../api/actions.ts'
import { downloadFile } from '../audit/download.ts'
import { type CsvColumns, csvOf } from '../audit/export-button.tsx'
import { useSession } from '../session/session.ts'
import { useAction } from './action-state.ts'
import { useFlashes } from './flashes.tsx'
import { nextTokenOf } from './pages.ts'

/** Maximum page size of these actions. Each page evaluates all users, so few pages take less time. */
const PAGE = 5_000

type ListTarget = 'EwsGateway.ListRoleReach' | 'EwsGateway.PreviewImpersonationRole'

type Props<T extends ListTarget, Row> = {
  target: T
  input: Input<T>
  rowsOf: (answer: Output<T>) => readonly Row[]
  /** Name of the file, without extension. */
  name: string
  columns: CsvColumns<Row>
}

export function ExportUsers<T extends ListTarget, Row>(props: Props<T, Row>) {
  const { target, input, rowsOf, name, columns } = props
  const { call } = useSession()
  const { failed } = useFlashes()
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
    } while (next !== undefined)
    return rows
  }
  const act = async () => {
    setRead(0)
    try {
      downloadFile(`${name}.csv`, csvOf(await all(), columns))
    } catch (error) {
      failed(error)
    }
  }
  return (
    <Button
      iconName="download"
      formAction="none"
      loading={isBusy}
      loadingText="Loading users"
      onClick={() => run(act)}
    >
      {isBusy ? `${read.toLocaleString()} loaded` : 'Export CSV'}
    </Button>
  )
}
