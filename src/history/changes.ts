/**
 * Lists changes, newest first.
 *
 * @module
 */

import { expressionBuilder, sql } from 'kysely'
import { firstIdAt, timeOfId } from '../model/decision-id.ts'
import { contains } from './filters.ts'
import type { ChangeProperty, Filter, ListedChange, ListQuery } from './history.ts'
import type { Database, Tables } from './tables.ts'

/** Maximum length, in characters, of a record that a list contains. Longer ones are omitted. */
const LISTED = 16_384

const COLUMNS = {
  action: 'action',
  role: 'role_id',
  principal: 'principal_id',
  verdict: 'verdict',
  reason: 'reason',
  object: 'object',
} as const satisfies Record<ChangeProperty, string>

export async function listChanges(
  db: Database,
  { organizationId, from, until, filters, before, limit }: ListQuery<ChangeProperty>,
): Promise<ListedChange[]> {
  const end = firstIdAt(until)
  const rows = await db
    .selectFrom('history_changes')
    .innerJoin('history_records', 'history_records.decision_id', 'history_changes.decision_id')
    .select(['history_changes.decision_id', 'action', 'verdict', 'reason', 'principal_id'])
    .select(['role_id', 'source_address', 'object'])
    .select(sql<string | null>`case when length(record) <= ${LISTED} then record end`.as('record'))
    .where('organization_id', '=', organizationId)
    .where('part', '=', 1)
    .where('history_changes.decision_id', '>=', firstIdAt(from))
    .where('history_changes.decision_id', '<', before !== undefined && before < end ? before : end)
    .where(changesThat(filters))
    .orderBy('history_changes.decision_id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(row => ({
    decisionId: row.decision_id,
    at: timeOfId(row.decision_id),
    action: row.action,
    verdict: row.verdict as ListedChange['verdict'],
    reason: row.reason,
    principalId: row.principal_id,
    roleId: row.role_id,
    sourceAddress: row.source_address,
    object: row.object === null ? undefined : JSON.parse(row.object),
    record: row.record ?? undefined,
  }))
}

function changesThat(filters: readonly Filter<ChangeProperty>[]) {
  const eb = expressionBuilder<Tables, 'history_changes'>()
  const passes = ({ property, values, not, parts = [] }: Filter<ChangeProperty>) => {
    const column = `history_changes.${COLUMNS[property]}` as const
    const any = eb.or([
      ...(values.length === 0 ? [] : [eb(column, 'in', values)]),
      ...parts.map(part =>
        property === 'object' ? contains(column, jsonOf(part), NAME) : contains(column, part),
      ),
    ])
    return not ? eb.not(any) : any
  }
  return eb.and(filters.map(passes))
}

/** Text before the name in the JSON of an object. The name is its last member. */
const NAME = '"name":"'

/** Returns a text as it is within a string of JSON. */
const jsonOf = (text: string): string => JSON.stringify(text).slice(1, -1)
