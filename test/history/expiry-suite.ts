/**
 * Tests the retention of every history: records that it removes, and when.
 */

import type { Test } from 'tap'
import type { SummaryRow } from '../../src/history/history.ts'
import {
  all,
  allowed,
  assumed,
  changed,
  DAY,
  FOR_EVER,
  HOUR,
  NOW,
  outcomeOf,
  refused,
  Writer,
} from './samples.ts'
import type { Open } from './suite.ts'

const requestsIn = (rows: readonly SummaryRow[]) =>
  rows.reduce((sum, { requests }) => sum + requests, 0)

export async function expirySuite(t: Test, open: Open): Promise<void> {
  t.test('by days: each kind has its own retention', async t => {
    const history = await open(t)
    const days = [0, 6, 8, 399, 401]
    const at = (day: number) => NOW - day * DAY
    await new Writer(history).write(
      ...days.flatMap(day => [
        allowed(at(day), { operation: `Day${day}` }),
        refused(at(day)),
        changed(at(day)),
        assumed(at(day)),
      ]),
    )
    const retention = {
      sums: { days: 400 },
      refusals: { days: 400, rows: 1_000_000 },
      allowed: { days: 7, rows: 1_000_000 },
    }
    const left = async () => {
      const decisions = await history.decisions(all())
      const changes = await history.changes(all())
      const sums = await history.summary({ ...all(), groupBy: ['hour'] })
      const mailboxes = await history.summary({ ...all(), groupBy: ['mailbox'] })
      t.equal(requestsIn(mailboxes), requestsIn(sums), 'all totals are of the same requests')
      const daysOf = (times: readonly number[]) => times.map(time => (NOW - time) / DAY)
      return {
        allowed: daysOf(decisions.filter(({ verdict }) => verdict === 'allow').map(atOf)),
        refused: daysOf(decisions.filter(({ verdict }) => verdict === 'deny').map(atOf)),
        changes: daysOf(changes.filter(({ action }) => /Put/.test(action)).map(atOf)),
        tokens: daysOf(changes.filter(({ action }) => /Assume/.test(action)).map(atOf)),
        sums: daysOf(sums.map(({ hour = 0 }) => hour)).toReversed(),
      }
    }
    await history.expire(FOR_EVER, NOW)
    const kinds = ['allowed', 'refused', 'changes', 'tokens', 'sums']
    t.strictSame(await left(), Object.fromEntries(kinds.map(kind => [kind, days])))
    const expected = {
      allowed: [0, 6],
      refused: [0, 6, 8, 399],
      changes: [0, 6, 8, 399],
      tokens: [0, 6],
      sums: [0, 6, 8, 399],
    }
    for (let times = 0; times < 2; times += 1) {
      await history.expire(retention, NOW)
      t.strictSame(await left(), expected)
    }
    await history.expire(retention, NOW + 2 * DAY)
    t.strictSame(await left(), {
      allowed: [0],
      refused: [0, 6, 8],
      changes: [0, 6, 8],
      tokens: [0],
      sums: [0, 6, 8],
    })
  })

  t.test('by rows: the latest rows of each kind stay, to the millisecond', async t => {
    const history = await open(t)
    const writer = new Writer(history)
    const decisions = Array.from({ length: 2_500 }, (_, n) =>
      (n % 5 === 0 ? refused : allowed)(NOW + Math.floor((n / 2_500) * 3 * HOUR)),
    )
    await writer.write(...decisions.flatMap(one => [one, outcomeOf(one)]))
    const rows = (allowed: number, refusals: number) => ({
      ...FOR_EVER,
      allowed: { days: 7, rows: allowed },
      refusals: { days: 7, rows: refusals },
    })
    const kept = async (verdict: 'allow' | 'deny') => {
      const filters = [{ property: 'verdict', values: [verdict], not: false }] as const
      return (await history.decisions({ ...all(), limit: 10_000, filters })).map(
        ({ decisionId }) => decisionId,
      )
    }
    const latest = (verdict: string, count: number) =>
      decisions
        .filter(decision => decision.verdict === verdict)
        .slice(-count)
        .map(({ decisionId }) => decisionId)
        .toReversed()
    await history.expire(rows(1_700, 120), NOW + 3 * HOUR)
    t.strictSame(await kept('allow'), latest('allow', 1_700))
    t.strictSame(await kept('deny'), latest('deny', 120))
    t.match(await history.summary({ ...all(), groupBy: [] }), [{ requests: 2_500 }], 'sums stay')
    for (const { decisionId, organizationId = '' } of decisions.slice(0, 3))
      t.equal(await history.decision(organizationId, decisionId), undefined, 'records go with it')
  })

  t.test('a request in progress stays until it ends, or for a day', async t => {
    const history = await open(t)
    const writer = new Writer(history)
    const retention = { ...FOR_EVER, allowed: { days: 7, rows: 1 } }
    const kept = async (now: number) => {
      await history.expire(retention, now)
      return (await history.decisions(all())).map(({ decisionId }) => decisionId).toReversed()
    }
    const [slow, lost] = [allowed(NOW), allowed(NOW + 1)]
    const others = [2, 3].map(n => allowed(NOW + n))
    const [, last] = others
    await writer.write(slow, lost, ...others.flatMap(one => [one, outcomeOf(one)]))
    t.strictSame(
      await kept(NOW + HOUR),
      [slow, lost, last].map(one => one?.decisionId),
    )
    await writer.write(outcomeOf(slow))
    t.match(await history.summary({ ...all(), groupBy: ['outcome'] }), [
      { outcome: 'ANSWERED', requests: 3 },
      { outcome: '', requests: 1 },
    ])
    t.strictSame(
      await kept(NOW + 2 * HOUR),
      [lost, last].map(one => one?.decisionId),
    )
    t.strictSame(await kept(NOW + DAY + HOUR), [last?.decisionId])
  })

  t.test('a value that is used again after its expiry is there', async t => {
    const history = await open(t)
    const retention = { ...FOR_EVER, sums: { days: 1 }, allowed: { days: 1, rows: 1_000 } }
    const writer = new Writer(history)
    await writer.write(allowed(NOW - 3 * DAY))
    await history.expire(retention, NOW)
    t.equal((await history.lastUsed(allowed(0).organizationId ?? '', 'role', [])).size, 0)
    await writer.write(allowed(NOW))
    t.equal((await history.decisions(all())).length, 1)
    t.match(await history.summary({ ...all(), groupBy: [] }), [{ requests: 1 }])
  })
}

const atOf = ({ at }: Readonly<{ at: number }>) => at
