/**
 * List of decisions, newest first.
 *
 * @module
 */

import type { TableProps } from '@cloudscape-design/components/table'
import type { Decision, Property } from '../api/history.ts'
import { formatBytes } from '../parts/format-bytes.ts'
import { linked } from '../parts/page-link.tsx'
import { reasonInWords } from '../roles/words.ts'
import { TIME, VERDICT } from './columns.tsx'
import { SEARCHED } from './filters.ts'
import { RecordList } from './record-list.tsx'
import { RuleName } from './rule-name.tsx'

const PROPERTIES: readonly Property[] = [
  'VERDICT',
  'MAILBOX',
  'PRINCIPAL',
  'ROLE',
  'RULE',
  'OPERATION',
  'REASON',
  'OUTCOME',
  'CAUSE',
]

export const DecisionsPage = () => (
  <RecordList
    target="EwsGateway.ListDecisions"
    rowsOf={answer => answer.Decisions}
    what="decisions"
    title="Decisions"
    description="By default, denied and failed requests are kept for 400 days, and allowed requests for 7 days, up to 10 million of each. Totals are kept for 400 days."
    properties={PROPERTIES}
    searched={SEARCHED}
    columns={COLUMNS}
    csv={CSV}
  />
)

const COLUMNS: TableProps.ColumnDefinition<Decision>[] = [
  TIME,
  VERDICT,
  {
    id: 'reason',
    header: 'Reason',
    minWidth: 220,
    cell: ({ Reason }) => reasonInWords(Reason) || '–',
  },
  { id: 'operation', header: 'Operation', cell: ({ Operation }) => Operation ?? '–' },
  {
    id: 'mailbox',
    header: 'Mailbox',
    cell: ({ UserId, Mailbox }) => linked('/users', UserId, Mailbox),
  },
  {
    id: 'principal',
    header: 'Principal',
    cell: ({ PrincipalId, PrincipalName }) => linked('/principals', PrincipalId, PrincipalName),
  },
  {
    id: 'role',
    header: 'Role',
    cell: ({ RoleId, RoleName }) => linked('/roles', RoleId, RoleName),
  },
  { id: 'rule', header: 'Rule', minWidth: 140, cell: decision => <RuleName of={decision} /> },
  { id: 'items', header: 'Items', cell: ({ Items }) => Items?.toLocaleString() ?? '–' },
  {
    id: 'bytes',
    header: 'Data',
    cell: ({ Bytes }) => (Bytes === undefined ? '–' : formatBytes(Bytes)),
  },
  { id: 'from', header: 'Source address', cell: ({ SourceAddress }) => SourceAddress ?? '–' },
]

const CSV = {
  time: (row: Decision) => new Date(row.Time * 1_000).toISOString(),
  decision: (row: Decision) => row.Verdict,
  reason: (row: Decision) => row.Reason,
  operation: (row: Decision) => row.Operation,
  mailbox: (row: Decision) => row.Mailbox,
  userId: (row: Decision) => row.UserId,
  principal: (row: Decision) => row.PrincipalName,
  principalId: (row: Decision) => row.PrincipalId,
  role: (row: Decision) => row.RoleName,
  roleId: (row: Decision) => row.RoleId,
  ruleType: (row: Decision) => row.RuleType,
  ruleId: (row: Decision) => row.RuleId,
  rule: (row: Decision) => row.RuleName,
  sourceAddress: (row: Decision) => row.SourceAddress,
  items: (row: Decision) => row.Items,
  bytes: (row: Decision) => row.Bytes,
  decisionId: (row: Decision) => row.DecisionId,
}
