/**
 * Tests the contract of a history. Each adapter runs it.
 */

import type { Test } from 'tap'
import type { DecisionRecord } from '../../src/audit/audit.ts'
import type { History } from '../../src/history/history.ts'
import { crashSuite } from './crash-suite.ts'
import { expirySuite } from './expiry-suite.ts'
import { modelSuite } from './model-suite.ts'
import {
  all,
  allowed,
  assumed,
  changed,
  ELSEWHERE,
  HOUR,
  idAt,
  linesOf,
  NOW,
  ORGANIZATION,
  outcomeOf,
  refused,
  Writer,
} from './samples.ts'
import { shadowSuite } from './shadow-suite.ts'

/** Opens a new, empty history, which closes with the test. */
export type Open = (t: Test) => Promise<History>

/** @param crashes - number of journals with crashes that are tried */
export async function historySuite(t: Test, open: Open, crashes: number): Promise<void> {
  await t.test('one decision', t => oneSuite(t, open))
  await t.test('changes', t => changeSuite(t, open))
  await t.test('lists and sums', t => modelSuite(t, open))
  await t.test('shadows', t => shadowSuite(t, open))
  await t.test('expiry', t => expirySuite(t, open))
  await t.test('crashes', t => crashSuite(t, open, crashes))
}

async function oneSuite(t: Test, open: Open) {
  t.test('the records of a request become one decision', async t => {
    const history = await open(t)
    const writer = new Writer(history)
    const decision = allowed(NOW)
    await writer.write({ ...decision, verdict: 'pending' })
    t.strictSame(await history.decisions(all()), [], 'it is not decided yet')
    await writer.write(decision)
    const { decisionId } = decision
    const listed = {
      decisionId,
      at: NOW,
      roleId: 'backup',
      roleName: 'Backup',
      principalId: 'backup-tool',
      userId: 'alice',
      mailbox: 'alice@example.com',
      asked: undefined,
      operation: 'GetItem',
      verdict: 'allow',
      reason: '',
      sourceAddress: '192.0.2.7',
      items: 3,
      bytes: 0,
      outcome: '',
      cause: '',
      rule: 'everyone',
      ruleName: 'Everyone',
      status: undefined,
      responseCode: undefined,
    }
    t.strictSame(await history.decisions(all()), [listed], 'it is under way')
    t.match(await history.decision(ORGANIZATION, decisionId), { record: { verdict: 'allow' } })

    const failed = { outcome: 'FAILED', cause: 'dns', status: 500 } as const
    const more = { ...failed, responseCode: 'ErrorServerBusy', itemCount: 2 }
    const outcome = outcomeOf(decision, more)
    await writer.write(outcome)
    t.strictSame(await history.decisions(all()), [
      { ...listed, ...failed, items: 2, bytes: 6_000, responseCode: 'ErrorServerBusy' },
    ])
    const found = await history.decision(ORGANIZATION, decisionId)
    t.match(found?.record, { decisionId, matchedRules: ['everyone'], itemCount: 3 })
    t.match(found?.outcome, { type: 'outcome', responseBytes: 5_000, itemCount: 2 })
    t.strictSame(await history.summary({ ...all(), groupBy: [] }), [
      { requests: 1, items: 2, bytes: 6_000, lastAt: outcome.at },
    ])
    t.match(await history.summary({ ...all(), groupBy: ['outcome', 'mailbox'] }), [
      { outcome: 'FAILED', mailbox: 'alice@example.com', requests: 1, items: 2, bytes: 6_000 },
    ])
  })

  t.test(
    'of a decision that is made again when its request has ended the last one counts',
    async t => {
      const others = Array.from({ length: 300 }, (_, n) => allowed(NOW + n))
      for (const between of [[], others]) {
        const history = await open(t)
        const writer = new Writer(history)
        const first = allowed(NOW - 1)
        const ended = [first, ...between].flatMap(decision => [decision, outcomeOf(decision)])
        const { decisionId } = first
        await writer.write(...ended, refused(NOW - 1, { decisionId }))
        t.strictSame(writer.failures, [])
        const listed = await history.decisions({ ...all(), until: NOW })
        t.match(listed, [{ decisionId, verdict: 'deny', reason: 'rule-denies' }])
        t.match(await history.decision(ORGANIZATION, decisionId), { record: { verdict: 'deny' } })
      }
    },
  )

  t.test(
    'R36 an outcome of the process itself wins over one that another process wrote',
    async t => {
      const history = await open(t)
      const writer = new Writer(history)
      const [early, late, ended] = [allowed(NOW), allowed(NOW + 1), allowed(NOW + 2)]
      const found = (decision: DecisionRecord, at = decision.at) =>
        outcomeOf(decision, { at, outcome: 'ABORTED', cause: 'internal', writer: 'ended' })
      await writer.write(early, late, ended, outcomeOf(early), found(late), found(ended))
      await writer.write(found(early), outcomeOf(late), found(ended, NOW + 50))
      const listed = await history.decisions(all())
      t.match(
        listed.map(({ outcome }) => outcome),
        ['ABORTED', 'ANSWERED', 'ANSWERED'],
      )
      t.match(await history.summary({ ...all(), groupBy: ['outcome'] }), [
        { outcome: 'ANSWERED', requests: 2 },
        { outcome: 'ABORTED', requests: 1, lastAt: ended.at },
      ])
    },
  )

  t.test('R36 two outcomes of a request that are written at once count once', async t => {
    const history = await open(t)
    const requests = Array.from({ length: 20 }, (_, n) => allowed(NOW + n))
    for (const decision of requests) {
      const [own, other] = [new Writer(history), new Writer(history)]
      await own.write(decision)
      const found = { outcome: 'ABORTED', cause: 'internal', writer: 'silent' } as const
      await Promise.all([own.write(outcomeOf(decision)), other.write(outcomeOf(decision, found))])
    }
    for (const groupBy of [['outcome'], ['outcome', 'mailbox']] as const)
      t.match(await history.summary({ ...all(), groupBy }), [{ outcome: 'ANSWERED', requests: 20 }])
    const listed = await history.decisions(all())
    t.strictSame([...new Set(listed.map(({ outcome }) => outcome))], ['ANSWERED'])
  })

  t.test('a request that is denied after all counts once, and is no use of its role', async t => {
    const history = await open(t)
    const writer = new Writer(history)
    const first = allowed(NOW)
    const used = async () => [...(await history.lastUsed(ORGANIZATION, 'role', []))]
    t.equal(await history.hasAllowed(ORGANIZATION), false)
    await writer.write(first)
    t.strictSame(await used(), [['backup', NOW]])
    t.equal(await history.hasAllowed(ORGANIZATION), true)
    t.equal(await history.hasAllowed(ELSEWHERE), false)
    await writer.write(refused(NOW + 5, { decisionId: first.decisionId }))
    t.match(await history.summary({ ...all(), groupBy: ['verdict'] }), [
      { verdict: 'deny', requests: 1 },
    ])
    t.strictSame(await used(), [])
    t.equal(await history.hasAllowed(ORGANIZATION), false)
  })

  t.test('an organization cannot read records of another', async t => {
    const history = await open(t)
    const [decision, change] = [refused(NOW), changed(NOW)]
    await new Writer(history).write(decision, change)
    t.strictSame(await history.decisions(all(ELSEWHERE)), [])
    t.strictSame(await history.changes(all(ELSEWHERE)), [])
    t.strictSame(await history.summary({ ...all(ELSEWHERE), groupBy: ['role'] }), [])
    t.equal((await history.lastUsed(ELSEWHERE, 'role', [])).size, 0)
    for (const { decisionId } of [decision, change]) {
      t.equal(await history.decision(ELSEWHERE, decisionId), undefined)
      t.ok(await history.decision(ORGANIZATION, decisionId))
    }
    t.equal(await history.decision(ORGANIZATION, idAt(NOW)), undefined)
  })

  t.test('P8 text from clients creates no series, and any text is kept', async t => {
    const history = await open(t)
    const odd = 'nobody\u0000\ud800"\n@example.com'
    const { userId: _, userAddress: __, ...unknown } = refused(NOW, { reason: 'unknown-user' })
    await new Writer(history).write({
      ...unknown,
      operation: 'DropTable',
      connectingSid: { kind: 'SmtpAddress', value: odd },
      userAgent: odd,
    })
    t.match(await history.decisions(all()), [
      { asked: 'nobody\ufffd\ufffd"\ufffd@example.com', mailbox: '', operation: 'other' },
    ])
    t.match(await history.decision(ORGANIZATION, unknown.decisionId), {
      record: { operation: 'DropTable' },
    })
  })

  t.test('records of a dead writer that two processes have at once count once', async t => {
    const history = await open(t)
    const decisions = Array.from({ length: 50 }, (_, n) => allowed(NOW + n))
    const writer = '20261125T120000Z-00000000'
    const lines = linesOf(
      writer,
      decisions.flatMap(one => [one, outcomeOf(one)]),
    )
    await Promise.all([1, 2, 3].map(() => history.consume(lines, undefined)))
    t.match(await history.summary({ ...all(), groupBy: ['outcome'] }), [
      { outcome: 'ANSWERED', requests: 50, bytes: 300_000 },
    ])
    t.strictSame(await history.position(writer), lines.end)
    await history.forget(writer)
    t.equal(await history.position(writer), undefined)
  })

  t.test('two who write at once lose nothing', async t => {
    const history = await open(t)
    const writers = Array.from({ length: 4 }, () => new Writer(history))
    await Promise.all(
      writers.map(async writer => {
        for (let n = 0; n < 5; n += 1)
          await writer.write(allowed(NOW), refused(NOW + n), allowed(NOW, { userId: `u-${n}` }))
      }),
    )
    t.match(await history.summary({ ...all(), groupBy: [] }), [{ requests: 60 }])
    t.equal((await history.decisions(all())).length, 60)
  })
}

async function changeSuite(t: Test, open: Open) {
  await t.test('of one change the record that says that it was made counts', async t => {
    const history = await open(t)
    const made = changed(NOW)
    const failed = changed(NOW, { ...made, verdict: 'error', reason: 'ServiceUnavailable' })
    const [one, other] = [new Writer(history), new Writer(history)]
    const verdicts: string[] = []
    for (const [writer, record] of [
      [one, failed],
      [other, made],
      [one, failed],
      [other, made],
    ] as const) {
      await writer.write(record)
      const [change, ...others] = await history.changes(all())
      const decision = await history.decision(ORGANIZATION, made.decisionId)
      t.strictSame(others, [])
      verdicts.push(`${change?.verdict} ${decision?.record['verdict']}`)
    }
    t.strictSame(verdicts, ['error error', 'allow allow', 'allow allow', 'allow allow'])
  })

  const history = await open(t)
  const made = changed(NOW)
  const denied = changed(NOW + 1, {
    action: 'ewsgateway:CreatePrincipal',
    verdict: 'deny',
    reason: 'AccessDeniedException',
    principalId: 'backup-tool',
    object: { type: 'PRINCIPAL', name: 'Nightly tool' },
  })
  const token = assumed(NOW + 2)
  const long = changed(NOW + 3, {
    object: { type: 'ROLE', id: 'long' },
    after: { id: 'long', ids: Array(2_000).fill('0123456789') },
  })
  const {
    principalId: _,
    sourceAddress: __,
    ...byCommand
  } = changed(NOW + 4, {
    action: 'ewsgateway:CreateAccessKey',
    object: { type: 'ACCESS_KEY', id: 'AKIA', name: 'nightly' },
  })
  const quoted = changed(NOW + 5, { object: { type: 'ROLE', id: 'quoted', name: '50%_"Off"' } })
  await new Writer(history).write(made, denied, token, long, byCommand, quoted)
  const ids = async (query: Partial<Parameters<History['changes']>[0]> = {}) =>
    (await history.changes({ ...all(), ...query })).map(({ decisionId }) => decisionId)
  const newest = [quoted, byCommand, long, token, denied, made].map(({ decisionId }) => decisionId)

  t.strictSame(await ids(), newest, 'newest first')
  t.strictSame(await ids({ limit: 2 }), newest.slice(0, 2))
  t.strictSame(await ids({ before: long.decisionId, limit: 2 }), newest.slice(3, 5))
  t.strictSame(await ids({ from: NOW + 1, until: NOW + 3 }), [token, denied].map(idOf))
  t.strictSame(await ids({ from: NOW + HOUR }), [])
  for (const [filter, found] of [
    [{ property: 'role', values: ['backup'], not: false }, [token, made]],
    [{ property: 'verdict', values: ['deny'], not: false }, [denied]],
    [{ property: 'reason', values: [''], not: true }, [denied]],
    [{ property: 'principal', values: ['backup-tool'], not: false }, [token, denied]],
    [
      { property: 'action', values: ['workmail:PutImpersonationRole'], not: true },
      [byCommand, token, denied],
    ],
    [
      { property: 'action', values: [], parts: ['CREATE', 'assume'], not: false },
      [byCommand, token, denied],
    ],
    [{ property: 'reason', values: [], parts: ['accessdenied'], not: false }, [denied]],
    [
      { property: 'object', values: [], parts: ['NIGHTLY', 'none'], not: false },
      [byCommand, denied, made],
    ],
    [{ property: 'object', values: [], parts: ['50%_"off'], not: false }, [quoted]],
    [{ property: 'object', values: [], parts: ['backup","name'], not: false }, []],
  ] as const)
    t.strictSame(await ids({ filters: [filter] }), found.map(idOf), filter.property)

  const [, command, cut, , , first] = await history.changes(all())
  t.match(command, { principalId: '', sourceAddress: '', roleId: '' })
  t.match(cut, { roleId: 'long', record: undefined }, 'a long record is left out of the list')
  t.strictSame(first?.object, made.object)
  t.match(JSON.parse(first?.record ?? ''), { before: made.before, after: made.after })
  t.match(await history.decision(ORGANIZATION, long.decisionId), {
    record: { after: { ids: /0123456789/ } },
  })
}

const idOf = ({ decisionId }: Readonly<{ decisionId: string }>) => decisionId
