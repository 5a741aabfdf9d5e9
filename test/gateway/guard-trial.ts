/**
 * Tries rows of fixtures/guard at a running gateway, many at once: each decision is as expected, and
 * nothing that the gateway denied has an effect at the server.
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import type { Test } from 'tap'
import type { Row } from '../../fixtures/guard/row.ts'
import { TABLES } from '../../fixtures/guard/tables.ts'
import { Sandbox } from '../../sandbox/sandbox.ts'
import { codeOf, envelope } from '../kit/corpus.ts'
import {
  type GatewayTestServer,
  SERVICE,
  startGatewayTestServer,
  USERS,
} from '../kit/gateway-test-server.ts'
import {
  DELEGATIONS,
  direct,
  hasEffect,
  isForeign,
  PASSWORD,
  prepare,
  roleOf,
  rolesOf,
  rowsOf,
  watch,
} from './guard-rows.ts'

/** All rows, each with the name of its table. */
export const ROWS = Object.entries(TABLES).flatMap(([table, rows]) =>
  rowsOf(rows).map(row => ({ ...row, table })),
)

const titleOf = ({ ruling, table, name }: (typeof ROWS)[number]) => `${ruling} ${table}: ${name}`

/** Whether a reason, or none, is one that the row expects. */
export const isExpected = ({ reasons }: Row, reason: string | undefined) =>
  reasons === undefined ? reason === undefined : reasons.some(it => it === reason)

/**
 * Returns the rows that go through sockets: each that is allowed or asks the server, and of denied rows
 * that differ only in names and values the first. The tests of the pure decision have all rows.
 */
export const sampleOf = (rows: readonly TitledRow[]): readonly TitledRow[] => [
  ...new Map(rows.toReversed().map(row => [kindOf(row), row])).values(),
]

function kindOf(row: TitledRow): string {
  const { table, ruling, request, reasons, effect, server, asks } = row
  if (asks || reasons === undefined) return titleOf(row)
  const elements = new Set(request.match(/<[mt]:\w+/g))
  return JSON.stringify([table, ruling, ...elements, reasons, effect, server, roleOf(row).name])
}

/** As many rows are tried at once. */
const AT_ONCE = 25

/** Rows in groups that are tried together. */
const batches = <T>(rows: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(rows.length / AT_ONCE) }, (_, at) =>
    rows.slice(at * AT_ONCE, (at + 1) * AT_ONCE),
  )

/** Sends rows to a gateway; returns the answer to each, and the effects of all at the server. */
async function ask(testServer: GatewayTestServer, rows: readonly Row[]) {
  const requests: string[] = []
  for (const row of rows) requests.push(await prepare(testServer.sandbox, row))
  const done = watch(testServer.sandbox)
  const answers = await Promise.all(
    rows.map((row, at) =>
      testServer.post(envelope('alice@example.com', requests[at] ?? ''), {
        auth: testServer.client(roleOf(row).name).key,
      }),
    ),
  )
  const reasons = new Map(
    testServer
      .audit()
      .filter(({ type, verdict }) => type === 'decision' && verdict !== 'pending')
      .map(({ decisionId, reason }) => [decisionId, reason]),
  )
  return {
    answers: answers.map(({ text, headers, status }) => ({
      reason: reasons.get(String(headers['x-decision-id'])),
      code: codeOf(text),
      status,
      text,
    })),
    ...done(),
  }
}

const NO_ANSWER = { reason: undefined, code: undefined, status: 0, text: '' } as const

/** A row with the name of its table. */
export type TitledRow = (typeof ROWS)[number]

/** Compares the rows with their expectations; only a wrong row has an assertion of its own. */
export function compare<Found>(
  t: Test,
  rows: readonly TitledRow[],
  find: (row: TitledRow, at: number) => readonly [found: Found, wanted: Found],
) {
  const wrong = rows.flatMap((row, at) => {
    const [found, wanted] = find(row, at)
    return isDeepStrictEqual(found, wanted) ? [] : [{ row, found, wanted }]
  })
  for (const { row, found, wanted } of wrong) t.strictSame(found, wanted, titleOf(row))
  t.equal(wrong.length, 0, `${rows.length} rows from ${titleOf(rows[0] as TitledRow)}`)
}

const codeFor = (reason: string | undefined) =>
  reason === 'envelope-malformed' ? 'ErrorSchemaValidation' : 'ErrorAccessDenied'

/** Tries a sample of the rows at a gateway before one of the two sandboxes. */
export async function tryRows(t: Test, gromox: boolean) {
  const rows = sampleOf(ROWS).filter(({ server }) => gromox || server !== 'gromox')
  const testServer = await startGatewayTestServer(t, {
    gromox,
    delegations: DELEGATIONS,
    upstreamPassword: PASSWORD,
    roles: rolesOf(rows),
  })
  for (const batch of batches(rows.filter(({ reasons }) => reasons !== undefined))) {
    const { answers, sent, hidden } = await ask(testServer, batch)
    compare(t, batch, (row, at) => {
      const { reason, status, code } = answers[at] ?? NO_ANSWER
      const right = isExpected(row, reason) ? reason : row.reasons?.[0]
      return [
        { reason, status, code },
        { reason: right, status: 500, code: codeFor(right) },
      ]
    })
    const names = batch.map(titleOf)
    t.strictSame({ sent, hidden }, { sent: [], hidden: [] }, 'they do nothing', { names })
  }
  for (const batch of batches(rows.filter(({ reasons }) => reasons === undefined))) {
    const { answers, sent } = await ask(testServer, batch)
    compare(t, batch, (row, at) => {
      const { reason, code, text } = answers[at] ?? NO_ANSWER
      const done = gromox ? (code ?? text) : undefined
      return [
        { reason, done },
        { reason: undefined, done: gromox ? (row.code ?? 'NoError') : undefined },
      ]
    })
    t.strictSame(sent.filter(isForeign), [], 'they are sent as the user')
  }
}

/** Sends the rows that have an effect straight to a sandbox that runs like grommunio: each has it. */
export async function tryWithoutGateway(t: Test, rows: readonly TitledRow[]) {
  for (const batch of batches(rows.filter(({ effect }) => effect !== undefined))) {
    const effects = await effectsOf(batch)
    compare(t, batch, (_, at) => [effects[at], true])
  }
}

/** Whether each row has its effect, one after the other. */
async function effectsOf(rows: readonly Row[]): Promise<readonly boolean[]> {
  let sandbox = await startServer()
  const effects: boolean[] = []
  for (const row of rows) {
    // The same app cannot be installed twice.
    if (row.effect === 'app') {
      await sandbox.close()
      sandbox = await startServer()
    }
    const request = await prepare(sandbox, row)
    const done = watch(sandbox)
    await direct(sandbox, 'alice@example.com', request)
    effects.push(row.effect !== undefined && hasEffect(done(), row.effect))
  }
  await sandbox.close()
  return effects
}

const startServer = () =>
  Sandbox.start({
    username: SERVICE,
    password: PASSWORD,
    serviceAddress: SERVICE,
    users: USERS,
    gromox: true,
    seed: false,
    delegations: DELEGATIONS,
  })
