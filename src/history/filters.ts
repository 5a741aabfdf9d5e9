/**
 * Converts filters to conditions on series.
 *
 * @module
 */

import { type Expression, expressionBuilder, type SqlBool, sql } from 'kysely'
import type { DecisionProperty, Filter } from './history.ts'
import type { Tables } from './tables.ts'

/** Columns of a series that hold a property. */
const SERIES_COLUMNS = {
  role: ['role_id'],
  principal: ['principal_id'],
  mailbox: ['user_id', 'mailbox'],
  operation: ['operation'],
  verdict: ['verdict'],
  reason: ['reason'],
  outcome: ['outcome'],
  cause: ['cause'],
  rule: ['rule'],
} as const satisfies Record<DecisionProperty, readonly string[]>

/** Columns that a part of a name or a text is searched in. */
const NAMES = {
  ...SERIES_COLUMNS,
  role: ['role_name'],
  mailbox: ['mailbox'],
  rule: ['rule', 'rule_name'],
} as const satisfies Record<DecisionProperty, readonly string[]>

/**
 * Returns the condition that a column contains a text. The database folds both texts, so that it always finds a text as it
 * was written.
 *
 * @param prefix - text of the column after which the text can be
 */
export const contains = (column: string, part: string, prefix = ''): Expression<SqlBool> =>
  sql<SqlBool>`lower(${sql.ref(column)}) like lower(${`%${escaped(prefix)}%${escaped(part)}%`}) escape '!'`

const escaped = (text: string): string => text.replace(/[!%_]/g, '!$&')

/** Returns the table of rollups for some properties. Only queries about mailboxes need the rollups per mailbox. */
export const sumsFor = (properties: readonly string[]) =>
  properties.includes('mailbox') ? 'history_sums' : 'history_totals'

/** Returns the condition for series of an organization that match all filters. */
export function seriesThat(
  organizationId: string,
  filters: readonly Filter[],
): Expression<SqlBool> {
  const eb = expressionBuilder<Tables, 'history_series'>()
  const passes = ({ property, values, not, parts = [] }: Filter) => {
    const any = eb.or([
      ...(values.length === 0 ? [] : SERIES_COLUMNS[property]).map(column =>
        eb(`history_series.${column}`, 'in', values),
      ),
      ...parts.flatMap(part =>
        NAMES[property].map(column => contains(`history_series.${column}`, part)),
      ),
    ])
    return not ? eb.not(any) : any
  }
  return eb.and([
    eb('history_series.organization_id', '=', organizationId),
    ...filters.map(filter => passes(filter)),
  ])
}
