/**
 * R13 and R14 as a table: every row of fixtures/guard in the pure decision, at a gateway before the
 * sandbox, and at a gateway before a sandbox that runs like grommunio. Nothing that was denied has an
 * effect there; sent straight to that server it has one.
 */

import { isDeepStrictEqual } from 'node:util'
import t, { type Test } from 'tap'
import { BOBS, mail, multipart, nested, OWN, part } from '../../scripts/guard/calendars.ts'
import { create, mime } from '../../scripts/guard/row.ts'
import { decide } from '../../src/policy/decide.ts'
import { Sandbox } from '../../src/sandbox/sandbox.ts'
import { ANN, roleOf as compiledRole, GUIDS, guardOn } from '../policy/guard-cases.ts'
import { codeOf, envelope } from './corpus.ts'
import {
  DELEGATIONS,
  direct,
  hasEffect,
  isForeign,
  PASSWORD,
  prepare,
  pretended,
  type Row,
  roleOf,
  rolesOf,
  rowsOf,
  TABLES,
  watch,
} from './guard-rows.ts'
import { type House, SERVICE, startHouse, USERS } from './harness.ts'

const ROWS = TABLES.flatMap(table => rowsOf(table).map(row => ({ ...row, table })))
const titleOf = ({ ruling, table, name }: (typeof ROWS)[number]) => `${ruling} ${table}: ${name}`

const CIRCUMSTANCES = {
  sourceAddress: '192.0.2.7',
  at: 0,
  accessControl: [{ name: 'all', description: '', effect: 'ALLOW', createdAt: 0, modifiedAt: 0 }],
} as const

/** The reason of the pure decision. */
function decided(row: Row, request: string) {
  const { type, guard } = roleOf(row)
  const [, element = ''] = /^<m:(\w+)/.exec(request) ?? []
  const decision = decide(
    compiledRole(type, guard),
    element,
    { kind: 'user', id: ANN },
    CIRCUMSTANCES,
  )
  if (decision.verdict === 'deny') return decision.reason
  return guardOn(request, { type, guard, opaqueIds: 'allow' })
}

const isExpected = ({ reasons }: Row, reason: string | undefined) =>
  reasons === undefined ? reason === undefined : reasons.some(it => it === reason)

t.test('R13, R14 the pure decision', async t => {
  const rows = ROWS.filter(({ asks }) => !asks)
  compare(t, rows, row => {
    let reason: string | undefined
    try {
      reason = decided(row, pretended(row, GUIDS.ann))
    } catch (error) {
      reason = (error as { reason?: string }).reason ?? String(error)
    }
    return [reason, isExpected(row, reason) ? reason : row.reasons?.[0]]
  })
})

/** As many rows are tried at once. */
const AT_ONCE = 25

const batches = <T>(rows: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(rows.length / AT_ONCE) }, (_, at) =>
    rows.slice(at * AT_ONCE, (at + 1) * AT_ONCE),
  )

/** Sends rows to a gateway; tells what it said of each, and what was done behind it by all. */
async function ask(house: House, rows: readonly Row[]) {
  const requests: string[] = []
  for (const row of rows) requests.push(await prepare(house.sandbox, row))
  const done = watch(house.sandbox)
  const answers = await Promise.all(
    rows.map((row, at) =>
      house.post(envelope('alice@example.com', requests[at] ?? ''), {
        auth: house.client(roleOf(row).name).key,
      }),
    ),
  )
  const reasons = new Map(
    house
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

type TitledRow = (typeof ROWS)[number]

/** Compares what was found of each row; only a row that is wrong has an assertion of its own. */
function compare<Found>(
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

for (const gromox of [false, true])
  t.test(
    gromox ? 'R13, R14 before a server like grommunio' : 'R13, R14 before the sandbox',
    async t => {
      const rows = ROWS.filter(({ server }) => gromox || server !== 'gromox')
      const house = await startHouse(t, {
        gromox,
        delegations: DELEGATIONS,
        upstreamPassword: PASSWORD,
        roles: rolesOf(rows),
      })
      for (const batch of batches(rows.filter(({ reasons }) => reasons !== undefined))) {
        const { answers, sent, hidden } = await ask(house, batch)
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
        const { answers, sent } = await ask(house, batch)
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
    },
  )

t.test('R13 a calendar behind a large body', async t => {
  const role = roleOf({ name: '', ruling: 'R13', request: '' })
  const house = await startHouse(t, { gromox: true, roles: [role] })
  const large = part('text/plain', `${'x'.repeat(70)}\r\n`.repeat(6_000))
  for (const [text, reason] of [
    [BOBS, 'sender-refused'],
    [OWN, undefined],
  ] as const) {
    house.sandbox.forget()
    const content = mail(multipart([large, nested(2, part('text/calendar', text, 'base64'))]))
    const { status } = await house.post(
      envelope('alice@example.com', create(`<t:Message>${mime(content)}</t:Message>`)),
      { auth: house.client(role.name).key },
    )
    const decision = house.audit().findLast(({ type }) => type === 'decision')
    t.equal(decision?.reason, reason, `it is ${reason ?? 'allowed'}`)
    t.equal(status, reason === undefined ? 200 : 500)
    t.equal(house.sandbox.sent.length, reason === undefined ? 1 : 0)
    const ran = house.sandbox.executed.map(({ operation }) => operation)
    t.equal(ran.includes('CreateItem'), reason === undefined)
  }
})

t.test('R13, R14 without a gateway', async t => {
  for (const batch of batches(ROWS.filter(({ effect }) => effect !== undefined))) {
    const effects = await tryAll(batch)
    compare(t, batch, (_, at) => [effects[at], true])
  }
})

/** Whether each row has its effect, one after the other. */
async function tryAll(rows: readonly Row[]): Promise<readonly boolean[]> {
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
