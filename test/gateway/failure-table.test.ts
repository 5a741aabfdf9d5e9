/**
 * The failure model through a running gateway: for each fault, what the client gets, how often the upstream
 * runs the operation, and what audit, history, and metrics say.
 */

import { once } from 'node:events'
import { createServer } from 'node:net'
import t, { type Test } from 'tap'
import { codeOf, createItem, envelope, GET_FOLDER, prologue } from '../kit/corpus.ts'
import { diskBelow } from '../kit/full-disk.ts'
import { basic, type House, ORGANIZATION, startHouse } from '../kit/harness.ts'
import { until, Wire } from '../kit/wire.ts'
import {
  ACCOUNT_CASE,
  type FailureCase,
  GATEWAY_CASES,
  type Result,
  UPSTREAM_CASES,
} from './failure-cases.ts'
import { type Fault, FaultyUpstream } from './faulty-upstream.ts'
import { headOf, metricOf, rawRequest, tracesOf } from './traces.ts'

const READ = envelope('alice@example.com', GET_FOLDER)
const WRITE = envelope('alice@example.com', createItem('Hello'))
const BODIES = { read: READ, write: WRITE } as const
const OPERATIONS = { read: 'GetFolder', write: 'CreateItem' } as const
const MIB = 1_048_576

async function startBehind(t: Test): Promise<{ house: House; upstream: FaultyUpstream }> {
  const upstream = await FaultyUpstream.start(t)
  const config = { audit: {}, timeouts: { upstreamSeconds: 1, drainSeconds: 1 } }
  const house = await startHouse(t, { upstreamUrl: upstream.url, config })
  upstream.sandbox = house.sandbox
  return { house, upstream }
}

/** Sends a request. @returns ResponseCode, or `cut` without a whole response */
const send = (house: House, body: string): Promise<string> =>
  house.post(body).then(
    ({ text }) => codeOf(text) ?? 'none',
    () => 'cut',
  )

async function sendAndLeave(house: House, body: string): Promise<string> {
  const before = house.sandbox.executed.length
  const wire = new Wire(house.socket())
  await wire.send(rawRequest(house, body))
  await until('the upstream runs it', () => house.sandbox.executed.length > before)
  wire.socket.destroy()
  return 'cut'
}

/** Requests that were counted, by operation, outcome, and cause. */
async function countsOf(house: House): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  const pattern = /requests_total\{.*operation="(.*?)",.*outcome="(.*?)",cause="(.*?)"\} (\d+)$/gm
  for (const [, operation, outcome, cause, count] of (await house.metrics()).matchAll(pattern)) {
    const name = `${operation} ${outcome} ${cause}`
    counts[name] = (counts[name] ?? 0) + Number(count)
  }
  return counts
}

type Listed = Readonly<{
  DecisionId: string
  Outcome?: string
  Cause?: string
  Status?: number
  ResponseCode?: string
}>

/** All decisions that the history has, newest first. */
async function historyOf(house: House, authorization: string): Promise<readonly Listed[]> {
  const response = await fetch(`http://127.0.0.1:${house.gateway.controlPort}/`, {
    method: 'POST',
    headers: {
      Authorization: authorization,
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': 'EwsGateway.ListDecisions',
    },
    body: JSON.stringify({
      OrganizationId: ORGANIZATION,
      StartTime: Date.now() / 1_000 - 3_600,
      EndTime: Date.now() / 1_000 + 3_600,
    }),
  })
  return ((await response.json()) as { Decisions: readonly Listed[] }).Decisions
}

async function trial(
  t: Test,
  { house, upstream }: { house: House; upstream: FaultyUpstream },
  fault: Fault,
  kind: 'read' | 'write',
  expected: Result,
) {
  upstream.fault = fault
  const executed = house.sandbox.executed.length
  const { result, decisions, outcome } = await tracesOf(house, () =>
    fault === 'is left by the client'
      ? sendAndLeave(house, BODIES[kind])
      : send(house, BODIES[kind]),
  )
  t.strictSame(
    {
      client: result,
      executions: house.sandbox.executed.length - executed,
      outcome: outcome['outcome'],
      ...(outcome['cause'] !== undefined && { cause: outcome['cause'] }),
    },
    expected,
    `a ${kind}, and an upstream that ${fault}`,
  )
  const ended = { ABORTED: /^(?:cut|client-gone)$/, FAILED: 'fault', ANSWERED: 'complete' } as const
  if (expected.outcome !== 'DENIED') t.match(outcome, { ended: ended[expected.outcome] })
  t.match(decisions, [{ verdict: 'allow' }], 'the decision stays what it was')
}

const rowsOf = ({ fault, read, write }: FailureCase) =>
  [
    [fault, 'read', read],
    [fault, 'write', write],
  ] as const

t.test('upstreams that break', async t => {
  const started = await startBehind(t)
  const { house } = started
  const { key } = await house.addPrincipal('auditor', {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['ewsgateway:ListDecisions'], Resource: ['*'] }],
  })
  const rows = UPSTREAM_CASES.flatMap(rowsOf)
  for (const [fault, kind, expected] of rows) await trial(t, started, fault, kind, expected)

  const expected: Record<string, number> = {}
  for (const [, kind, { outcome, cause = 'none' }] of rows) {
    const name = `${OPERATIONS[kind]} ${outcome} ${cause}`
    expected[name] = (expected[name] ?? 0) + 1
  }
  t.strictSame(await countsOf(house), expected, 'metrics count outcomes and causes')

  const isWhole = async () => {
    const listed = await historyOf(house, basic(key))
    return listed.length === rows.length && listed.every(({ Outcome }) => Outcome !== undefined)
  }
  await until('the history has all outcomes', isWhole)
  const outcomes = house.audit().filter(({ type }) => type === 'outcome')
  t.strictSame(
    (await historyOf(house, basic(key)))
      .map(({ DecisionId, Outcome, Cause, Status, ResponseCode }) =>
        JSON.stringify([DecisionId, Outcome, Cause, Status, ResponseCode]),
      )
      .sort(),
    outcomes
      .map(line =>
        JSON.stringify([
          line.decisionId,
          line['outcome'],
          line['cause'],
          line['status'],
          line['responseCode'],
        ]),
      )
      .sort(),
    'the history says what the audit says',
  )
})

t.test('a large upload that breaks before its end has not been run, so it is busy', async t => {
  const { house, upstream } = await startBehind(t)
  upstream.fault = 'closes while the request arrives'
  const large = envelope('alice@example.com', createItem('Large', 'x'.repeat(400_000)))
  const wire = new Wire(house.socket())
  const { result, outcome } = await tracesOf(house, async () => {
    await wire.send(rawRequest(house, large).slice(0, -9))
    return codeOf((await wire.answer()).text)
  })
  t.equal(result, 'ErrorServerBusy')
  t.match(outcome, { outcome: 'FAILED', cause: 'closed' })
  t.strictSame(house.sandbox.executed, [])
  wire.socket.destroy()
})

t.test('an upstream that does not accept the account', async t => {
  for (const [fault, kind, expected] of rowsOf(ACCOUNT_CASE))
    await trial(t, await startBehind(t), fault, kind, expected)
})

/** A port that accepts no connection. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}

t.test('upstreams without a connection', async t => {
  const { port } = await FaultyUpstream.start(t)
  for (const [cause, url] of [
    ['dns', 'https://ews.invalid/EWS/Exchange.asmx'],
    ['refused', `http://127.0.0.1:${await closedPort()}/EWS/Exchange.asmx`],
    ['tls', `https://127.0.0.1:${port}/EWS/Exchange.asmx`],
  ] as const) {
    const house = await startHouse(t, { upstreamUrl: url })
    for (const body of [READ, WRITE]) {
      const { result, outcome } = await tracesOf(house, () => send(house, body))
      const { client, executions: _, ...recorded } = GATEWAY_CASES[cause]
      t.equal(result, client, cause)
      t.match(outcome, { ...recorded, ended: 'fault', status: 500, responseCode: client })
    }
  }
})

t.test('gateways that cannot serve', async t => {
  const fails = async (
    house: House,
    cause: keyof typeof GATEWAY_CASES,
    answer: Promise<string>,
  ) => {
    const executed = house.sandbox.executed.length
    t.equal(await answer, GATEWAY_CASES[cause].client, cause)
    t.equal(house.sandbox.executed.length, executed, 'nothing is executed')
    t.match(await house.metrics(), `outcome="FAILED",cause="${cause}"`)
  }

  await t.test('audit', async t => {
    const house = await startHouse(t)
    const disk = diskBelow(t, house.auditFolder)
    disk.fill()
    for (const body of [READ, WRITE]) await fails(house, 'audit', send(house, body))
    const ready = await fetch(`http://127.0.0.1:${house.gateway.opsPort}/readyz`)
    t.equal(ready.status, 503, '/readyz fails as requests do')
    t.match(await ready.json(), { checks: { audit: { status: 'fail' } } })
    disk.empty()
    t.equal(await send(house, READ), 'NoError')
  })

  await t.test('store', async t => {
    const house = await startHouse(t)
    await house.store.close()
    for (const body of [READ, WRITE]) await fails(house, 'store', send(house, body))
  })

  await t.test('throttled', async t => {
    const upstream = await FaultyUpstream.start(t)
    upstream.fault = 'closes before it runs the operation'
    const house = await startHouse(t, { config: { limits: { inFlightPerPrincipal: 1 } } })
    const wire = new Wire(house.socket())
    await wire.send(rawRequest(house, WRITE).slice(0, -9))
    await until(
      'the first request is in flight',
      async () => (await send(house, READ)) !== 'NoError',
    )
    for (const body of [READ, WRITE]) await fails(house, 'throttled', send(house, body))
    wire.socket.destroy()
  })

  await t.test('memory', async t => {
    const house = await startHouse(t, { config: { limits: { memoryBytes: 32 * MIB } } })
    const head = headOf(house, ['Transfer-Encoding: chunked'])
    const begin = prologue('alice@example.com') + createItem('x', '').split('</t:Body>')[0]
    const chunk = (bytes: string) => `${bytes.length.toString(16)}\r\n${bytes}\r\n`
    const hold = async (mib: number) => {
      const wire = new Wire(house.socket())
      await wire.send(head + chunk(begin) + chunk('x'.repeat(mib * MIB)))
      return wire
    }
    const first = await hold(3)
    const held = 'ews_gateway_held_bytes{listener="data"}'
    await until('it is held', async () => (await metricOf(house, held)) > 5 * MIB)
    const second = await hold(4)
    const answer = async () => codeOf((await second.answer()).text) ?? 'none'
    await fails(house, 'memory', answer())
    first.socket.destroy()
  })
})
