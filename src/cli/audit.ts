/**
 * `ews-gateway audit`: totals requests in files of the audit, such as which tools read a mailbox, under which rules.
 * With `--history`, `audit-history.ts` asks a gateway for them.
 *
 * Its totals are those of SummarizeDecisions with the same properties and filters.
 *
 * @module
 */

import { auditFiles, linesOfFiles, placeOf } from '../audit/line-files.ts'
import { summarizeDecisions } from '../control/contract/history.ts'
import { totalOnWire } from '../control/decisions.ts'
import { withDates } from '../control/json-times.ts'
import type { SummaryProperty } from '../history/history.ts'
import { JournalReport } from '../history/journal-report.ts'
import type { TotalRow } from './audit-format.ts'
import { type AuditQuestion, DAY_MS, printReport, type Totals } from './audit-report.ts'
import type { Output } from './users.ts'

export type AuditSettings = AuditQuestion &
  Readonly<{
    /** Files, and folders of them. */
    paths: readonly string[]
  }>

/** Maximum number of lines of one file that are reported as damaged one by one. */
const SHOWN = 3

/** Reports from files. @returns the exit code */
export async function reportAudit(settings: AuditSettings, output: Output): Promise<number> {
  return printReport(settings, await totalsInFiles(settings), output)
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
