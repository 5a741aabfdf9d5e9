/** Asks what an auditor asks in four ways, of one journal: the API, a page of the console, and the command line with both its sources. */

import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import t from 'tap'
import { fillHistory } from '../../scripts/history/fill.ts'
import { DAY, principalIdOf, recordsOf, userIdOf } from '../../scripts/history/rows.ts'
import { type AuditSettings, reportAudit } from '../../src/cli/audit.ts'
import type { GroupBy } from '../../src/cli/audit-format.ts'
import { reportHistory } from '../../src/cli/audit-history.ts'
import { type AuditQuestion, GROUP_BY } from '../../src/cli/audit-report.ts'
import type { Output } from '../../src/cli/users.ts'
import { readFilters } from '../../src/console/audit/filters.ts'
import { foldTotals } from '../../src/console/audit/fold-totals.ts'
import { boundsOf, readPeriod } from '../../src/console/audit/period.ts'
import { ROWS, summarizeDecisions } from '../../src/control/contract/history.ts'
import { withDates } from '../../src/control/json-times.ts'
import { openSqliteHistory } from '../../src/history/sqlite.ts'
import { NOW, Writer } from '../history/samples.ts'
import { ORGANIZATION, startControlTestServer } from '../kit/control-test-server.ts'
import { testFolder } from '../kit/folder.ts'

const REQUESTS = 25_000
const DAYS = 60
const UNTIL = NOW - (NOW % DAY)
/** Not all days, so that records at both ends don't count. */
const [SINCE, LAST] = [UNTIL - 50 * DAY, UNTIL - 4 * DAY]

const MAILBOX = userIdOf(500)
const TOOL = principalIdOf(0)

type Question = Readonly<{
  text: string
  groupBy: readonly GroupBy[]
  cli: Partial<Pick<AuditSettings, 'mailbox' | 'principal' | 'denied'>>
  /** Filters in the address of the console's page of totals. */
  page: string
}>

const QUESTIONS: readonly Question[] = [
  {
    text: 'who read this mailbox, under which rule',
    groupBy: ['PRINCIPAL', 'ROLE', 'RULE', 'OPERATION', 'VERDICT'],
    cli: { mailbox: 'User-500@example.com' },
    page: `mailbox=${MAILBOX}`,
  },
  {
    text: 'the same, day by day',
    groupBy: GROUP_BY,
    cli: { mailbox: MAILBOX },
    page: 'mailbox=user-500@example.com',
  },
  {
    text: 'what was denied in this mailbox',
    groupBy: ['DAY', 'REASON', 'RULE'],
    cli: { mailbox: MAILBOX, denied: true },
    page: `mailbox=${MAILBOX}&decision=DENY`,
  },
  {
    text: 'what was denied, by mailbox and reason',
    groupBy: ['MAILBOX', 'REASON'],
    cli: { denied: true },
    page: 'decision=DENY',
  },
  {
    text: 'what was denied, day by day',
    groupBy: ['DAY', 'REASON', 'RULE', 'PRINCIPAL'],
    cli: { denied: true },
    page: 'decision=DENY',
  },
  {
    text: 'what this tool did, day by day',
    groupBy: ['DAY', 'OPERATION', 'RULE', 'OUTCOME'],
    cli: { principal: TOOL },
    page: `principal=${TOOL}`,
  },
  {
    text: 'which mailboxes this tool read',
    groupBy: ['MAILBOX'],
    cli: { principal: TOOL },
    page: `principal=${TOOL}`,
  },
  {
    text: 'when this tool read this mailbox, hour by hour',
    groupBy: ['HOUR', 'MAILBOX', 'OPERATION'],
    cli: { principal: TOOL, mailbox: MAILBOX },
    page: `principal=${TOOL}&mailbox=${MAILBOX}`,
  },
  { text: 'all requests by rule', groupBy: ['RULE'], cli: {}, page: '' },
]

type Row = Readonly<{ Requests: number; Items: number; Bytes: number; PrincipalName?: string }>

t.test('the API, the console, and the command give an auditor the same numbers', async t => {
  const folder = testFolder(t)
  const [journal, file] = [join(folder, 'journal'), join(folder, 'history.db')]
  mkdirSync(journal)
  await fillHistory(file, recordsOf(REQUESTS, UNTIL, DAYS), {
    journal,
    singlesFrom: UNTIL - 7 * DAY,
  })
  const { recorder: history } = new Writer(() => openSqliteHistory(file))
  const control = await startControlTestServer(t, { history })
  const ask = async (action: string, input: object) => {
    const given = { OrganizationId: ORGANIZATION, ...input }
    const { body, status } = await control.call(action, given, {
      as: control.admin,
      service: 'EwsGateway',
    })
    t.equal(status, 200)
    return body
  }
  const rowsOf = async (input: object): Promise<readonly Row[]> => {
    const answer = await ask('SummarizeDecisions', input)
    t.equal(answer['Truncated'], false)
    return (withDates(summarizeDecisions.output, answer) as { Rows: readonly Row[] }).Rows
  }
  const period = { StartTime: SINCE / 1_000, EndTime: (LAST + DAY) / 1_000 }

  const { id: accessKeyId, secret } = control.admin
  const options = { organization: ORGANIZATION, endpoint: control.url, accessKeyId }
  const env = { AWS_SECRET_ACCESS_KEY: secret }

  for (const { text, groupBy, cli, page } of QUESTIONS)
    await t.test(text, async t => {
      const Filters = readFilters(new URLSearchParams(page))
      const api = await rowsOf({ ...period, GroupBy: groupBy, Filters })

      const [from, to] = [SINCE, LAST + DAY].map(at => new Date(at).toISOString())
      const address = new URLSearchParams(`${page}&from=${from}&to=${to}`)
      const shown = { ...boundsOf(readPeriod(address), NOW), Filters: readFilters(address) }
      // The page of a mailbox adds up rows with more properties.
      const detailed = [...new Set([...groupBy, 'OUTCOME', 'OPERATION'])]
      const details = await rowsOf({ ...shown, GroupBy: detailed })
      const console = foldTotals(details as Parameters<typeof foldTotals>[0], groupBy)

      const reported = await report({ ...cli, groupBy, paths: [journal] })
      t.ok(api.length > 0, `${api.length} rows`)
      t.strictSame(inOrder(reported), inOrder(api), 'the command has the rows of the API')
      const fast = await printed(output =>
        reportHistory({ ...PERIOD, ...cli, groupBy }, options, env, output, undefined),
      )
      t.strictSame(fast.Rows, api, 'with --history too')
      t.equal(sumOf(console), sumOf(api), 'the console has as many requests')
      t.equal(console.length, api.length, 'in as many rows')
    })

  await t.test('the command says that the history has more rows', async t => {
    const [texts, problems]: [string[], string[]] = [[], []]
    const output = {
      print: (text: string) => void texts.push(text),
      warn: (line: string) => void problems.push(line),
    }
    const groupBy = ['HOUR', 'MAILBOX', 'OPERATION', 'VERDICT'] as const
    const all = { ...PERIOD, since: UNTIL - DAYS * DAY, until: UNTIL, groupBy }
    t.equal(await reportHistory(all, options, env, output, undefined), 1)
    t.match(problems, [/^The history has more rows than one response/, 'The report is incomplete.'])
    const { Rows, Problems } = JSON.parse(texts.join(''))
    t.equal(Rows.length, ROWS)
    t.strictSame(Problems, problems.slice(0, 1))
  })

  await t.test('what changed', async t => {
    const changed: unknown[] = []
    for (let next: object | undefined = {}; next !== undefined; ) {
      const { Changes, NextToken } = await ask('ListChanges', { ...period, ...next })
      changed.push(...(Changes as unknown[]))
      next = NextToken === undefined ? undefined : { NextToken }
    }
    const lines = readdirSync(journal).flatMap(name =>
      zstdDecompressSync(readFileSync(join(journal, name)))
        .toString()
        .trimEnd()
        .split('\n'),
    )
    const isWithin = ({ at }: { at: string }) =>
      Date.parse(at) >= SINCE && Date.parse(at) < LAST + DAY
    const recorded = lines.map(line => JSON.parse(line)).filter(({ type }) => type === 'change')
    t.equal(changed.length, recorded.filter(isWithin).length)
    t.ok(changed.length > 0)
  })
})

const PERIOD = { since: SINCE, until: LAST, denied: false, format: 'json' } as const

/** Runs `ews-gateway audit`, and returns its rows. */
const report = async (more: Pick<AuditSettings, 'groupBy' | 'paths'> & Partial<AuditQuestion>) =>
  (await printed(output => reportAudit({ ...PERIOD, ...more }, output))).Rows

/** Returns what a command prints. */
async function printed(run: (output: Output) => Promise<number>) {
  const texts: string[] = []
  const print = (text: string) => void texts.push(text)
  await run({ print, warn: line => t.fail(line) })
  return JSON.parse(texts.join('')) as { Rows: readonly Row[]; Problems: readonly string[] }
}

const inOrder = (rows: readonly Row[]) => rows.map(row => JSON.stringify(row)).sort()

const sumOf = (rows: readonly Readonly<{ Requests: number }>[]) =>
  rows.reduce((sum, { Requests }) => sum + Requests, 0)
