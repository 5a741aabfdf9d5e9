/**
 * Reads totals from the rollups.
 *
 * @module
 */

import { type Expression, expressionBuilder, type SqlBool, sql } from 'kysely'
import { startOf } from '../model/decision-id.ts'
import { seriesThat, sumsFor } from './filters.ts'
import { membersOf } from './groups.ts'
import type { DecisionProperty, Filter, SummaryQuery, SummaryRow } from './history.ts'
import { concat, isOfMailbox, rollupsIn } from './rollups.ts'
import type { Database, Tables } from './tables.ts'

/** Columns that hold the members of a row. */
const COLUMNS = {
  roleId: 'role_id',
  roleName: 'role_name',
  principalId: 'principal_id',
  userId: 'user_id',
  mailbox: 'mailbox',
  operation: 'operation',
  verdict: 'verdict',
  reason: 'reason',
  outcome: 'outcome',
  cause: 'cause',
  rule: 'rule',
  ruleName: 'rule_name',
} as const satisfies Readonly<Partial<Record<keyof SummaryRow, string>>>

export async function summarize(db: Database, query: SummaryQuery): Promise<SummaryRow[]> {
  const { keys, names } = membersOf(query.groupBy)
  const times = (['day', 'hour'] as const).filter(time => query.groupBy.includes(time))
  const groups = [...times, ...keys.map(member => COLUMNS[member])]
  const ref = (column: string) => sql.ref(column)
  const filtered = query.filters.map(({ property }) => property)

  const table = sumsFor([...query.groupBy, ...filtered])
  const sums = rollupsIn(db, query, table, times)
  // With many mailboxes, SQLite reads all series faster than it finds each one. The plus sign prevents the use of the key.
  const isOfMany = table === 'history_sums' && !isOfMailbox(query)
  const seriesId = sql`${isOfMany ? sql`+` : sql``}history_series.id`
  const { rows } = await sql<SqlRow>`
    select ${sql.join([
      ...groups.map(ref),
      ...names.map(name => sql`max(${ref(COLUMNS[name])}) as ${ref(COLUMNS[name])}`),
      ...SUMS,
    ])}
    from (${sums}) as sums
    inner join history_series on ${seriesId} = sums.series_id
    where ${seriesThat(query.organizationId, query.filters)}
    ${groups.length > 0 ? sql`group by ${sql.join(groups.map(ref))}` : sql``}
    having sum(requests) > 0
    order by ${concat(times.map(time => sql`${ref(time)}, `))} requests desc
    limit ${query.limit}`.execute(db)
  const members = [...keys, ...names].map(member => [COLUMNS[member], member] as const)
  return rows.map(row => rowOf(row, members))
}

const SUMS = [
  sql`sum(requests) as requests`,
  sql`sum(items) as items`,
  sql`sum(bytes) as bytes`,
  sql`max(sums.last_at) as last_at`,
]

type SqlRow = Readonly<Record<string, string | number>>

/** Members of rows by their columns. A query can have 10,000 rows, so they are found once. */
type Members = readonly (readonly [column: string, member: keyof SummaryRow])[]

function rowOf(row: SqlRow, members: Members): SummaryRow {
  const texts: Record<string, string | number | undefined> = {}
  for (const [column, member] of members) texts[member] = row[column]
  return {
    ...texts,
    ...('day' in row && { day: startOf(Number(row['day'])) }),
    ...('hour' in row && { hour: startOf(Number(row['hour'])) }),
    requests: Number(row['requests']),
    items: Number(row['items']),
    bytes: Number(row['bytes']),
    lastAt: Number(row['last_at']),
  }
}

const IDS = { role: 'role_id', principal: 'principal_id', mailbox: 'user_id' } as const

export async function readLastUsed(
  db: Database,
  organizationId: string,
  by: keyof typeof IDS,
  filters: readonly Filter<DecisionProperty>[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('history_series')
    .select(IDS[by])
    .select(({ fn }) => fn.max('last_at').as('last_at'))
    .where(seriesThat(organizationId, filters))
    .where(isAllowed(sumsFor([by, ...filters.map(({ property }) => property)])))
    .groupBy(IDS[by])
    .execute()
  const idOf = (row: Readonly<Record<string, unknown>>) => String(row[IDS[by]])
  return new Map(rows.map(row => [idOf(row), Number(row.last_at)]))
}

/** Reads series until it finds an allowed request. */
export async function readHasAllowed(db: Database, organizationId: string): Promise<boolean> {
  const row = await db
    .selectFrom('history_series')
    .select('verdict')
    .where('organization_id', '=', organizationId)
    .where(isAllowed('history_totals'))
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Returns the condition for series of allowed requests with at least one rollup. */
function isAllowed(sums: ReturnType<typeof sumsFor>): Expression<SqlBool> {
  const eb = expressionBuilder<Tables, 'history_series'>()
  const counted = eb
    .selectFrom(`${sums} as sums`)
    .select('series_id')
    .whereRef('sums.series_id', '=', 'history_series.id')
    // A series of requests in progress has rollups of 0 requests once these have ended.
    .where('sums.requests', '>', 0)
  return eb.and([eb('history_series.verdict', '=', 'allow'), eb.exists(counted)])
}
