/**
 * Compares the history with the audit, request by request and in its totals.
 *
 * @module
 */

import { join } from 'node:path'
import type { Test } from 'tap'
import { openSqliteHistory } from '../../src/history/sqlite.ts'
import {
  basic,
  type GatewayTestServer,
  type Key,
  ORGANIZATION,
} from '../kit/gateway-test-server.ts'
import { until } from '../kit/wire.ts'
import { outcomesOf } from './failure-trials.ts'

const DAY_S = 86_400

type Listed = Readonly<{
  DecisionId: string
  Outcome?: string
  Cause?: string
  Status?: number
  ResponseCode?: string
}>

type Row = Readonly<{ Outcome?: string; Cause?: string; Requests: number }>

/** Adds a principal that can read the history. */
export async function addAuditor(server: GatewayTestServer): Promise<Key> {
  const Action = ['ewsgateway:ListDecisions', 'ewsgateway:SummarizeDecisions']
  const { key } = await server.addPrincipal('auditor', {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action, Resource: ['*'] }],
  })
  return key
}

/**
 * Waits until the history has all outcomes.
 *
 * @param unlisted - requests that failed because their decision could not be recorded: the history lists decisions
 */
export async function compareHistory(
  t: Test,
  server: GatewayTestServer,
  auditor: Key,
  unlisted = 0,
): Promise<void> {
  const decisions = new Set(
    server.audit().flatMap(({ type, decisionId }) => (type === 'decision' ? [decisionId] : [])),
  )
  const outcomes = outcomesOf(server).filter(({ decisionId }) => decisions.has(decisionId))
  t.equal(outcomesOf(server).length - outcomes.length, unlisted)
  const listed = async () => {
    const { Decisions } = await ask<{ Decisions: readonly Listed[] }>(
      server,
      auditor,
      'ListDecisions',
      {},
    )
    return Decisions
  }
  await until('the history has all outcomes', async () => {
    const all = await listed()
    return all.length === outcomes.length && all.every(({ Outcome }) => Outcome !== undefined)
  })
  t.strictSame(
    (await listed())
      .map(it => JSON.stringify([it.DecisionId, it.Outcome, it.Cause, it.Status, it.ResponseCode]))
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
  const { Rows } = await ask<{ Rows: readonly Row[] }>(server, auditor, 'SummarizeDecisions', {
    GroupBy: ['OUTCOME', 'CAUSE'],
  })
  const totals = Map.groupBy(outcomes, line => `${line['outcome']} ${line['cause'] ?? ''}`)
  t.strictSame(
    Object.fromEntries(Rows.map(it => [`${it.Outcome} ${it.Cause ?? ''}`, it.Requests])),
    Object.fromEntries([...totals].map(([name, lines]) => [name, lines.length])),
    'and so do the totals of the overview',
  )
}

/** Compares the file of a history in SQLite with the audit, after the gateway has ended. */
export async function compareHistoryFile(t: Test, server: GatewayTestServer): Promise<void> {
  const history = await openSqliteHistory(join(server.auditFolder, '../../gateway-history.db'))
  t.teardown(() => history.close())
  const span = { from: Date.now() - DAY_S * 1_000, until: Date.now() + DAY_S * 1_000 }
  const query = { organizationId: ORGANIZATION, ...span, filters: [], limit: 1_000 }
  t.strictSame(
    (await history.decisions(query))
      .map(it => JSON.stringify([it.decisionId, it.outcome, it.cause]))
      .sort(),
    outcomesOf(server)
      .map(line => JSON.stringify([line.decisionId, line['outcome'], line['cause'] ?? '']))
      .sort(),
    'the history says what the audit says',
  )
}

async function ask<T>(
  server: GatewayTestServer,
  auditor: Key,
  action: string,
  input: object,
): Promise<T> {
  const now = Date.now() / 1_000
  const span = { StartTime: now - DAY_S, EndTime: now + DAY_S }
  const response = await fetch(`http://127.0.0.1:${server.gateway.controlPort}/`, {
    method: 'POST',
    headers: {
      Authorization: basic(auditor),
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': `EwsGateway.${action}`,
      Connection: 'close',
    },
    body: JSON.stringify({ OrganizationId: ORGANIZATION, ...span, ...input }),
  })
  return (await response.json()) as T
}
