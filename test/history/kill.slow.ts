/**
 * Gateways that are killed under load: their history says what their journal says, each request once.
 */

import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { FilePositions } from '../../src/audit/positions.ts'
import { segmentsIn } from '../../src/audit/segments.ts'
import type { ConfigInput } from '../../src/config/schema.ts'
import type { History } from '../../src/history/history.ts'
import { openPostgresHistory } from '../../src/history/postgres.ts'
import { openSqliteHistory } from '../../src/history/sqlite.ts'
import { PointGateway } from '../failpoints/gateway.ts'
import { Command } from '../kit/command.ts'
import { envelope, GET_FOLDER } from '../kit/corpus.ts'
import { ORGANIZATION, XML } from '../kit/gateway-test-server.ts'
import { type JournalRecord, recordsOf } from '../kit/journal.ts'
import { lend } from '../kit/services/lend.ts'
import { PostgresServer, withoutPostgres } from '../kit/services/postgres.ts'
import { readPorts, startServing } from '../kit/serving.ts'
import { until } from '../kit/until.ts'
import { all } from './samples.ts'

const REQUEST = envelope('alice@example.com', GET_FOLDER)

const KILLS = 3
const CLIENTS = 4
/** Requests before a kill, once the history has begun to take those of the process. */
const MAX_REQUESTS = 100

type Database = Readonly<{
  config: Partial<ConfigInput>
  open: (folder: string) => Promise<History>
}>

async function killSuite(t: Test, { config, open }: Database): Promise<void> {
  const { server: testServer, command, folder } = await startServing(t, { config })
  const headers = {
    'Content-Type': XML,
    Authorization: testServer.authorization('full') ?? '',
    Connection: 'close',
  }
  const history = await open(folder)
  t.teardown(() => history.close())
  const sums = async (...groupBy: readonly ('verdict' | 'outcome')[]) =>
    await history.summary({ ...all(ORGANIZATION), groupBy })
  const counted = async () =>
    (await sums('outcome')).reduce((total, { requests }) => total + requests, 0)

  const ask = async (port: number, isOver: () => boolean, answered: () => void) => {
    while (!isOver()) {
      const sent = { method: 'POST', headers, body: REQUEST }
      const response = await fetch(`http://127.0.0.1:${port}/EWS/Exchange.asmx`, sent).catch(
        () => undefined,
      )
      if (response === undefined) return
      await response.text().catch(() => undefined)
      answered()
    }
  }

  let running = command
  let { dataPort } = testServer.gateway
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = await counted()
    let left = Number.POSITIVE_INFINITY
    const clients = Array.from({ length: CLIENTS }, () =>
      ask(
        dataPort,
        () => false,
        () => {
          left -= 1
        },
      ),
    )
    await until('the history follows', async () => (await counted()) > before)
    left = randomInt(MAX_REQUESTS)
    await until('some requests were answered', () => left < 0)
    await running.kill('SIGKILL')
    await Promise.all(clients)
    running = new Command(t, ['serve', '--config', join(folder, 'gateway.yaml')], { cwd: folder })
    ;({ dataPort } = await readPorts(running))
  }
  const isOver = async () =>
    (await sums('outcome')).every(({ outcome, requests }) => outcome !== '' || requests === 0)
  await until('the requests of killed gateways end', isOver)
  t.equal(await running.kill('SIGTERM'), 0)

  const expected = requestsIn(recordsOf(testServer.auditFolder))
  const decisions = await history.decisions({ ...all(ORGANIZATION), limit: 100_000 })
  t.strictSame(
    Object.fromEntries(decisions.map(one => [one.decisionId, `${one.verdict} ${one.outcome}`])),
    expected,
  )
  t.strictSame(
    Object.fromEntries(
      (await sums('verdict', 'outcome')).map(sum => [
        `${sum.verdict} ${sum.outcome}`,
        sum.requests,
      ]),
    ),
    countsOf(Object.values(expected)),
  )
  t.ok(decisions.length > KILLS * CLIENTS, `${decisions.length} requests`)
}

/** Returns verdict and outcome of each request of a journal, by decision ID. */
function requestsIn(records: readonly JournalRecord[]): Readonly<Record<string, string>> {
  const requests: Record<string, string> = {}
  for (const { type, decisionId, verdict = '' } of records)
    if (type === 'decision') requests[decisionId] = `${verdict} `
  for (const { type, decisionId, outcome } of records)
    if (type === 'outcome') requests[decisionId] += String(outcome)
  return requests
}

function countsOf(values: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

/** An upstream that never answers. `asked` resolves when it has a request that is more than a probe of its path. */
async function startSilent(t: Test) {
  const server = createServer().listen(0, '127.0.0.1')
  t.teardown(() => server.close().closeAllConnections())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const asked = new Promise<void>(resolve =>
    server.on('request', ({ headers }) => headers.authorization && resolve()),
  )
  return { asked, url: `http://127.0.0.1:${port}/EWS/Exchange.asmx` }
}

t.test('R37 a request that kill -9 interrupts is aborted in the history', async t => {
  const { asked, url } = await startSilent(t)
  const { server: testServer, command, folder } = await startServing(t, { upstreamUrl: url })
  const sent = testServer.post(REQUEST).catch(() => undefined)
  await asked
  await command.kill('SIGKILL')
  await sent
  const [killed] = segmentsIn(readdirSync(testServer.auditFolder))
  const positions = new FilePositions(join(testServer.auditFolder, 'positions/outcomes'))
  // The first of these gateways dies when it has written the outcome, before it stores that.
  for (const fatal of ['before create positions 1', undefined]) {
    const gateway = new PointGateway(t, { folder, aheadMs: 0, fatal })
    await gateway.begin()
    await gateway.until('the request ends', async () => {
      await gateway.instruct({ tick: 500 })
      await gateway.instruct({ tick: 10_000 })
      return positions.of(killed?.writer ?? '') !== undefined
    })
    t.equal(gateway.isOver, fatal !== undefined)
    await gateway.command.kill('SIGTERM')
  }
  const history = await openSqliteHistory(join(folder, 'data/gateway-history.db'))
  t.teardown(() => history.close())
  t.match(await history.decisions(all(ORGANIZATION)), [
    { verdict: 'allow', outcome: 'ABORTED', cause: 'internal' },
  ])
  const outcomes = recordsOf(testServer.auditFolder).filter(({ type }) => type === 'outcome')
  t.match(outcomes, [{ ended: 'cut', outcome: 'ABORTED', writer: killed?.writer }])
  t.equal(outcomes.length, 1)
})

t.test('R37 kill -9 under load loses and repeats no record, on SQLite', t =>
  killSuite(t, {
    config: {},
    open: folder => openSqliteHistory(join(folder, 'data/gateway-history.db')),
  }),
)

t.test(
  'R37 kill -9 under load loses and repeats no record, on PostgreSQL',
  { skip: withoutPostgres },
  async t => {
    const { host, port, user, ...server } = await startPostgres(t)
    await killSuite(t, {
      config: { store: `postgres://${user}@${host}:${port}/${server.database}` },
      open: () => openPostgresHistory({ host, port, user, database: server.database, tls: false }),
    })
  },
)

async function startPostgres(t: Test) {
  const server = await lend(t, PostgresServer.start())
  const { host, port, user } = server
  return { host, port, user, database: await server.createDatabase() }
}
