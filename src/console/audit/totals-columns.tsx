/**
 * Columns of the totals: the properties that they are grouped by, and the totals themselves.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import type { TableProps } from '@cloudscape-design/components/table'
import type { GroupBy, TotalsRow } from '../api/history.ts'
import { formatBytes } from '../parts/format-bytes.ts'
import { linked } from '../parts/page-link.tsx'
import { Ago, Day, Time } from '../parts/time.tsx'
import { reasonInWords } from '../roles/words.ts'
import type { Cell } from './csv.ts'
import type { CsvColumns } from './export-button.tsx'
import { OUTCOMES } from './outcome.ts'
import { RuleName } from './rule-name.tsx'
import { Verdict } from './verdict.tsx'

export const GROUPS: Readonly<Record<GroupBy, string>> = {
  PRINCIPAL: 'Principal',
  MAILBOX: 'Mailbox',
  ROLE: 'Role',
  OPERATION: 'Operation',
  VERDICT: 'Decision',
  REASON: 'Reason',
  OUTCOME: 'Outcome',
  CAUSE: 'Cause',
  RULE: 'Rule',
  DAY: 'Day (UTC)',
  HOUR: 'Hour',
}

const DEFAULT_GROUPS: readonly GroupBy[] = ['PRINCIPAL', 'MAILBOX', 'VERDICT']

/** Reads `by=PRINCIPAL,HOUR`. With `by=all`, there is one total of all requests. */
export function readGroups(params: URLSearchParams): readonly GroupBy[] {
  const by = params.get('by')
  if (by === null) return DEFAULT_GROUPS
  const named = new Set(by.split(','))
  return (Object.keys(GROUPS) as GroupBy[]).filter(group => named.has(group))
}

type Column = TableProps.ColumnDefinition<TotalsRow>

const GROUP_COLUMNS: Readonly<Record<GroupBy, Omit<Column, 'id' | 'header'>>> = {
  PRINCIPAL: {
    sortingField: 'PrincipalName',
    cell: row => linked('/principals', row.PrincipalId, row.PrincipalName),
  },
  MAILBOX: { sortingField: 'Mailbox', cell: row => linked('/users', row.UserId, row.Mailbox) },
  ROLE: { sortingField: 'RoleName', cell: row => linked('/roles', row.RoleId, row.RoleName) },
  OPERATION: { sortingField: 'Operation', cell: row => row.Operation ?? '–' },
  VERDICT: { sortingField: 'Verdict', cell: row => <Verdict of={row.Verdict} /> },
  REASON: { sortingField: 'Reason', cell: row => reasonInWords(row.Reason) || '–' },
  OUTCOME: {
    sortingField: 'Outcome',
    cell: row => (row.Outcome === undefined ? 'In progress' : OUTCOMES[row.Outcome]),
  },
  CAUSE: { sortingField: 'Cause', cell: row => row.Cause ?? '–' },
  RULE: { sortingField: 'RuleId', cell: row => <RuleName of={row} /> },
  DAY: {
    sortingField: 'Day',
    minWidth: 115,
    cell: row => (row.Day === undefined ? '–' : <Day at={row.Day} />),
  },
  HOUR: {
    sortingField: 'Hour',
    cell: row => (row.Hour === undefined ? '–' : <Time at={row.Hour} />),
  },
}

const TOTAL_COLUMNS: readonly Column[] = [
  {
    id: 'requests',
    header: 'Requests',
    sortingField: 'Requests',
    cell: ({ Requests }) => Requests.toLocaleString(),
  },
  {
    id: 'items',
    header: 'Items',
    sortingField: 'Items',
    cell: ({ Items }) => Items.toLocaleString(),
  },
  {
    id: 'bytes',
    header: 'Data',
    minWidth: 100,
    sortingField: 'Bytes',
    cell: ({ Bytes }) => formatBytes(Bytes),
  },
  {
    id: 'last',
    header: 'Last request',
    sortingField: 'LastUsed',
    cell: ({ LastUsed }) => <Ago at={LastUsed} />,
  },
]

const groupColumnsOf = (groups: readonly GroupBy[]): Column[] =>
  groups.map((group, i) => ({
    id: group,
    header: GROUPS[group],
    isRowHeader: i === 0,
    ...GROUP_COLUMNS[group],
  }))

export const totalsColumnsOf = (groups: readonly GroupBy[]): Column[] => [
  ...groupColumnsOf(groups),
  ...TOTAL_COLUMNS,
]

/** Properties that say why a request was not served. */
export const WHY = ['OUTCOME', 'REASON', 'CAUSE'] as const satisfies readonly GroupBy[]

/** Returns columns with one column for all properties of {@link WHY}, and the given totals. */
export const whyColumnsOf = (
  groups: readonly GroupBy[],
  totals: readonly ('requests' | 'items' | 'bytes' | 'last')[],
): Column[] => [
  ...groupColumnsOf(groups),
  {
    id: 'why',
    header: 'Outcome',
    minWidth: 230,
    sortingField: 'Outcome',
    cell: ({ Outcome, Reason, Cause }) => (
      <>
        {Outcome === undefined ? 'In progress' : OUTCOMES[Outcome]}
        <Box color="text-body-secondary">{reasonInWords(Reason) || Cause}</Box>
      </>
    ),
  },
  ...TOTAL_COLUMNS.filter(({ id }) => totals.some(total => total === id)),
]

const CSV_COLUMNS: Readonly<Record<GroupBy, Record<string, (row: TotalsRow) => Cell>>> = {
  PRINCIPAL: { principal: row => row.PrincipalName, principalId: row => row.PrincipalId },
  MAILBOX: { mailbox: row => row.Mailbox, userId: row => row.UserId },
  ROLE: { role: row => row.RoleName, roleId: row => row.RoleId },
  OPERATION: { operation: row => row.Operation },
  VERDICT: { decision: row => row.Verdict },
  REASON: { reason: row => row.Reason },
  OUTCOME: { outcome: row => row.Outcome },
  CAUSE: { cause: row => row.Cause },
  RULE: {
    role: row => row.RoleName,
    roleId: row => row.RoleId,
    ruleType: row => row.RuleType,
    ruleId: row => row.RuleId,
    rule: row => row.RuleName,
  },
  DAY: { day: row => row.Day && new Date(row.Day * 1_000).toISOString().slice(0, 10) },
  HOUR: { hour: row => row.Hour && new Date(row.Hour * 1_000).toISOString() },
}

export const csvColumnsOf = (groups: readonly GroupBy[]): CsvColumns<TotalsRow> => ({
  ...Object.assign({}, ...groups.map(group => CSV_COLUMNS[group])),
  requests: (row: TotalsRow) => row.Requests,
  items: (row: TotalsRow) => row.Items,
  bytes: (row: TotalsRow) => row.Bytes,
  lastUsed: (row: TotalsRow) => new Date(row.LastUsed * 1_000).toISOString(),
})
