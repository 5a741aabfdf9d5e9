/**
 * `ews-gateway audit`: totals requests in files of the audit, such as which tools read a mailbox, under which rules.
 * With `--history`, `audit-history.ts` asks a gateway for them.
 *
 * Its totals are those of SummarizeDecisions with the same properties and filters.
 *
 * @module
 */

import { auditFiles, linesOfFiles, placeOf } from '../audit/line-files.ts'
import { GROUP_PROPERTIES, summarizeDecisions } from '../control/contract/history.ts'
import { totalOnWire } from '../control/decisions.ts'
import { withDates } from '../control/json-times.ts'
import type { SummaryProperty } from '../history/history.ts'
import { JournalReport } from '../history/journal-report.ts'
import { formatReport, type GroupBy, type ReportFormat, type TotalRow } from './audit-format.ts'
import type { Output } from './users.ts'

/** Properties by which the report is grouped if nothing else is given. */
export const GROUP_BY: readonly GroupBy[] = [
  'DAY',
  'PRINCIPAL',
  'RULE',
  'OPERATION',
  'VERDICT',
  'REASON',
  'OUTCOME',
  'CAUSE',
]

/** Returns the properties of a list such as `MAILBOX,DAY`; undefined if one is unknown. */
export function groupByOf(list: string): readonly GroupBy[] | undefined {
  const named = list.toUpperCase().split(',')
  const known = GROUP_PROPERTIES.filter(property => named.includes(property))
  return known.length === new Set(named).size ? known : undefined
}

/** Question of a report. */
export type AuditQuestion = Readonly<{
  /** Address of a mailbox, or ID of its user. By default, all mailboxes. */
  mailbox?: string
  /** ID of a principal. By default, all principals. */
  principal?: string
  groupBy: readonly GroupBy[]
  /** First and last day, in milliseconds since the epoch. */
  since: number
  until: number
  /** Only denied requests. */
  denied: boolean
  format: ReportFormat
}>

export type AuditSettings = AuditQuestion &
  Readonly<{
    /** Files, and folders of them. */
    paths: readonly string[]
  }>

/** Totals, and what is missing in them. */
type Totals = Readonly<{ rows: readonly TotalRow[]; problems: readonly string[] }>

export const DAY_MS = 86_400_000

/** Maximum number of lines of one file that are reported as damaged one by one. */
const SHOWN = 3

/** Reports from files. @returns the exit code */
export async function reportAudit(settings: AuditSettings, output: Output): Promise<number> {
  return printReport(settings, await totalsInFiles(settings), output)
}

/** @returns the exit code: 1 if something is missing, so that the totals can be too low */
export function printReport(
  { format, groupBy }: AuditQuestion,
  { rows, problems }: Totals,
  { print, warn }: Output,
): number {
  print(formatReport(format, groupBy, rows, problems))
  for (const message of problems) warn(message)
  if (problems.length > 0) warn('The report is incomplete.')
  return problems.length > 0 ? 1 : 0
}

async function totalsInFiles(settings: AuditSettings): Promise<Totals> {
  const { since: from, until, groupBy, format: _, paths, ...filters } = settings
  const properties = groupBy.map(property => property.toLowerCase() as SummaryProperty)
  const report = new JournalReport({
    ...filters,
    from,
    until: until + DAY_MS,
    groupBy: properties,
  })
  const problems: string[] = []
  const problem = (message: string) => problems.push(message)
  const damaged = new Map<string, number>()
  for await (const lines of linesOfFiles(await auditFiles(paths, problem), problem))
    report.add(lines, i => {
      const count = (damaged.get(lines.file) ?? 0) + 1
      damaged.set(lines.file, count)
      if (count <= SHOWN) problem(`${placeOf(lines, i)} is not a record. ${RESTORE}`)
    })
  for (const [file, count] of damaged)
    if (count > SHOWN) problem(`${file} has ${count} lines that are not records. ${RESTORE}`)

  const rows = report.rows().map(row => totalOnWire(row, report.principalNames))
  const { Rows } = withDates(summarizeDecisions.output, { Rows: rows, Truncated: false }) as {
    Rows: readonly TotalRow[]
  }
  return { rows: Rows, problems }
}

const RESTORE = 'Restore the file from a backup'
