/**
 * Question of `ews-gateway audit`, and how its answer is printed, whether it comes from files or from the history.
 *
 * @module
 */

import { GROUP_PROPERTIES } from '../control/contract/history.ts'
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

/** Totals, and what is missing in them. */
export type Totals = Readonly<{ rows: readonly TotalRow[]; problems: readonly string[] }>

export const DAY_MS = 86_400_000

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
