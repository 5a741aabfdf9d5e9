/**
 * `ews-gateway audit`: says which tools read a mailbox, under which roles and rules, from files of the audit.
 *
 * Its totals are those of SummarizeDecisions by {@link GROUP_BY}.
 *
 * @module
 */

import { auditFiles, linesOfFiles, placeOf } from '../audit/line-files.ts'
import { summarizeDecisions } from '../control/contract/history.ts'
import { totalOnWire } from '../control/decisions.ts'
import { withDates } from '../control/json-times.ts'
import { MailboxReport } from '../history/mailbox-report.ts'
import { formatReport, type ReportFormat, type TotalRow } from './audit-format.ts'
import type { Output } from './users.ts'

/** Properties of the API by which the report is grouped. */
export const GROUP_BY = [
  'DAY',
  'PRINCIPAL',
  'RULE',
  'OPERATION',
  'VERDICT',
  'REASON',
  'OUTCOME',
  'CAUSE',
] as const

export type AuditSettings = Readonly<{
  /** Address of a mailbox, or ID of its user. */
  mailbox: string
  /** First and last day, in milliseconds since the epoch. */
  since: number
  until: number
  /** Only denied requests. */
  denied: boolean
  format: ReportFormat
  /** Files, and folders of them. */
  paths: readonly string[]
}>

const DAY_MS = 86_400_000

/** Maximum number of lines of one file that are reported as damaged one by one. */
const SHOWN = 3

/** @returns the exit code: 1 if something is missing, so that the totals can be too low */
export async function reportAudit(
  settings: AuditSettings,
  { print, warn }: Output,
): Promise<number> {
  const { mailbox, since: from, until, denied, format, paths } = settings
  const report = new MailboxReport({ mailbox, from, until: until + DAY_MS })
  const problems: string[] = []
  const problem = (message: string) => problems.push(message)
  const damaged = new Map<string, number>()
  for await (const lines of linesOfFiles(await auditFiles(paths, problem), problem))
    for (const [i, line] of lines.lines.entries()) {
      try {
        report.add(line)
      } catch {
        const count = (damaged.get(lines.file) ?? 0) + 1
        damaged.set(lines.file, count)
        if (count <= SHOWN) problem(`${placeOf(lines, i)} is not a record. ${RESTORE}`)
      }
    }
  for (const [file, count] of damaged)
    if (count > SHOWN) problem(`${file} has ${count} lines that are not records. ${RESTORE}`)

  const rows = report
    .rows()
    .filter(({ verdict }) => !denied || verdict === 'deny')
    .map(row => totalOnWire(row, report.principalNames))
  const { Rows } = withDates(summarizeDecisions.output, { Rows: rows, Truncated: false }) as {
    Rows: readonly TotalRow[]
  }
  print(formatReport(format, Rows, problems))
  for (const message of problems) warn(message)
  if (problems.length > 0) warn('The report is incomplete.')
  return problems.length > 0 ? 1 : 0
}

const RESTORE = 'Restore the file from a backup'
