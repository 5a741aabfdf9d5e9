/**
 * Adds totals up, so that one read of the history serves several tables.
 *
 * @module
 */

import type { GroupBy, TotalsRow } from '../api/history.ts'

type Member = keyof TotalsRow

/** Members of a row that identify a value of each property, and those that describe it. */
const MEMBERS: Readonly<
  Record<GroupBy, Readonly<{ key: readonly Member[]; text?: readonly Member[] }>>
> = {
  DAY: { key: ['Day'] },
  HOUR: { key: ['Hour'] },
  PRINCIPAL: { key: ['PrincipalId'], text: ['PrincipalName'] },
  MAILBOX: { key: ['UserId', 'Mailbox'] },
  ROLE: { key: ['RoleId'], text: ['RoleName'] },
  RULE: { key: ['RuleType', 'RuleId', 'RoleId'], text: ['RuleName', 'RoleName'] },
  OPERATION: { key: ['Operation'] },
  VERDICT: { key: ['Verdict'] },
  REASON: { key: ['Reason'] },
  OUTCOME: { key: ['Outcome'] },
  CAUSE: { key: ['Cause'] },
}

/** Returns one row for each value of the properties, in the order of their first rows. */
export function foldTotals(
  rows: readonly TotalsRow[],
  groups: readonly GroupBy[],
): readonly TotalsRow[] {
  const keys = groups.flatMap(group => MEMBERS[group].key)
  const members = groups.flatMap(group => [...MEMBERS[group].key, ...(MEMBERS[group].text ?? [])])
  const sums = new Map<string, TotalsRow>()
  for (const row of rows) {
    const key = JSON.stringify(keys.map(member => row[member] ?? null))
    const before = sums.get(key)
    sums.set(key, { ...picked(row, members), ...sumOf(before, row) })
  }
  return [...sums.values()]
}

const picked = (row: TotalsRow, members: readonly Member[]): Partial<TotalsRow> =>
  Object.fromEntries(members.flatMap(member => (member in row ? [[member, row[member]]] : [])))

const sumOf = (before: TotalsRow | undefined, row: TotalsRow) => ({
  Requests: (before?.Requests ?? 0) + row.Requests,
  Items: (before?.Items ?? 0) + row.Items,
  Bytes: (before?.Bytes ?? 0) + row.Bytes,
  LastUsed: Math.max(before?.LastUsed ?? 0, row.LastUsed),
})
