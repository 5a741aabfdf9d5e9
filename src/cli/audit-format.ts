/**
 * Writes the totals of `ews-gateway audit` as a table, JSON, or CSV.
 *
 * @module
 */

import type { GROUP_PROPERTIES } from '../control/contract/history.ts'
import { visible, visibleJson } from '../model/visible-text.ts'

/** Property of the API by which a report is grouped. */
export type GroupBy = (typeof GROUP_PROPERTIES)[number]

export type ReportFormat = 'table' | 'json' | 'csv'

/** A row of totals as `ews-gateway api SummarizeDecisions` prints it. */
export type TotalRow = Readonly<
  Partial<Record<TextName, string>> & Record<'Requests' | 'Items' | 'Bytes', number>
>

type TextName =
  | 'Day'
  | 'Hour'
  | 'UserId'
  | 'Mailbox'
  | 'PrincipalId'
  | 'PrincipalName'
  | 'RoleId'
  | 'RoleName'
  | 'RuleType'
  | 'RuleId'
  | 'RuleName'
  | 'Operation'
  | 'Verdict'
  | 'Reason'
  | 'Outcome'
  | 'Cause'
  | 'LastUsed'

type Cell = string | number | undefined
type Columns = Readonly<Record<string, (row: TotalRow) => Cell>>

/** Returns the report with a line feed at its end. @param problems - what is missing, for JSON */
export function formatReport(
  format: ReportFormat,
  groupBy: readonly GroupBy[],
  rows: readonly TotalRow[],
  problems: readonly string[],
): string {
  if (format === 'json') return `${visibleJson({ Rows: rows, Problems: problems }, 2)}\n`
  return visible(format === 'csv' ? csvOf(rows, groupBy) : tableOf(rows, groupBy))
}

const day = ({ Day = '' }: TotalRow) => Day.slice(0, 'YYYY-MM-DD'.length)

const TABLE = {
  DAY: { DAY: day },
  HOUR: { HOUR: row => row.Hour },
  PRINCIPAL: { TOOL: row => row.PrincipalName ?? row.PrincipalId },
  MAILBOX: { MAILBOX: row => row.Mailbox ?? row.UserId },
  ROLE: { ROLE: row => row.RoleName ?? row.RoleId },
  RULE: { ROLE: row => row.RoleName ?? row.RoleId, RULE: ruleOf },
  OPERATION: { OPERATION: row => row.Operation },
  VERDICT: { DECISION: row => row.Verdict },
  REASON: { REASON: row => row.Reason },
  OUTCOME: { OUTCOME: row => row.Outcome },
  CAUSE: { CAUSE: row => row.Cause },
} as const satisfies Record<GroupBy, Columns>

const TABLE_TOTALS: Columns = {
  REQUESTS: row => row.Requests,
  ITEMS: row => row.Items,
  BYTES: row => row.Bytes,
}

const ROLE: Columns = { role: row => row.RoleName, roleId: row => row.RoleId }

/** Columns as the console exports them. */
const CSV = {
  DAY: { day },
  HOUR: { hour: row => row.Hour },
  PRINCIPAL: { principal: row => row.PrincipalName, principalId: row => row.PrincipalId },
  MAILBOX: { mailbox: row => row.Mailbox, userId: row => row.UserId },
  ROLE,
  RULE: {
    ...ROLE,
    ruleType: row => row.RuleType,
    ruleId: row => row.RuleId,
    rule: row => row.RuleName,
  },
  OPERATION: { operation: row => row.Operation },
  VERDICT: { decision: row => row.Verdict },
  REASON: { reason: row => row.Reason },
  OUTCOME: { outcome: row => row.Outcome },
  CAUSE: { cause: row => row.Cause },
} as const satisfies Record<GroupBy, Columns>

const CSV_TOTALS: Columns = {
  requests: row => row.Requests,
  items: row => row.Items,
  bytes: row => row.Bytes,
  lastUsed: row => row.LastUsed,
}

const columnsOf = (
  columns: Readonly<Record<GroupBy, Columns>>,
  groupBy: readonly GroupBy[],
  totals: Columns,
): Columns => ({ ...Object.assign({}, ...groupBy.map(property => columns[property])), ...totals })

function ruleOf({ RuleType, RuleId, RuleName }: TotalRow): Cell {
  return RuleType === 'ACCESS_CONTROL' ? `access control: ${RuleId}` : (RuleName ?? RuleId)
}

function tableOf(rows: readonly TotalRow[], groupBy: readonly GroupBy[]): string {
  if (rows.length === 0) return 'No requests.\n'
  const columns = columnsOf(TABLE, groupBy, TABLE_TOTALS)
  const names = Object.keys(columns)
  const lines = rows.map(row => Object.values(columns).map(cell => cell(row) ?? '-'))
  const widths = names.map((name, i) =>
    Math.max(name.length, ...lines.map(cells => String(cells[i]).length)),
  )
  const written = (cells: readonly (string | number)[]) =>
    cells
      .map((cell, i) =>
        typeof cell === 'number'
          ? String(cell).padStart(widths[i] ?? 0)
          : cell.padEnd(widths[i] ?? 0),
      )
      .join('  ')
      .trimEnd()
  const requests = rows.reduce((sum, { Requests }) => sum + Requests, 0)
  const denied = rows.reduce((sum, row) => sum + (row.Verdict === 'DENY' ? row.Requests : 0), 0)
  const ofWhich = groupBy.includes('VERDICT') ? `, ${denied} of them denied` : ''
  const header = names.map((name, i) =>
    typeof lines[0]?.[i] === 'number' ? name.padStart(widths[i] ?? 0) : name,
  )
  const all = [written(header), ...lines.map(written)].map(line => `${line}\n`).join('')
  return `${all}\n${requests} requests${ofWhich}.\n`
}

/** Writes CSV (RFC 4180). A cell that a spreadsheet could read as a formula begins with an apostrophe. */
function csvOf(rows: readonly TotalRow[], groupBy: readonly GroupBy[]): string {
  const columns = columnsOf(CSV, groupBy, CSV_TOTALS)
  const lines = rows.map(row => Object.values(columns).map(cell => csvCell(cell(row))))
  return [Object.keys(columns), ...lines].map(cells => `${cells.join()}\r\n`).join('')
}

function csvCell(cell: Cell): string {
  if (cell === undefined || typeof cell === 'number') return String(cell ?? '')
  const harmless = ['=', '+', '-', '@', '\t', '\r'].includes(cell.charAt(0)) ? `'${cell}` : cell
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
