/**
 * Columns of all lists of records.
 *
 * @module
 */

import type { TableProps } from '@cloudscape-design/components/table'
import type { Change, Decision } from '../api/history.ts'
import { PageLink } from '../parts/page-link.tsx'
import { Time } from '../parts/time.tsx'
import { Verdict } from './verdict.tsx'

type Column<Shown extends keyof Decision & keyof Change> = TableProps.ColumnDefinition<
  Pick<Decision | Change, Shown>
>

/** Time of the record, with a link to its page. */
export const TIME: Column<'DecisionId' | 'Time'> = {
  id: 'time',
  header: 'Time',
  minWidth: 150,
  isRowHeader: true,
  cell: ({ DecisionId, Time: at }) => (
    <PageLink path={`/audit/records/${DecisionId}`}>
      <Time at={at} />
    </PageLink>
  ),
}

export const VERDICT: Column<'Verdict'> = {
  id: 'verdict',
  header: 'Decision',
  minWidth: 122,
  cell: ({ Verdict: verdict }) => <Verdict of={verdict} />,
}
