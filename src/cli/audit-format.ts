/**
 * Writes the totals of `ews-gateway audit` as a table, JSON, or CSV.
 *
 * @module
 */

export type ReportFormat = 'table' | 'json' | 'csv'

/** A row of totals as `ews-gateway api SummarizeDecisions` prints it. */
export type TotalRow = Readonly<
  Partial<Record<TextName, string>> & Record<'Requests' | 'Items' | 'Bytes', number>
>

type TextName =
  | 'Day'
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
  rows: readonly TotalRow[],
  problems: readonly string[],
): string {
  if (format === 'json')
    return `${JSON.stringify({ Rows: rows, Problems: problems }, undefined, 2)}\n`
  return format === 'csv' ? csvOf(rows) : tableOf(rows)
}

const day = ({ Day = '' }: TotalRow) => Day.slice(0, 'YYYY-MM-DD'.length)

const TABLE: Columns = {
  DAY: day,
  TOOL: row => row.PrincipalName ?? row.PrincipalId,
  ROLE: row => row.RoleName ?? row.RoleId,
  RULE: ruleOf,
  OPERATION: row => row.Operation,
  DECISION: row => row.Verdict,
  REASON: row => row.Reason,
  OUTCOME: row => row.Outcome,
  REQUESTS: row => row.Requests,
  ITEMS: row => row.Items,
  BYTES: row => row.Bytes,
}

/** Columns as the console exports them. */
const CSV: Columns = {
  day,
  principal: row => row.PrincipalName,
  principalId: row => row.PrincipalId,
  role: row => row.RoleName,
  roleId: row => row.RoleId,
  ruleType: row => row.RuleType,
  ruleId: row => row.RuleId,
  rule: row => row.RuleName,
  operation: row => row.Operation,
  decision: row => row.Verdict,
  reason: row => row.Reason,
  outcome: row => row.Outcome,
  cause: row => row.Cause,
  requests: row => row.Requests,
  items: row => row.Items,
  bytes: row => row.Bytes,
  lastUsed: row => row.LastUsed,
}

function ruleOf({ RuleType, RuleId, RuleName }: TotalRow): Cell {
  return RuleType === 'ACCESS_CONTROL' ? `access control: ${RuleId}` : (RuleName ?? RuleId)
}

function tableOf(rows: readonly TotalRow[]): string {
  if (rows.length === 0) return 'No requests.\n'
  const names = Object.keys(TABLE)
  const lines = rows.map(row => Object.values(TABLE).map(cell => cell(row) ?? '-'))
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
  const header = names.map((name, i) =>
    typeof lines[0]?.[i] === 'number' ? name.padStart(widths[i] ?? 0) : name,
  )
  const all = [written(header), ...lines.map(written)].map(line => `${line}\n`).join('')
  return `${all}\n${requests} requests, ${denied} of them denied.\n`
}

/** Writes CSV (RFC 4180). A cell that a spreadsheet could read as a formula begins with an apostrophe. */
function csvOf(rows: readonly TotalRow[]): string {
  const lines = rows.map(row => Object.values(CSV).map(cell => csvCell(cell(row))))
  return [Object.keys(CSV), ...lines].map(cells => `${cells.join()}\r\n`).join('')
}

function csvCell(cell: Cell): string {
  if (cell === undefined || typeof cell === 'number') return String(cell ?? '')
  const harmless = ['=', '+', '-', '@', '\t', '\r'].includes(cell.charAt(0)) ? `'${cell}` : cell
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
