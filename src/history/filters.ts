/**
 * Converts filters to conditions on series.
 *
 * @module
 */

import { type Expression, expressionBuilder, type SqlBool } from 'kysely'
import type { DecisionProperty, Filter } from './history.ts'
import type { Tables } from './tables.ts'

/** Columns of a series that hold a property. */
export const SERIES_COLUMNS = {
  role: ['role_id'],
  principal: ['principal_id'],
  mailbox: ['user_id', 'mailbox'],
  operation: ['operation'],
  verdict: ['verdict'],
  reason: ['reason'],
  outcome: ['outcome'],
  cause: ['cause'],
} as const satisfies Record<DecisionProperty, readonly string[]>

/** Returns the table of rollups for some properties. Only queries about mailboxes need the rollups per mailbox. */
export const sumsFor = (properties: readonly string[]) =>
  properties.includes('mailbox') ? 'history_sums' : 'history_totals'

/** For `where`: the series of an organization that pass all filters. */
export function seriesThat(
  organizationId: string,
  filters: readonly Filter[],
): Expression<SqlBool> {
  const eb = expressionBuilder<Tables, 'history_series'>()
  const passes = ({ property, values, not }: Filter) => {
    const any = eb.or(
      SERIES_COLUMNS[property].map(column => eb(`history_series.${column}`, 'in', values)),
    )
    return not ? eb.not(any) : any
  }
  return eb.and([
    eb('history_series.organization_id', '=', organizationId),
    ...filters.map(filter => passes(filter)),
  ])
}
