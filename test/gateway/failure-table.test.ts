/**
 * The table of failures through running gateways on SQLite: for each fault, what clients and operators see.
 */

import t from 'tap'
import { answersTo } from '../../scripts/docs/causes.ts'
import { CAUSE_ROWS } from '../../src/model/failure-table.ts'
import { CAUSES, type Cause } from '../../src/model/outcome.ts'
import { codeOf, createItem, envelope } from '../kit/corpus.ts'
import { startGatewayTestServer } from '../kit/gateway-test-server.ts'
import { Wire } from '../kit/wire.ts'
import { CASES } from './failure-cases.ts'
import {
  playGatewayCases,
  playStoreCases,
  playUpstreamCases,
  playWithoutConnection,
} from './failure-table.ts'
import { FAULT_CODE, FaultyUpstream } from './faulty-upstream.ts'
import { rawRequest, tracesOf } from './traces.ts'

t.test('faults of upstreams and clients', t => playUpstreamCases(t))
t.test('upstreams without a connection', t => playWithoutConnection(t))
t.test('faults of the gateway', t => playGatewayCases(t))
t.test('an unreachable store', t => playStoreCases(t))

t.test('a large upload that breaks before its end gets ErrorServerBusy', async t => {
  const upstream = await FaultyUpstream.start(t)
  const server = await startGatewayTestServer(t, { upstreamUrl: upstream.url })
  upstream.fault = 'closes while the request arrives'
  const large = envelope('alice@example.com', createItem('Large', 'x'.repeat(400_000)))
  const wire = new Wire(server.socket())
  const { result, outcome } = await tracesOf(server, async () => {
    await wire.send(rawRequest(server, large).slice(0, -9))
    return codeOf((await wire.answer()).text)
  })
  t.equal(result, 'ErrorServerBusy')
  t.match(outcome, { outcome: 'FAILED', cause: 'closed' })
  t.strictSame(server.sandbox.executed, [])
  wire.socket.destroy()
})

/** Whether a client can see this, gets no whole response, or the upstream's own fault. */
const isAnswer = (client: string, answers: readonly (string | undefined)[]) =>
  client === 'cut' || client === FAULT_CODE || answers.includes(client)

/** Returns the effects of a cause by the runbook. */
function runbookOf(cause: Cause) {
  const { readyz, metric } = CAUSE_ROWS[cause]
  return { readyz: readyz === undefined ? 'pass' : `${readyz.status}: ${readyz.check}`, metric }
}

t.test('the runbook describes each cause as the table of failures does', async t => {
  for (const cause of CAUSES) {
    const rows = CASES.filter(({ write }) => write.cause === cause)
    const { seen, write } = answersTo(cause)
    const { readyz, metric } = runbookOf(cause)
    const messages = new Set(rows.flatMap(({ log }) => log))
    for (const row of rows) {
      t.ok(isAnswer(row.read.client, [seen]), `${row.fault}: the response to a read`)
      t.ok(isAnswer(row.write.client, [seen, write]), `${row.fault}: the response to a write`)
    }
    if (write !== undefined)
      t.ok(
        rows.some(row => row.write.client === write),
        `${cause}: ${write}`,
      )
    t.ok(
      rows.some(row => row.readyz.startsWith(readyz) && row.metric === metric),
      `${cause}: /readyz and metric`,
    )
    t.ok(
      [...messages].every(message => CAUSE_ROWS[cause].log.includes(message)),
      `${cause}: the log says nothing else`,
    )
    t.equal(messages.size === 0, CAUSE_ROWS[cause].log.length === 0, `${cause}: the log says so`)
  }
  for (const { fault, write } of CASES) t.ok(write.executions <= 1, `${fault}: no duplicate`)
})
