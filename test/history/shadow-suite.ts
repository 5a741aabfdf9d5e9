/**
 * Tests what a history tells about drafts of roles. Part of the suite.
 */

import type { Test } from 'tap'
import type { DecisionRecord } from '../../src/audit/audit.ts'
import type { ShadowResult } from '../../src/model/shadow.ts'
import {
  allowed,
  DAY,
  ELSEWHERE,
  FOR_EVER,
  HOUR,
  NOW,
  ORGANIZATION,
  outcomeOf,
  refused,
  Writer,
} from './samples.ts'
import type { Open } from './suite.ts'

const query = { organizationId: ORGANIZATION, roleId: 'backup', version: 7 }
const page = { ...query, offset: 0, limit: 10 }

const same: ShadowResult = { version: 7, outcome: 'same' }
const denies: ShadowResult = { version: 7, outcome: 'would-deny', reason: 'rule-denies' }
const unknown: ShadowResult = { version: 7, outcome: 'unknown', cause: 'data-missing' }
const allows: ShadowResult = { version: 7, outcome: 'would-allow' }

const ended = (decision: DecisionRecord) => [decision, outcomeOf(decision)]

export async function shadowSuite(t: Test, open: Open): Promise<void> {
  t.test('differences of a draft are counted, with examples', async t => {
    const history = await open(t)
    const writer = new Writer(history)
    const bob = { userId: 'bob', userAddress: 'bob@example.com' }
    const first = allowed(NOW - 3 * HOUR, { shadow: denies })
    const late = [1, 2, 3].map(n => allowed(NOW + n, { shadow: denies, accessKeyId: `K${n}` }))
    const failed = allowed(NOW + 9, { shadow: denies })
    await writer.write(
      ...ended(first),
      ...late.flatMap(ended),
      failed,
      outcomeOf(failed, { outcome: 'FAILED', cause: 'dns' }),
      ...ended(allowed(NOW, { shadow: unknown })),
      ...ended(refused(NOW, { ...bob, shadow: allows })),
      ...ended(refused(NOW + 1, { ...bob, shadow: allows })),
      ...[4, 5, 6].flatMap(n => ended(allowed(NOW + n, { shadow: same }))),
      ...ended(allowed(NOW, { shadow: { ...denies, version: 6 } })),
      ...ended(allowed(NOW, { shadow: denies, roleId: 'another' })),
      ...ended(allowed(NOW, { shadow: denies, organizationId: ELSEWHERE })),
      ...ended(allowed(NOW)),
    )
    t.strictSame(writer.failures, [])
    t.strictSame(await history.shadowTotals(query), {
      same: 3,
      'would-deny': 5,
      'would-allow': 2,
      unknown: 1,
    })
    const alice = { principalId: 'backup-tool', userId: 'alice', mailbox: 'alice@example.com' }
    const found = await history.shadowDifferences(page)
    t.match(found, [
      {
        ...alice,
        operation: 'GetItem',
        reason: '',
        shadow: 'would-deny',
        shadowReason: 'rule-denies',
        requests: 5,
        firstAt: first.at,
      },
      { userId: 'bob', reason: 'rule-denies', shadow: 'would-allow', requests: 2, firstAt: NOW },
      { ...alice, shadow: 'unknown', shadowReason: 'data-missing', requests: 1, firstAt: NOW },
    ])
    t.equal(found.length, 3)
    t.equal(found[0]?.lastAt, failed.at + 20)
    t.strictSame(
      found[0]?.examples,
      [failed, late[2], first].map(one => one?.decisionId),
    )
    t.strictSame(
      await history.shadowDifferences({ ...page, offset: 1, limit: 1 }),
      found.slice(1, 2),
    )
    t.match(await history.decision(ORGANIZATION, first.decisionId), { record: { shadow: denies } })
    t.strictSame(await history.shadowDifferences({ ...page, version: 5 }), [])

    const brief = { days: 1, rows: 1_000 }
    await history.expire({ ...FOR_EVER, allowed: brief, refusals: brief }, NOW + DAY + 3 * HOUR)
    const [gone] = await history.shadowDifferences(page)
    t.match(gone, { requests: 5, firstAt: NOW - 3 * HOUR, examples: [] }, 'only counted')
  })

  t.test('a request that is decided again counts once', async t => {
    const history = await open(t)
    const writer = new Writer(history)
    const decision = allowed(NOW, { shadow: same })
    await writer.write(decision)
    await writer.write({ ...decision, verdict: 'deny', reason: 'rule-denies', shadow: allows })
    await writer.write(outcomeOf(decision))
    const counts = { same: 0, 'would-deny': 0, 'would-allow': 1, unknown: 0 }
    t.strictSame(await history.shadowTotals(query), counts)
  })

  t.test('a comparison after the response counts in place of that of the decision', async t => {
    const history = await open(t)
    const writer = new Writer(history)
    const decisions = [1, 2, 3].map(n => allowed(NOW + n, { shadow: unknown }))
    const [known, denied, left] = decisions as [DecisionRecord, DecisionRecord, DecisionRecord]
    await writer.write(known, { ...outcomeOf(known), shadow: same }, denied, left)
    await writer.write({ ...outcomeOf(denied), shadow: denies }, outcomeOf(left))
    const counts = { same: 1, 'would-deny': 1, 'would-allow': 0, unknown: 1 }
    t.strictSame(await history.shadowTotals(query), counts)
    t.match(await history.decision(ORGANIZATION, denied.decisionId), {
      record: { shadow: unknown },
      outcome: { shadow: denies },
    })
    const found = await history.shadowDifferences(page)
    t.strictSame(
      found.map(({ shadow, shadowReason, requests }) => [shadow, shadowReason, requests]).sort(),
      [
        ['unknown', 'data-missing', 1],
        ['would-deny', 'rule-denies', 1],
      ],
    )
  })

  t.test('recorded() returns every series of a role, in parts', async t => {
    const history = await open(t)
    const writer = new Writer(history)
    await writer.write(
      ...ended(allowed(NOW - DAY)),
      ...ended(allowed(NOW)),
      ...ended(allowed(NOW + 1)),
      ...ended(refused(NOW + 2, { userId: 'bob' })),
      ...ended(allowed(NOW, { roleId: 'another' })),
      ...ended(allowed(NOW, { organizationId: ELSEWHERE })),
    )
    const span = { organizationId: ORGANIZATION, roleId: 'backup', from: NOW - DAY, until: NOW + 9 }
    const whole = await history.recorded({ ...span, since: NOW, limit: 100 })
    const counted = whole.filter(({ requests }) => requests > 0)
    t.strictSame(
      counted.map(({ id: _, ...recorded }) => recorded).sort((a, b) => b.requests - a.requests),
      [
        {
          principalId: 'backup-tool',
          userId: 'alice',
          mailbox: 'alice@example.com',
          operation: 'GetItem',
          verdict: 'allow',
          reason: '',
          requests: 3,
          requestsSince: 2,
          lastAt: NOW + 21,
        },
        {
          principalId: 'backup-tool',
          userId: 'bob',
          mailbox: 'alice@example.com',
          operation: 'GetItem',
          verdict: 'deny',
          reason: 'rule-denies',
          requests: 1,
          requestsSince: 1,
          lastAt: NOW + 22,
        },
      ],
    )
    const parts: (typeof whole)[number][] = []
    for (;;) {
      const after = parts.at(-1)?.id
      const more = { ...span, since: NOW, limit: 1, ...(after !== undefined && { after }) }
      const part = await history.recorded(more)
      if (part.length === 0) break
      parts.push(...part)
    }
    t.strictSame(parts, whole)
    const none = await history.recorded({ ...span, until: NOW - HOUR, since: NOW, limit: 100 })
    t.strictSame(
      none
        .filter(({ requests }) => requests > 0)
        .map(({ requests, requestsSince }) => [requests, requestsSince]),
      [[1, 0]],
    )
  })
}
