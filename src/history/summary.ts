/**
 * What the hourly sums say.
 *
 * @module
 */

import { sql } from 'kysely'
import { hourOf, startOf } from './decision-id.ts'
import { seriesThat } from './filters.ts'
import type {
  DecisionProperty,
  Filter,
  Series,
  SummaryProperty,
  SummaryQuery,
  SummaryRow,
  Verdict,
} from './history.ts'
import type { Database } from './tables.ts'

/** What stands in a row for a property; the first of the columns alone is grouped by. */
const COLUMNS = {
  hour: ['hour'],
  role: ['role_id', 'role_name'],
  principal: ['principal_id'],
  mailbox: ['user_id', 'mailbox'],
  operation: ['operation'],
  verdict: ['verdict'],
  reason: ['reason'],
} as const satisfies Record<SummaryProperty, readonly string[]>

export async function summarize(db: Database, query: SummaryQuery): Promise<SummaryRow[]> {
  const columns = query.groupBy.flatMap(property => COLUMNS[property])
  const groups = query.groupBy.map(property => COLUMNS[property][0])
  const others = columns.filter(column => !groups.some(group => group === column))
  const hourly = groups.includes('hour')
  const ref = (column: string) => sql.ref(column)

  // Summed by series first, so that each series is looked up once.
  const sums = db
    .selectFrom('history_sums')
    .select('series_id')
    .$if(hourly, query => query.select('hour').groupBy('hour'))
    .select(({ fn }) => [
      fn.sum('requests').as('requests'),
      fn.sum('items').as('items'),
      fn.sum('bytes').as('bytes'),
      fn.max('last_at').as('last_at'),
    ])
    .where('hour', '>=', hourOf(query.from))
    .where('hour', '<=', hourOf(query.until - 1))
    .groupBy('series_id')

  const { rows } = await sql<SqlRow>`
    select ${sql.join([
      ...groups.map(ref),
      ...others.map(column => sql`max(${ref(column)}) as ${ref(column)}`),
      ...SUMS,
    ])}
    from ${sums.as('sums')}
    inner join history_series on history_series.id = sums.series_id
    where ${seriesThat(query.organizationId, query.filters)}
    ${groups.length > 0 ? sql`group by ${sql.join(groups.map(ref))}` : sql``}
    having count(*) > 0
    order by ${hourly ? sql`hour, ` : sql``} requests desc
    limit ${query.limit}`.execute(db)
  return rows.map(row => rowOf(row))
}

const SUMS = [
  sql`sum(requests) as requests`,
  sql`sum(items) as items`,
  sql`sum(bytes) as bytes`,
  sql`max(sums.last_at) as last_at`,
]

type SqlRow = Readonly<Record<string, string | number>>

function rowOf(row: SqlRow): SummaryRow {
  const text = (column: string) => row[column] as string
  const given = <Name extends keyof Series>(name: Name, column: string) =>
    column in row ? { [name]: text(column) } : {}
  return {
    ...('hour' in row && { hour: startOf(Number(row['hour'])) }),
    ...given('roleId', 'role_id'),
    ...given('roleName', 'role_name'),
    ...given('principalId', 'principal_id'),
    ...given('userId', 'user_id'),
    ...given('mailbox', 'mailbox'),
    ...given('operation', 'operation'),
    ...given('reason', 'reason'),
    ...('verdict' in row && { verdict: text('verdict') as Verdict }),
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
    .where('verdict', '=', 'allow')
    .groupBy(IDS[by])
    .execute()
  const idOf = (row: Readonly<Record<string, unknown>>) => String(row[IDS[by]])
  return new Map(rows.map(row => [idOf(row), Number(row.last_at)]))
}
