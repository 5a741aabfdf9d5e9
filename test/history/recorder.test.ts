/**
 * The recorder between journal and database: what it does when the database fails, and what it does not keep.
 */

import { writeFileSync } from 'node:fs'
import { mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { Follower } from '../../src/audit/follower.ts'
import { lineOf } from '../../src/audit/line.ts'
import { linesIn } from '../../src/audit/reader.ts'
import { segmentFile } from '../../src/audit/segments.ts'
import type { History } from '../../src/history/history.ts'
import { lendFolder } from '../kit/services/lend.ts'
import { until } from '../kit/until.ts'
import { sqliteHistories } from './reused.ts'
import {
  all,
  allowed,
  changed,
  HOUR,
  idAt,
  linesOf,
  NOW,
  outcomeOf,
  refused,
  Writer,
} from './samples.ts'

const openHistory = sqliteHistories(t)

t.test('Recorder tries again to open a history', async t => {
  const history = await openHistory(t)
  let opened = 0
  const writer = new Writer(async () => {
    opened += 1
    if (opened < 3) throw new Error('no disk')
    return history
  })
  const write = () => writer.write(allowed(NOW))
  const ask = () => writer.recorder.ask(history => history.decisions(all()))
  await t.rejects(ask(), { message: 'no disk' })
  await t.rejects(write(), { message: 'no disk' })
  t.strictSame(writer.failures, ['no disk'], 'the journal reports what it cannot deliver')
  await write()
  t.equal((await ask()).length, 1)
})

t.test('Recorder reopens a database that did not answer, and loses nothing', async t => {
  const history = await openHistory(t)
  const closed: string[] = []
  let isGone = true
  const consume: History['consume'] = async (...batch) => {
    if (isGone) throw new Error('gone')
    return await history.consume(...batch)
  }
  const close = async () => void closed.push('closed')
  const { recorder } = new Writer({ ...history, consume, close })
  const lines = linesOf('20261125T120000Z-00000000', [allowed(NOW), refused(NOW)])
  await t.rejects(recorder.consume(lines), { message: 'gone' })
  t.strictSame(closed, ['closed'])
  isGone = false
  await recorder.consume(lines)
  t.strictSame(await recorder.position(lines.end.writer), lines.end)
  t.equal((await recorder.ask(history => history.decisions(all()))).length, 2)
})

t.test('R37 a slow database has one batch at a time, and gets the others later', async t => {
  const history = await openHistory(t)
  const folder = lendFolder(t)
  const writer = '20261125T120000Z-00000000'
  const decisions = Array.from({ length: 8_000 }, (_, n) => allowed(NOW + n))
  const { bytes } = linesOf(writer, decisions)
  const text = `{"type":"segment"}\n${Buffer.from(bytes)}{"type":"dec`
  writeFileSync(segmentFile(folder, { writer, segment: 1 }), text)
  let isSlow = true
  const waiting: (() => void)[] = []
  const sizes: number[] = []
  const consume: History['consume'] = async (...batch) => {
    sizes.push(batch[0].end.sequence - batch[0].start.sequence)
    if (isSlow) await new Promise<void>(resolve => waiting.push(resolve))
    return await history.consume(...batch)
  }
  const { recorder } = new Writer({ ...history, consume }, { batchBytes: 100_000 })
  const follower = new Follower({
    folder,
    writer,
    consumer: recorder,
    failed: (_, error) => t.fail(String(error)),
    recovered: () => undefined,
    now: () => NOW,
  })
  const drained = follower.drain()
  await until('the first batch', () => waiting.length > 0)
  await setImmediate()
  t.equal(sizes.length, 1)
  t.equal((await history.position(writer))?.sequence, undefined)
  isSlow = false
  for (const resolve of waiting) resolve()
  await drained
  t.ok(Math.max(...sizes) < 400, `${sizes.length} batches, of as many bytes as it takes`)
  t.equal((await history.position(writer))?.sequence, 8_001, 'without the torn line')
  t.match(await history.summary({ ...all(), groupBy: [] }), [{ requests: 8_000 }])
  await follower.close()
})

t.test('Recorder skips and counts a record that the database rejects', async t => {
  const writer = new Writer(await openHistory(t))
  const lines = linesOf('20261125T120000Z-00000000', [
    allowed(NOW),
    allowed(NOW + 1),
    allowed(NOW + 2),
  ])
  const { end } = lines
  const [, second] = linesIn(lines)
  lines.bytes.set(Buffer.from('['), second?.at.offset)
  await writer.recorder.consume(lines)
  t.strictSame(writer.dropped, ['rejected 1'])
  t.match(writer.failures, [/Record .*\/1\/2 of the audit journal is not JSON/])
  t.strictSame(await writer.recorder.position(end.writer), end)
  const decisions = await writer.recorder.ask(history => history.decisions(all()))
  t.strictSame(
    decisions.map(({ at }) => at - NOW),
    [2, 0],
  )
})

t.test('Recorder skips and counts JSON that is no record', async t => {
  const history = await openHistory(t)
  const denial = `"at":"${new Date(NOW).toISOString()}","verdict":"deny","organizationId":"o"`
  const none: readonly string[] = ['null', '{}']
  for (const [n, text] of [
    ...none,
    `{"type":"change","decisionId":"${idAt(NOW)}",${denial}}`,
    `{"type":"decision","at":"${new Date(NOW).toISOString()}","decisionId":"no ID",${denial}}`,
    `{"type":"decision","decisionId":"no ID",${denial}}`,
    `{"type":"change","action":"a",${denial}}`,
    `{"type":"change","action":"a","decisionId":1,${denial}}`,
  ].entries()) {
    const writer = new Writer(history)
    const records = [refused(NOW), refused(NOW + 1), refused(NOW + 2)]
    const lines = linesOf(`20261125T120000Z-0000000${n}`, records, undefined, record =>
      record === records[1] ? `${text}\n` : lineOf(record),
    )
    await writer.recorder.consume(lines)
    t.strictSame(await writer.recorder.position(lines.end.writer), lines.end, text)
    t.strictSame(writer.dropped, none.includes(text) ? [] : ['rejected 1'])
  }
  t.equal((await history.decisions(all())).length, 14)
})

t.test('Recorder only counts the denials of a principal that has too many in an hour', async t => {
  const history = await openHistory(t)
  const writer = new Writer(history)
  const flood = Array.from({ length: 10_100 }, (_, n) =>
    refused(NOW + n, { principalId: 'attacker', userId: `user-${n % 7_000}` }),
  )
  const singles = async () => (await history.decisions({ ...all(), limit: 20_000 })).length
  const requests = async () => (await history.summary({ ...all(), groupBy: [] }))[0]?.requests
  await writer.write(
    ...flood,
    ...flood.slice(-200).map(one => outcomeOf(one, { outcome: 'DENIED' })),
  )
  await new Writer(history).write(
    refused(NOW, { principalId: 'attacker' }),
    changed(NOW, { principalId: 'attacker', verdict: 'deny' }),
    allowed(NOW, { principalId: 'attacker' }),
    refused(NOW),
  )
  t.equal(
    await singles(),
    10_002,
    'another gateway, or this one after a restart, continues counting',
  )
  t.equal(await requests(), 10_103)
  t.equal((await history.changes(all())).length, 0)
  t.equal(
    writer.dropped.reduce((sum, drop) => sum + Number(drop.replace('flood ', '')), 0),
    100,
  )
  t.match(
    await history.summary({ ...all(), groupBy: ['mailbox', 'outcome'], limit: 1 }),
    [{ userId: '', requests: 101, outcome: 'DENIED' }],
    'without a mailbox, and with an outcome',
  )
  await writer.write(refused(NOW + HOUR, { principalId: 'attacker' }))
  t.equal(await singles(), 10_003, 'until the hour is over')
})

t.test('Recorder keeps the denials of a principal whose key others try', async t => {
  const history = await openHistory(t)
  const wrong = { principalId: 'victim', reason: 'credentials-refused', count: 1 } as const
  const tried = Array.from({ length: 10_000 }, (_, n) => refused(NOW + n, wrong))
  await new Writer(history).write(...tried)
  const denied = refused(NOW + HOUR - 1, { principalId: 'victim' })
  const writer = new Writer(history)
  await writer.write(denied, refused(NOW, wrong), refused(NOW, { ...wrong, principalId: 'other' }))
  t.strictSame(writer.dropped, ['flood 2'], 'all wrong credentials of an hour count together')
  const [newest] = await history.decisions({ ...all(), limit: 1 })
  t.match(newest, { decisionId: denied.decisionId, principalId: 'victim' })
})

t.test('Recorder waits for an expiry at its end, which is not a failure', async t => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const events: string[] = []
  const closing = Promise.withResolvers<void>()
  const expire = () =>
    closing.promise.then(() => {
      events.push('interrupted')
      throw new Error('The history is closed')
    })
  const close = async () => {
    closing.resolve()
    events.push('closed')
  }
  const writer = new Writer({ expire, close } as unknown as History)
  mock.timers.tick(600_000)
  await setImmediate()
  await writer.recorder.close()
  t.strictSame(events, ['closed', 'interrupted'])
  t.strictSame(writer.failures, [])
})

t.test('Recorder opens no database after its end', async t => {
  const history = await openHistory(t)
  let opened = 0
  const writer = new Writer(async () => {
    opened += 1
    return { ...history, close: async () => undefined }
  })
  await writer.write(allowed(NOW))
  await writer.recorder.close()
  const ask = writer.recorder.ask(history => history.decisions(all()))
  await t.rejects(ask, { message: 'The history is closed' })
  await t.rejects(writer.write(allowed(NOW)), { message: 'The history is closed' })
  t.equal(opened, 1)
  t.strictSame(writer.failures, [])
})

t.test('Recorder assigns decisions about unknown callers to the only organization', async t => {
  const { organizationId: _, principalId: __, ...unknown } = refused(NOW, { count: 7 })
  for (const organizationId of [undefined, 'm-1']) {
    const history = await openHistory(t)
    await new Writer(history, { organizationId }).write(unknown)
    t.match(
      await history.summary({ ...all('m-1'), groupBy: [] }),
      organizationId ? [{ requests: 7 }] : [],
    )
  }
})
