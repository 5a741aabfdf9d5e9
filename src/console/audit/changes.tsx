/**
 * List of changes, issued tokens, and denied calls, newest first.
 *
 * @module
 */

import type { TableProps } from '@cloudscape-design/components/table'
import type { Change, Property } from '../api/history.ts'
import { PageLink } from '../parts/page-link.tsx'
import { ChangedObject } from './changed-object.tsx'
import { TIME, VERDICT } from './columns.tsx'
import { changeInWords } from './record.ts'
import { RecordList } from './record-list.tsx'

const PROPERTIES: readonly Property[] = [
  'ACTION',
  'OBJECT',
  'PRINCIPAL',
  'ROLE',
  'VERDICT',
  'REASON',
]
/** Properties in whose names or texts changes can be searched. */
const SEARCHED: readonly Property[] = ['ACTION', 'OBJECT', 'PRINCIPAL', 'REASON']

export const ChangesPage = () => (
  <RecordList
    target="EwsGateway.ListChanges"
    rowsOf={answer => answer.Changes}
    what="changes"
    title="Changes"
    description="Changes by administrators, issued tokens, and denied calls of the control API."
    properties={PROPERTIES}
    searched={SEARCHED}
    columns={COLUMNS}
    csv={CSV}
  />
)

const COLUMNS: TableProps.ColumnDefinition<Change>[] = [
  TIME,
  { id: 'action', header: 'Action', cell: ({ Action }) => Action.replace(/^\w+:/, '') },
  VERDICT,
  {
    id: 'object',
    header: 'Object',
    minWidth: 120,
    cell: change => <ChangedObject of={change} />,
  },
  {
    id: 'what',
    header: 'Changed fields or reason',
    minWidth: 130,
    cell: change => changeInWords(change) || '–',
  },
  {
    id: 'principal',
    header: 'Principal',
    cell: ({ PrincipalId, PrincipalName = PrincipalId, Subject }) => {
      if (PrincipalId === undefined) return 'Command line'
      // A person who signed in at an issuer has no page.
      if (Subject !== undefined) return PrincipalName
      return <PageLink path={`/principals/${PrincipalId}`}>{PrincipalName}</PageLink>
    },
  },
  { id: 'from', header: 'Source address', cell: ({ SourceAddress }) => SourceAddress ?? '–' },
]

const CSV = {
  time: (row: Change) => new Date(row.Time * 1_000).toISOString(),
  action: (row: Change) => row.Action,
  decision: (row: Change) => row.Verdict,
  reason: (row: Change) => row.Reason,
  count: (row: Change) => row.Count,
  objectType: (row: Change) => row.ObjectType,
  objectId: (row: Change) => row.ObjectId,
  object: (row: Change) => row.ObjectName,
  created: (row: Change) => row.Counts?.Created,
  updated: (row: Change) => row.Counts?.Updated,
  deleted: (row: Change) => row.Counts?.Deleted,
  principal: (row: Change) => row.PrincipalName,
  principalId: (row: Change) => row.PrincipalId,
  issuer: (row: Change) => row.Issuer,
  subject: (row: Change) => row.Subject,
  roleId: (row: Change) => row.RoleId,
  sourceAddress: (row: Change) => row.SourceAddress,
  before: (row: Change) => row.Before && JSON.stringify(row.Before),
  after: (row: Change) => row.After && JSON.stringify(row.After),
  decisionId: (row: Change) => row.DecisionId,
}
