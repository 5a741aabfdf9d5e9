/**
 * Plays a row of the table of failures in a running gateway, and compares everything that follows from it.
 *
 * @module
 */

import type { Test } from 'tap'
import { codeOf, createItem, envelope, GET_FOLDER } from '../kit/corpus.ts'
import type { GatewayTestServer } from '../kit/gateway-test-server.ts'
import type { LogLine } from '../kit/log-lines.ts'
import { until } from '../kit/wire.ts'
import type { FailureCase, Result } from './failure-cases.ts'

type Kind = 'read' | 'write'

/** A gateway whose time can be skipped, and what it logs. */
export type Setting = Readonly<{
  server: GatewayTestServer
  takeLog: () => LogLine[]
  skip: (ms: number) => void
}>

/** Makes a fault happen. */
export type Act = Readonly<{
  begin?: () => Promise<void> | void
  end?: () => Promise<void> | void
  /** Sends a request. @returns ResponseCode, or `cut` */
  send?: (kind: Kind) => Promise<string>
  /** Whether records are written only when the fault has ended. */
  isUnrecorded?: boolean
  /** Whether it never ends. */
  stays?: boolean
}>

/** Longer than anything that an earlier row has left: states, back-off, and limits of the log. */
const QUIET_MS = 61_000

/** Time for which the result of a health check holds. */
const HEALTH_MS = 1_000

export const requestOf = (kind: Kind, address = 'alice@example.com') =>
  envelope(address, kind === 'read' ? GET_FOLDER : createItem('Hello'))

/** Sends a request. @returns ResponseCode, or `cut` without a whole response */
export const send = (server: GatewayTestServer, body: string): Promise<string> =>
  server.post(body).then(
    ({ text }) => codeOf(text) ?? 'none',
    () => 'cut',
  )

export const outcomesOf = (server: GatewayTestServer) =>
  server.audit().filter(({ type }) => type === 'outcome')

/** Plays a row, and lets the gateway recover. */
export async function play(t: Test, setting: Setting, row: FailureCase, act: Act): Promise<void> {
  const { server, takeLog, skip } = setting
  const known = outcomesOf(server).length
  const { metric: _, ...expected } = row
  const before = await countsOf(server, row.metric)
  await act.begin?.()
  const sent = {
    read: await request(setting, act, 'read'),
    write: await request(setting, act, 'write'),
  }
  const lines: LogLine[] = []
  await until(`the log of: ${row.fault}`, () => {
    lines.push(...takeLog())
    return row.log.every(message => lines.some(({ msg }) => msg === message))
  })
  skip(HEALTH_MS)
  const seen = { log: messagesOf(lines), readyz: await readyzOf(server) }
  const counted = difference(await countsOf(server, row.metric), before)
  await act.end?.()

  skip(QUIET_MS)
  const recovered: LogLine[] = []
  if (!act.stays) {
    t.equal(await send(server, requestOf('read')), 'NoError', `${row.fault}, and then it ends`)
    // A poll that began before the end of the fault can report it once more.
    recovered.push(...takeLog().filter(({ msg }) => !row.log.includes(msg)))
    skip(HEALTH_MS)
    await until('/readyz passes', async () => (await readyzOf(server)) === 'pass')
  }
  await until('both outcomes', () => outcomesOf(server).length >= known + 2)
  const [read = {}, write = {}] = outcomesOf(server).slice(known)
  t.strictSame(
    {
      fault: row.fault,
      read: resultOf(sent.read, read),
      write: resultOf(sent.write, write),
      ...seen,
      recovered: messagesOf(recovered),
      counted,
    },
    { ...expected, log: [...row.log].sort(), counted: expectedCounts(row) },
    row.fault,
  )
  const causes = lines.flatMap(line => (line['cause'] === undefined ? [] : [line['cause']]))
  t.ok(
    causes.every(cause => cause === row.write.cause),
    'the log names the cause',
  )
}

type Sent = Pick<Result, 'client' | 'executions'>

async function request({ server }: Setting, act: Act, kind: Kind): Promise<Sent> {
  const recorded = outcomesOf(server).length
  const executed = server.sandbox.executed.length
  const client = await (act.send?.(kind) ?? send(server, requestOf(kind)))
  if (!act.isUnrecorded) await until('an outcome', () => outcomesOf(server).length > recorded)
  return { client, executions: server.sandbox.executed.length - executed }
}

function resultOf(sent: Sent, record: Readonly<Record<string, unknown>>) {
  const { outcome, cause } = record
  return { ...sent, outcome, ...(cause !== undefined && { cause }) }
}

/** Messages of what a gateway does from time to time, which a store that is gone may meet. */
const ASIDES: ReadonlySet<string> = new Set([
  'Cannot deliver audit records of changes; trying again',
  'Cannot deliver audit records to the history; trying again',
  'Cannot deliver audit records to the store; trying again',
  'Audit records are delivered again',
  'Cannot use the audit history; trying again',
  'The refresh of policy data failed; retrying',
  'Cannot record access key usage; requests are served, but the time of last use is not updated',
])

const messagesOf = (lines: readonly LogLine[]) =>
  lines
    .map(({ msg }) => msg)
    .filter(msg => !ASIDES.has(msg))
    .sort()

/** Status and checks that do not pass, without the check of deliveries. */
export async function readyzOf({ gateway }: GatewayTestServer): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${gateway.opsPort}/readyz`, {
    headers: { connection: 'close' },
  })
  const { status, checks } = (await response.json()) as {
    status: string
    checks: Record<string, { status: string }>
  }
  const isRight = response.ok === (status !== 'fail')
  const prefix = isRight ? '' : `${response.status} `
  // No request waits for a delivery, and when one fails depends on the records before.
  const names = Object.keys(checks).filter(
    name => name !== 'delivery' && checks[name]?.status !== 'pass',
  )
  if (names.length > 0) return `${prefix}${status}: ${names.sort().join(', ')}`
  return prefix + (status === 'warn' ? 'pass' : status)
}

function expectedCounts({ read, write, metric }: FailureCase): Counts {
  const counts: Record<string, number> = metric === undefined ? {} : { [metric]: 2 }
  for (const { outcome, cause = 'none' } of [read, write]) {
    const name = `${outcome} ${cause}`
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

type Counts = Readonly<Record<string, number>>

/** Requests that were counted, by outcome and cause, and the value of another counter. */
async function countsOf(server: GatewayTestServer, counter: string | undefined): Promise<Counts> {
  const counts: Record<string, number> = {}
  const text = await server.metrics()
  const add = (name: string, count: string | undefined) => {
    counts[name] = (counts[name] ?? 0) + Number(count)
  }
  const pattern = /requests_total\{.*outcome="(.*?)",cause="(.*?)"\} (\d+)$/gm
  for (const [, outcome, cause, count] of text.matchAll(pattern)) add(`${outcome} ${cause}`, count)
  for (const line of text.split('\n'))
    if (counter !== undefined && line.startsWith(counter)) add(counter, line.split(' ').at(-1))
  return counts
}

const difference = (after: Counts, before: Counts): Counts =>
  Object.fromEntries(
    Object.entries(after)
      .map(([name, count]) => [name, count - (before[name] ?? 0)] as const)
      .filter(([, count]) => count > 0),
  )
