/**
 * CPU time of every view of the audit over many rows: `node scripts/history.ts [ROWS]`.
 *
 * Fills a history in SQLite, in a temporary folder, with a week of single decisions and the hourly sums
 * of as many visits in the year before: 0.98 million for a million, 6.4 for ten; asks it what the console asks. Ends with 1 where a view over a million
 * rows, the default, takes a second. 10 million rows need some 15 GB.
 *
 * @module
 */

import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Filter, History, SummaryProperty } from '../src/history/history.ts'
import { openSqliteHistory } from '../src/history/sqlite.ts'
import { fillHistory } from './history/fill.ts'
import {
  DAY,
  ORGANIZATION,
  principalIdOf,
  RARE,
  recordsOf,
  userIdOf,
  yearOfSums,
} from './history/rows.ts'
import { TotalsWriter } from './history/totals.ts'

const MILLION = 1_000_000
const MAX_REQUESTS = 10 * MILLION
const BAR_MS = 1_000
/** Each view is asked so often: the first time with cold caches of SQLite's own. */
const TIMES = 3

const rows = Math.min(MAX_REQUESTS, Number(process.argv[2] ?? MILLION))
const now = Math.floor(Date.now() / DAY) * DAY
const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-history-'))
const file = join(folder, 'history.db')
const print = (line: string) => process.stdout.write(`${line}\n`)

try {
  const someId = await fill()
  process.exitCode = await time(someId)
} finally {
  rmSync(folder, { recursive: true })
}

/** @returns the ID of a decision in the middle */
async function fill(): Promise<string> {
  const begun = performance.now()
  let someId = ''
  function* noted() {
    let count = 0
    for (const records of recordsOf(rows, now)) {
      yield records
      count += 1
      if (count === rows >> 1) someId = records[0]?.decisionId ?? ''
    }
  }
  await fillHistory(file, noted())
  await fillSums()
  const [seconds, gigabytes] = [(performance.now() - begun) / 1_000, statSync(file).size / 1e9]
  print(
    `${rows} decisions, and the sums of as many visits: ${gigabytes.toFixed(1)} GB, written in ${seconds.toFixed(0)} s`,
  )
  return someId
}

/** Writes sums without the decisions that they are of. */
async function fillSums(): Promise<void> {
  const writer = new TotalsWriter(file)
  for (const batch of yearOfSums(rows, now)) await writer.write(batch)
  writer.close()
}

/** @returns the exit code */
async function time(someId: string): Promise<number> {
  const history = await openSqliteHistory(file)
  let slowest = 0
  for (const [name, ask] of viewsOf(history, someId)) {
    const times: number[] = []
    let found = 0
    for (let n = 0; n < TIMES; n += 1) {
      const begun = process.cpuUsage()
      found = await ask()
      const { user, system } = process.cpuUsage(begun)
      times.push((user + system) / 1_000)
    }
    slowest = Math.max(slowest, ...times)
    const shown = times.map(ms => ms.toFixed(0).padStart(6)).join('')
    print(`${name.padEnd(58)}${String(found).padStart(7)} rows ${shown} ms`)
  }
  await history.close()
  print(`the slowest view took ${slowest.toFixed(0)} ms of CPU`)
  return rows <= MILLION && slowest >= BAR_MS ? 1 : 0
}

type View = readonly [name: string, ask: () => Promise<number>]

function viewsOf(history: History, someId: string): View[] {
  const span = { organizationId: ORGANIZATION, from: now - 400 * DAY, until: now + DAY }
  const page = { ...span, filters: [], limit: 101 }
  const list = (name: string, more: Partial<Parameters<History['decisions']>[0]>): View => [
    `list: ${name}`,
    async () => (await history.decisions({ ...page, ...more })).length,
  ]
  const sum = (
    name: string,
    days: number,
    groupBy: SummaryProperty[],
    ...filters: Filter[]
  ): View => [
    `sum of ${days} days: ${name}`,
    async () => {
      const query = { ...span, from: now - days * DAY, groupBy, filters, limit: 10_001 }
      return (await history.summary(query)).length
    },
  ]
  const role = is('role', '12345678-1234-4234-8234-000000000001')
  const common = is('principal', principalIdOf(0))
  return [
    list('newest', {}),
    list('a page in the middle', { before: someId }),
    list('one day', { from: now - 4 * DAY, until: now - 3 * DAY }),
    list('a role', { filters: [role] }),
    list('a rare role', { filters: [is('role', RARE.role)] }),
    list('a principal, but for one operation', {
      filters: [common, isNot('operation', 'GetItem')],
    }),
    list('a mailbox', { filters: [is('mailbox', userIdOf(150))] }),
    list('a rare mailbox', { filters: [is('mailbox', RARE.mailbox)] }),
    list('a rare operation', { filters: [is('operation', RARE.operation)] }),
    list('refusals', { filters: [is('verdict', 'deny')] }),
    list('a rule of a role', { filters: [role, is('rule', 'rule-1')] }),
    list('a part of a mailbox', { filters: [contains('mailbox', 'USER-150')] }),
    list('a part of a rare operation', { filters: [contains('operation', 'upload')] }),
    list('a part that no reason has', { filters: [contains('reason', 'nothing')] }),
    list('a rare reason', { filters: [is('reason', RARE.reason)] }),
    list('failures, of which there are none', { filters: [is('verdict', 'error')] }),
    list('a reason within one role', { filters: [role, is('reason', 'unknown-user')] }),
    list('all but what is allowed to all roles but one', {
      filters: [isNot('verdict', 'allow'), isNot('role', ...role.values)],
    }),
    ['one decision whole', async () => ((await history.decision(ORGANIZATION, someId)) ? 1 : 0)],
    ['changes: newest', async () => (await history.changes(page)).length],
    [
      'changes: of an action that there is none',
      async () => (await history.changes({ ...page, filters: [is('action', 'none')] })).length,
    ],
    sum('hours and verdicts', 1, ['hour', 'verdict']),
    sum('hours and verdicts', 7, ['hour', 'verdict']),
    sum('hours', 400, ['hour']),
    sum('days and verdicts', 400, ['day', 'verdict']),
    sum('rules', 400, ['rule']),
    sum('rules by day', 400, ['day', 'rule']),
    sum('roles', 400, ['role']),
    sum('principals, operations, verdicts', 400, ['principal', 'operation', 'verdict']),
    sum('mailboxes', 400, ['mailbox']),
    sum('who read a mailbox', 31, ['principal', 'role', 'operation'], is('mailbox', userIdOf(150))),
    sum(
      'who read a mailbox',
      400,
      ['principal', 'role', 'operation'],
      is('mailbox', userIdOf(150)),
    ),
    sum(
      'who read a mailbox, by day and rule',
      400,
      ['day', 'principal', 'rule', 'operation', 'verdict', 'outcome'],
      is('mailbox', userIdOf(150)),
    ),
    sum('the mailboxes of a role', 400, ['mailbox'], role),
    sum('the mailboxes of a rule', 400, ['mailbox'], role, is('rule', 'rule-1')),
    sum('what a tool did, by day', 400, ['day', 'operation', 'rule', 'outcome'], common),
    sum('the mailboxes that a tool read', 400, ['mailbox', 'operation'], common),
    sum(
      'what was denied, by day and rule',
      400,
      ['day', 'reason', 'rule', 'principal'],
      is('verdict', 'deny'),
    ),
    sum('what was denied, by mailbox', 400, ['mailbox', 'reason', 'rule'], is('verdict', 'deny')),
    sum('a part of a mailbox', 400, ['mailbox', 'principal'], contains('mailbox', 'USER-150')),
    sum('a part of an operation', 400, ['day', 'operation'], contains('operation', 'item')),
    sum('refusals by reason and hour', 400, ['reason', 'hour'], is('verdict', 'deny')),
    ['last use of every role', async () => (await history.lastUsed(ORGANIZATION, 'role', [])).size],
    [
      'last use of every role for a mailbox',
      async () =>
        (await history.lastUsed(ORGANIZATION, 'role', [is('mailbox', userIdOf(150))])).size,
    ],
  ]
}

function is<P extends string>(property: P, ...values: string[]) {
  return { property, values, not: false }
}

function contains<P extends string>(property: P, ...parts: string[]) {
  return { property, values: [], parts, not: false }
}

function isNot<P extends string>(property: P, ...values: string[]) {
  return { property, values, not: true }
}
