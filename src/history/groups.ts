/**
 * Members of a row of totals, by the properties that it is grouped by.
 *
 * @module
 */

import type { Compared, Series, SummaryProperty } from './history.ts'

type Member = Exclude<keyof Series, 'id' | 'organizationId' | keyof Compared>

/** Members of a series that a property is grouped by. IDs of impersonation rules are unique only in their role. */
const GROUPS = {
  role: ['roleId'],
  principal: ['principalId'],
  mailbox: ['userId'],
  operation: ['operation'],
  verdict: ['verdict'],
  reason: ['reason'],
  outcome: ['outcome'],
  cause: ['cause'],
  rule: ['rule', 'roleId'],
  hour: [],
  day: [],
} as const satisfies Record<SummaryProperty, readonly Member[]>

/** Members that a row has in addition: names, of which the last one in the alphabet counts. */
const NAMES: Readonly<Partial<Record<SummaryProperty, readonly Member[]>>> = {
  mailbox: ['mailbox'],
  role: ['roleName'],
  rule: ['ruleName', 'roleName'],
}

type Members = Readonly<{ keys: readonly Member[]; names: readonly Member[] }>

/** Returns the members of rows that are grouped by some properties. */
export const membersOf = (groupBy: readonly SummaryProperty[]): Members => ({
  keys: distinct(groupBy.flatMap(property => GROUPS[property])),
  names: distinct(groupBy.flatMap(property => NAMES[property] ?? [])),
})

const distinct = (members: readonly Member[]): readonly Member[] => [...new Set(members)]
