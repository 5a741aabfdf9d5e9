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
  /** ID or name of a principal. By default, all principals. */
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

/** Describes, for each filter, the values in the records with which it is compared. */
export type Compared = Readonly<Record<(typeof FILTERS)[number], string>>

const FILTERS = ['mailbox', 'principal'] as const

export const DAY_MS = 86_400_000

/**
 * Prints a report. If it is empty, says what the filters were compared with, because another name of a mailbox would
 * otherwise look like proof that no tool read it.
 *
 * @returns the exit code: 1 if something is missing, so that the totals can be too low
 */
export function printReport(
  question: AuditQuestion,
  { rows, problems }: Totals,
  compared: Compared,
  { print, warn }: Output,
): number {
  print(formatReport(question.format, question.groupBy, rows, problems))
  for (const filter of rows.length === 0 ? FILTERS : [])
    if (question[filter] !== undefined)
      warn(`--${filter} ${question[filter]} was compared with ${compared[filter]}.`)
  for (const message of problems) warn(message)
  if (problems.length > 0) warn('The report is incomplete.')
  return problems.length > 0 ? 1 : 0
}
