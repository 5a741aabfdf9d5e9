/**
 * Columns of tables with differences between a role and its draft.
 *
 * @module
 */

import StatusIndicator from '@cloudscape-design/components/status-indicator'
import type { TableProps } from '@cloudscape-design/components/table'
import type { ReplayedDifference, ShadowDifference } from '../api/shadows.ts'
import { linked } from '../parts/page-link.tsx'
import { Time } from '../parts/time.tsx'
import { SHADOW_OUTCOMES, SHADOW_STATUS, whyInWords } from './shadow-words.ts'

type Difference = ShadowDifference | ReplayedDifference

export const differenceColumns = <T extends Difference>(): TableProps.ColumnDefinition<T>[] => [
  {
    id: 'outcome',
    header: 'With the draft',
    minWidth: 180,
    cell: difference => (
      <>
        <StatusIndicator type={SHADOW_STATUS[difference.Outcome]}>
          {SHADOW_OUTCOMES[difference.Outcome]}
        </StatusIndicator>
        <div>{whyInWords(difference)}</div>
      </>
    ),
  },
  {
    id: 'tool',
    header: 'Principal',
    minWidth: 110,
    cell: ({ PrincipalId, PrincipalName }) => linked('/principals', PrincipalId, PrincipalName),
  },
  {
    id: 'mailbox',
    header: 'Mailbox',
    minWidth: 130,
    cell: ({ UserId, Mailbox }) => linked('/users', UserId, Mailbox),
  },
  {
    id: 'operation',
    header: 'Operation',
    minWidth: 100,
    isRowHeader: true,
    cell: ({ Operation }) => Operation ?? '–',
  },
  {
    id: 'requests',
    header: 'Requests',
    minWidth: 85,
    cell: ({ Requests }) => Requests.toLocaleString(),
  },
  {
    id: 'last',
    header: 'Last request',
    minWidth: 110,
    cell: ({ LastTime }) => <Time at={LastTime} />,
  },
]
