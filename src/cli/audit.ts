/**
 * `ews-gateway audit`: totals requests in files of the audit, such as which tools read a mailbox, under which rules.
 * With `--history`, `audit-history.ts` asks a gateway for them.
 *
 * Its totals are those of SummarizeDecisions with the same properties and filters.
 *
 * @module
 */

import { auditFiles, linesOfFiles, placeOf } from '../audit/line-files.ts'
import { inWritingOrder } from '../audit/writing-order.ts'
import { summarizeDecisions } from '../control/contract/history.ts'
import { totalOnWire } from '../control/decisions.ts'
import { withDates } from '../control/json-times.ts'
import type { SummaryProperty } from '../history/history.ts'
import { JournalReport } from '../history/journal-report.ts'
import { foldPrincipalName } from '../model/principal.ts'
import type { TotalRow } from './audit-format.ts'
import {
  type AuditQuestion,
  type Compared,
  DAY_MS,
  printReport,
  type Totals,
} from './audit-report.ts'
import type { Output } from './users.ts'

export type AuditSettings = AuditQuestion &
  Readonly<{
    /** Files, and folders of them. */
    paths: readonly string[]
  }>

const COMPARED: Compared = {
  mailbox:
    'the address that each user had at the time of the request, and the ID of the user. The files have no aliases or other names of users: use that address or the ID',
  principal:
    'the ID of each principal, and the name that the files record when it is created or changed. If these files are not among them, use the ID',
}

/** Maximum number of lines of one file that are reported as damaged one by one. */
const SHOWN = 3

/** Reports from files. @returns the exit code */
export async function reportAudit(settings: AuditSettings, output: Output): Promise<number> {
  return printReport(settings, await totalsInFiles(settings), COMPARED, output)
}

/** Returns the totals. Reads the files again if no ID, but a name in them, is that of the principal. */
async function totalsInFiles(settings: AuditSettings): Promise<Totals> {
  const { principal } = settings
  const totals = await totalsOf(settings, principal === undefined ? undefined : [principal])
  if (principal === undefined || totals.rows.length > 0) return totals
  const name = foldPrincipalName(principal)
  const named = [...totals.principalNames].filter(([, other]) => foldPrincipalName(other) === name)
  return named.length === 0
    ? totals
    : await totalsOf(
        settings,
        named.map(([id]) => id),
      )
}

async function totalsOf(settings: AuditSettings, principals: readonly string[] | undefined) {
  const { since: from, until, groupBy, mailbox, denied, paths } = settings
  const properties = groupBy.map(property => property.toLowerCase() as SummaryProperty)
  const report = new JournalReport({
    ...(mailbox !== undefined && { mailbox }),
    ...(principals !== undefined && { principals }),
    denied,
    from,
    until: until + DAY_MS,
    groupBy: properties,
  })
  const problems: string[] = []
  const problem = (message: string) => problems.push(message)
  const damaged = new Map<string, number>()
  const files = await inWritingOrder(await auditFiles(paths, problem))
  for await (const lines of linesOfFiles(files, problem))
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
  return { rows: Rows, problems, principalNames: report.principalNames }
}

const RESTORE = 'Restore the file from a backup'
