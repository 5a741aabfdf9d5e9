/**
 * The amount of policy data must not make a request more expensive: how many users and roles the store has, and
 * how many of them are asked for in turn.
 *
 * @module
 */

import type { Bar } from './bars.ts'
import type { BenchEnvironment } from './environment.ts'
import { type GatewayProcess, subjectOf } from './gateway.ts'
import { BARE, type Subject } from './peers.ts'
import { envelope, FIND_ITEM, NUMBER } from './requests.ts'
import { type Figures, inRounds, type Measured, percent, ratioBar, warm } from './rounds.ts'
import { figure, type Table } from './table.ts'

const ROUNDS = 7
const SECONDS = 0.6
const USERS = 100_000
const ROLES = 1_000
/** Number of users that are requested in turn in the largest case. */
const ASKED_USERS = 10_000

type Row = Readonly<{
  name: string
  gateway: GatewayProcess
  /** Users that are asked for in turn. */
  users?: number
  /** Roles that are assumed in turn. */
  roles?: number
  /** At most so many times the CPU of the first row. */
  most?: number
  /** Beside the bare pass-through, to which all is one: what that says of a row is of the load. */
  isBeside?: boolean
}>

const rowsOf = (few: GatewayProcess, many: GatewayProcess): readonly Row[] => [
  { name: '5 users, 1 role', gateway: few, isBeside: true },
  { name: '100,000 users, 1 of them', gateway: many, most: 1.1 },
  { name: '100,000 users, 100 of them', gateway: many, users: 100, most: 1.1, isBeside: true },
  { name: '100,000 users, 10,000 of them', gateway: many, users: ASKED_USERS, most: 1.1 },
  { name: '1,000 roles, 1 of them', gateway: many, roles: 1, most: 1.1 },
  { name: '1,000 roles, 100 of them', gateway: many, roles: 100, most: 1.1, isBeside: true },
  { name: '1,000 roles, all of them', gateway: many, roles: ROLES },
]

export async function flatness(
  environment: BenchEnvironment,
): Promise<{ tables: readonly Table[]; bars: readonly Bar[] }> {
  const small = await environment.gateway({ name: 'few', users: 1 })
  const many = await environment.gateway({ name: 'many', users: USERS, roles: ROLES })
  const bare = await environment.peer(BARE)
  const options = {
    folder: environment.folder,
    // The number is in all of them, so that the load does the same for each.
    bodyFile: environment.body(envelope(FIND_ITEM, { address: `user-${NUMBER}@example.com` })),
    seconds: SECONDS,
    from: 0,
  }
  const rows = rowsOf(small, many)
  const measuredAs = (subject: Subject, { users = 1 }: Row): Measured => ({
    subject,
    options: { ...options, numbers: users },
  })
  const measured = rows.map(row =>
    measuredAs(subjectOf(row.name, row.gateway, ...keysOf(row)), row),
  )
  const beside = rows.flatMap(row =>
    bare && row.isBeside
      ? [measuredAs({ ...bare, name: row.name, authorizations: keysOf(row) }, row)]
      : [],
  )
  const all = [...measured, ...beside]
  for (const each of all) await warm(each)
  const figures = await inRounds(all, ROUNDS)
  const [few] = figures
  const besideOf = (name: string) => figures.slice(rows.length).find(each => each.name === name)
  return {
    bars: rows.flatMap(({ most }, i) => barsOf(figures[i], few, most)),
    tables: [
      {
        title: 'How much there is to know',
        columns: ['CPU µs/request', 'gateway', '±', 'requests/s', BARE],
        rows: figures.slice(0, rows.length).map(row => rowOf(row, besideOf(row.name))),
        note: 'Users are asked for, and roles assumed, one after the other. To the bare pass-through all is one.',
      },
    ],
  }
}

const keysOf = ({ gateway, roles = 0 }: Row) =>
  roles === 0 ? [gateway.basic] : Array.from({ length: roles }, (_, i) => gateway.inRole(i))

const barsOf = (row: Figures | undefined, few: Figures | undefined, most: number | undefined) =>
  row && few && most !== undefined
    ? [
        ratioBar(
          { what: `CPU, ${row.name}, against ${few.name}`, most },
          'cpuMicroseconds',
          row,
          few,
        ),
      ]
    : []

const rowOf = (gateway: Figures, bare: Figures | undefined) => [
  gateway.name,
  figure(gateway.cpuMicroseconds),
  percent(gateway.spread),
  figure(gateway.requestsPerSecond),
  bare === undefined ? '' : figure(bare.cpuMicroseconds),
]
