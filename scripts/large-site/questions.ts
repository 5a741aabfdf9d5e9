/**
 * Asks the API, the command line, and the console what an auditor asks, and compares their answers.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import type { Page } from 'playwright-core'
import { GROUP_BY } from '../../src/cli/audit-report.ts'
import { DAY, ORGANIZATION, principalIdOf, userIdOf } from '../history/rows.ts'
import { commandsCpuMs, pageCpuMs } from './cpu.ts'
import { command, type Gateway } from './gateway.ts'
import { addressOf } from './people.ts'

/** Number of the user whose mailbox is asked about. */
const USER = 150
const DAYS = 400

type Span = Readonly<{ from: number; until: number }>

/** Rows, and the requests in them, or the changes, with the CPU time that they took. */
type Result = Readonly<{ rows: number; requests: number; ms: number }>

type Question = Readonly<{
  text: string
  api: Readonly<{ target: string; input: object; rows: 'Rows' | 'Changes' }>
  /** Page of the console whose export has the same rows. */
  path: string
  /** Options of `ews-gateway audit`, which asks the history and the journal; absent if it does not answer the question. */
  report?: readonly string[]
}>

const filter = (Property: string, Value: string) => ({ Property, Operator: 'EQUALS', Value })
const ofMailbox = filter('MAILBOX', userIdOf(USER))

const totals = (GroupBy: readonly string[], ...Filters: readonly object[]): Question['api'] => ({
  target: 'EwsGateway.SummarizeDecisions',
  input: { GroupBy, Filters },
  rows: 'Rows',
})

const totalsPath = (groups: readonly string[], filters: string) =>
  `/audit/totals?by=${groups.join()}&${filters}`

const OF_MAILBOX = ['--mailbox', addressOf(USER)]
const OF_TOOL = ['--principal', principalIdOf(0)]

const BY_RULE = ['PRINCIPAL', 'ROLE', 'RULE', 'OPERATION']
const DENIED = ['DAY', 'REASON', 'RULE', 'PRINCIPAL']
const BY_TOOL = ['DAY', 'OPERATION', 'RULE', 'OUTCOME']

const QUESTIONS: readonly Question[] = [
  {
    text: 'who read this mailbox, under which rule',
    api: totals(BY_RULE, ofMailbox, filter('VERDICT', 'ALLOW')),
    path: totalsPath(BY_RULE, `mailbox=${userIdOf(USER)}&decision=ALLOW`),
  },
  {
    text: 'the same, day by day, with denials',
    api: totals(GROUP_BY, ofMailbox),
    path: totalsPath(GROUP_BY, `mailbox=${userIdOf(USER)}`),
    report: [...OF_MAILBOX, '--group-by', GROUP_BY.join()],
  },
  {
    text: 'what was denied in this mailbox, day by day',
    api: totals(GROUP_BY, ofMailbox, filter('VERDICT', 'DENY')),
    path: totalsPath(GROUP_BY, `mailbox=${userIdOf(USER)}&decision=DENY`),
    report: [...OF_MAILBOX, '--denied', '--group-by', GROUP_BY.join()],
  },
  {
    text: 'what was denied, by mailbox and reason',
    api: totals(['MAILBOX', 'REASON'], filter('VERDICT', 'DENY')),
    path: totalsPath(['MAILBOX', 'REASON'], 'decision=DENY'),
    report: ['--denied', '--group-by', 'MAILBOX,REASON'],
  },
  {
    text: 'what was denied, day by day',
    api: totals(DENIED, filter('VERDICT', 'DENY')),
    path: totalsPath(DENIED, 'decision=DENY'),
    report: ['--denied', '--group-by', DENIED.join()],
  },
  {
    text: 'what this tool did, day by day',
    api: totals(BY_TOOL, filter('PRINCIPAL', principalIdOf(0))),
    path: totalsPath(BY_TOOL, `principal=${principalIdOf(0)}`),
    report: [...OF_TOOL, '--group-by', BY_TOOL.join()],
  },
  {
    text: 'which mailboxes this tool read',
    api: totals(['MAILBOX'], filter('PRINCIPAL', principalIdOf(0))),
    path: totalsPath(['MAILBOX'], `principal=${principalIdOf(0)}`),
    report: [...OF_TOOL, '--group-by', 'MAILBOX'],
  },
  {
    text: 'what changed, the latest 50',
    api: { target: 'EwsGateway.ListChanges', input: { MaxResults: 50 }, rows: 'Changes' },
    path: '/audit/changes?',
  },
]

/**
 * Asks each question of the API, on the command line, of the console, and of the journal.
 *
 * @returns the lines of the report, and whether all answers are the same, and all but that of the journal below a second
 */
export async function* askAll(
  folder: string,
  gateway: Gateway,
  page: Page,
): AsyncGenerator<Readonly<{ line: string; isGood: boolean }>> {
  const until = Math.floor(Date.now() / DAY) * DAY
  const span = { from: until - DAYS * DAY, until }
  const pageMs = await pageCpuMs(page)
  for (const question of QUESTIONS) {
    const api = await best(() => askApi(gateway, question, span))
    const cli = await best(() => askCli(folder, gateway, question, span))
    const console = await best(() => askConsole(gateway, page, pageMs, question, span))
    const { report } = question
    const journal = report && (await askJournal(folder, report, span))
    const isSame = [cli, console, journal].every(
      other => other === undefined || isEqual(api, other),
    )
    const isFast = [api, cli, console].every(({ ms }) => ms < 1_000)
    const seconds = (result: Result | undefined) =>
      result === undefined ? ' '.repeat(9) : `${(result.ms / 1_000).toFixed(1).padStart(7)} s`
    yield {
      isGood: isSame && isFast,
      line: [
        question.text.padEnd(46),
        ...[api.ms, cli.ms, console.ms].map(ms => `${ms.toFixed(0).padStart(7)} ms`),
        seconds(journal),
        `${api.rows.toLocaleString('en').padStart(8)} rows`,
        `${api.requests.toLocaleString('en').padStart(12)} requests`,
        isSame ? '' : `DIFFERENT: ${JSON.stringify({ api, cli, console, journal })}`,
      ].join(' '),
    }
  }
}

const TIMES = 3

/** Asks several times, and returns the fastest answer. */
async function best(ask: () => Promise<Result>): Promise<Result> {
  const results: Result[] = []
  for (let n = 0; n < TIMES; n += 1) results.push(await ask())
  return results.reduce((fastest, result) => (result.ms < fastest.ms ? result : fastest))
}

const isEqual = (one: Result, other: Result) =>
  one.rows === other.rows && one.requests === other.requests

type Row = Readonly<{ Requests?: number }>

const resultOf = (rows: readonly Row[], ms: number): Result => ({
  rows: rows.length,
  requests: rows.reduce((sum, { Requests = 0 }) => sum + Requests, 0),
  ms,
})

async function askApi({ api, cpuMs }: Gateway, { api: asked }: Question, { from, until }: Span) {
  const input = { ...asked.input, StartTime: from / 1_000, EndTime: until / 1_000 }
  const before = cpuMs()
  const rows = (await api(asked.target, input))[asked.rows] as readonly Row[]
  return resultOf(rows, cpuMs() - before)
}

/** Asks the gateway on the command line: with `ews-gateway audit --history`, or if that can't, with `ews-gateway api`. */
async function askCli(
  folder: string,
  { controlUrl, admin, cpuMs }: Gateway,
  { report, api: { target, input, rows } }: Question,
  span: Span,
) {
  const time = { StartTime: span.from / 1_000, EndTime: span.until / 1_000 }
  const call = [target, JSON.stringify({ ...input, ...time })]
  const asked = report ? ['audit', ...report, ...daysOf(span), '--history'] : ['api', ...call]
  const options = ['--endpoint', controlUrl, '--access-key-id', admin.accessKeyId]
  process.env['EWS_GATEWAY_SECRET_ACCESS_KEY'] = admin.secretAccessKey
  const before = cpuMs() + commandsCpuMs()
  const out = await command(folder, ...asked, ...options, '--organization', ORGANIZATION)
  return resultOf(JSON.parse(out)[rows], cpuMs() + commandsCpuMs() - before)
}

/** Reads the journal on the command line. */
async function askJournal(folder: string, report: readonly string[], span: Span) {
  const before = commandsCpuMs()
  const out = await command(folder, 'audit', ...report, ...daysOf(span), join(folder, 'journal'))
  return resultOf(JSON.parse(out).Rows, commandsCpuMs() - before)
}

/** Returns the options of `ews-gateway audit` for whole days, and for JSON. */
function daysOf({ from, until }: Span): readonly string[] {
  const day = (at: number) => new Date(at).toISOString().slice(0, 'YYYY-MM-DD'.length)
  return ['--since', day(from), '--until', day(until - DAY), '--format', 'json']
}

/** Opens a page, waits for its rows, and reads its export. The time is that until the rows are shown. */
async function askConsole(
  { controlUrl, cpuMs }: Gateway,
  page: Page,
  pageMs: () => Promise<number>,
  { path }: Question,
  { from, until }: Span,
): Promise<Result> {
  const [start, end] = [from, until].map(at => encodeURIComponent(new Date(at).toISOString()))
  await page.goto('about:blank')
  const before = cpuMs()
  await page.goto(`${controlUrl}/console${path}&from=${start}&to=${end}`)
  const button = page.getByRole('button', { name: 'Export CSV', disabled: false }).first()
  await page.locator('tbody tr:has(td:nth-child(3))').first().waitFor()
  await button.waitFor()
  const ms = cpuMs() - before + (await pageMs())
  if (path.startsWith('/audit/changes')) {
    const rows = await page.locator('tbody tr:has(td:nth-child(3))').count()
    return { rows, requests: 0, ms }
  }
  const download = page.waitForEvent('download')
  await button.click()
  const text = readFileSync(await (await download).path(), 'utf8')
  const rows: { requests: string }[] = parse(text, { columns: true, bom: true })
  return resultOf(
    rows.map(({ requests }) => ({ Requests: Number(requests) })),
    ms,
  )
}
