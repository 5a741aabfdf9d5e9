/**
 * The recorder beside requests: it never waits, never throws, and never holds more than it may.
 */

import { mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { queryObjects } from 'node:v8'
import t from 'tap'
import type { Batch, History } from '../../src/history/history.ts'
import { Rejected } from '../../src/history/history.ts'
import { allowed, HOUR, NOW, outcomeOf, refused, Writer } from './samples.ts'

/** A history that keeps batches, and can be made to fail. */
class Batches {
  readonly written: Batch[] = []
  failing: Error | undefined
  closed = 0
  readonly history = {
    write: async (batch: Batch) => {
      if (this.failing) throw this.failing
      this.written.push(batch)
    },
    close: async () => {
      this.closed += 1
    },
  } as unknown as History

  /** How many decisions were written. */
  get decisions() {
    return this.written.reduce((sum, batch) => sum + decisionsIn(batch), 0)
  }

  get requests() {
    return this.written
      .flatMap(({ tallies }) => tallies)
      .reduce((sum, { requests }) => sum + requests, 0)
  }
}

const decisionsIn = ({ decisions }: Batch) => decisions.reduce((sum, { count }) => sum + count, 0)

t.test(
  'while the database is gone what has room waits; the rest is counted, never lost',
  async t => {
    const batches = new Batches()
    batches.failing = new Error('gone')
    const writer = new Writer(batches.history)
    const folders = Array.from({ length: 100 }, () => 'f'.repeat(256))
    const decisions = Array.from({ length: 1_000 }, (_, n) => allowed(NOW + n, { folders }))
    await writer.write(...decisions)
    t.strictSame(writer.failures, ['gone'])
    t.equal(batches.closed, 1, 'it is to be opened anew')
    t.ok(writer.dropped.length > 300 && writer.dropped.length < 500, `${writer.dropped.length}`)
    t.ok(writer.dropped.every(drop => drop === 'overflow 1'))

    batches.failing = undefined
    await writer.recorder.flush()
    t.equal(batches.decisions, 1_000 - writer.dropped.length)
    t.equal(batches.requests, 1_000, 'every request is in the sums')
  },
)

t.test('what has been written leaves its room to what comes', async t => {
  const batches = new Batches()
  const writer = new Writer(batches.history)
  const folders = Array.from({ length: 100 }, () => 'f'.repeat(256))
  for (let n = 0; n < 10; n += 1) {
    const decisions = Array.from({ length: 100 }, () => allowed(NOW + n, { folders }))
    await writer.write(...decisions.flatMap(decision => [decision, outcomeOf(decision)]))
  }
  t.strictSame(writer.dropped, [])
  t.equal(batches.decisions, 1_000)
})

t.test('what waits is a few objects, and is let go of when it is written', async t => {
  const batches = new Batches()
  batches.failing = new Error('gone')
  const writer = new Writer(batches.history)
  const objects = () => queryObjects(Object, { format: 'count' })
  const gather = (count: number) => {
    for (let n = 0; n < count; n += 1) {
      const decision = allowed(NOW)
      writer.record(decision, outcomeOf(decision))
    }
  }
  gather(100)
  const before = objects()
  gather(4_000)
  const each = (objects() - before) / 4_000
  t.ok(each < 1, `${each} objects are kept for each`)

  await writer.recorder.flush()
  batches.failing = undefined
  await writer.recorder.flush()
  t.equal(batches.decisions, 4_100, 'a batch that was not taken is there as it was')
  const left = batches.written
    .flatMap(({ decisions }) => decisions)
    .map(({ decisions, records }) => decisions.byteLength + records.byteLength)
  t.strictSame(new Set(left), new Set([0]))
})

t.test(
  'a decision that is made again before its request has ended has the room of one',
  async t => {
    const batches = new Batches()
    const writer = new Writer(batches.history)
    const folders = Array.from({ length: 100 }, () => 'f'.repeat(256))
    const first = allowed(NOW, { folders })
    for (let n = 0; n < 1_000; n += 1)
      writer.record({ ...first, verdict: n < 999 ? 'allow' : 'deny' })
    writer.record(outcomeOf(first))
    await writer.recorder.flush()
    t.strictSame(writer.dropped, [])
    t.equal(batches.decisions, 1)
  },
)

t.test('of more requests under way than can be followed none is lost', async t => {
  const batches = new Batches()
  const { promise, resolve } = Promise.withResolvers<void>()
  const write = async (batch: Batch) => {
    await promise
    await batches.history.write(batch)
  }
  const writer = new Writer({ ...batches.history, write })
  for (let n = 0; n < 106_000; n += 1) writer.record(allowed(NOW))
  resolve()
  await writer.recorder.flush()
  t.equal(batches.decisions + writer.dropped.length, 106_000)
})

t.test('a history that cannot be opened is opened later', async t => {
  const batches = new Batches()
  let opened = 0
  const writer = new Writer(async () => {
    opened += 1
    if (opened < 3) throw new Error('no disk')
    return batches.history
  })
  writer.record(allowed(NOW))
  await t.rejects(
    writer.recorder.ask(async () => undefined),
    { message: 'no disk' },
  )
  await writer.recorder.flush()
  t.strictSame(writer.failures, ['no disk', 'no disk'])
  await writer.recorder.flush()
  t.equal(batches.decisions, 1)
})

t.test('a history that hangs holds up nobody', async t => {
  const never = new Promise<void>(() => undefined)
  const history = { write: () => never, close: async () => undefined } as unknown as History
  const writer = new Writer(history)
  writer.record(allowed(NOW))
  void writer.recorder.flush()
  for (let n = 0; n < 20_000; n += 1) writer.record(allowed(NOW), outcomeOf(allowed(NOW)))
  t.pass('every record was taken at once')
})

t.test('requests that not even a sum has room for are counted', async t => {
  const never = new Promise<void>(() => undefined)
  const writer = new Writer({
    write: () => never,
    close: async () => undefined,
  } as unknown as History)
  writer.record(allowed(NOW))
  void writer.recorder.flush()
  await setImmediate()
  for (let n = 0; n < 100_003; n += 1) writer.record(allowed(NOW, { userId: `user-${n}` }))
  t.strictSame(
    writer.dropped.filter(drop => drop.startsWith('sums')),
    ['sums 1', 'sums 1', 'sums 1'],
  )
})

t.test('a batch that the database refuses again and again is given up, and counted', async t => {
  const batches = new Batches()
  batches.failing = new Rejected('poison')
  const writer = new Writer(batches.history)
  writer.record(allowed(NOW))
  for (let times = 0; times < 10; times += 1) await writer.recorder.flush()
  t.strictSame(writer.dropped, ['overflow 1', 'sums 1'])
  t.equal(batches.closed, 0)
  batches.failing = undefined
  await writer.write(allowed(NOW))
  t.equal(batches.decisions, 1)
})

t.test('a flood of refusals is counted; what others are refused is kept', async t => {
  const batches = new Batches()
  const writer = new Writer(batches.history)
  const flood = Array.from({ length: 10_100 }, (_, n) =>
    refused(NOW + n, { principalId: 'attacker', userId: `user-${n % 7_000}` }),
  )
  await writer.write(...flood, allowed(NOW, { principalId: 'attacker' }), refused(NOW))
  t.equal(batches.decisions, 10_002)
  t.equal(batches.requests, 10_102)
  t.equal(writer.dropped.length, 100)
  const tallies = batches.written.flatMap(({ tallies }) => tallies)
  t.match(
    tallies.find(({ series }) => series.userId === '' && series.principalId === 'attacker'),
    { requests: 100, singles: 0 },
  )
  await writer.write(refused(NOW + HOUR, { principalId: 'attacker' }))
  t.equal(batches.decisions, 10_003, 'until the hour is over')
})

t.test(
  'what comes while a batch is written waits for the next second, but for a full batch',
  async t => {
    mock.timers.enable({ apis: ['setInterval'] })
    t.teardown(() => mock.timers.reset())
    const written: number[] = []
    const meanwhile = [1, 1, 5_000, 0]
    const write = async (batch: Batch) => {
      written.push(decisionsIn(batch))
      for (let n = meanwhile.shift() ?? 0; n > 0; n -= 1) writer.record(allowed(NOW + n))
    }
    const nothing = async () => undefined
    const writer = new Writer({ write, expire: nothing, close: nothing } as unknown as History)
    writer.record(allowed(NOW))
    for (const expected of [[1], [1, 1], [1, 1, 1, 5_000]]) {
      mock.timers.tick(1_000)
      await setImmediate()
      t.strictSame(written, expected)
    }
    await writer.recorder.close()
  },
)

t.test('what is left is written at the end', async t => {
  const batches = new Batches()
  const writer = new Writer(batches.history)
  writer.record(allowed(NOW))
  await writer.recorder.close()
  t.equal(batches.decisions, 1)
  t.equal(batches.closed, 1)
})

t.test('an expiry that the end interrupts is over by then, and no failure', async t => {
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
  mock.timers.tick(1_000)
  await setImmediate()
  await writer.recorder.close()
  t.strictSame(events, ['closed', 'interrupted'])
  t.strictSame(writer.failures, [])
})

t.test('decisions about nobody are the only organization’s, or nobody’s', async t => {
  const { organizationId: _, principalId: __, ...nobody } = refused(NOW, { count: 7 })
  for (const organizationId of [undefined, 'm-1']) {
    const batches = new Batches()
    const writer = new Writer(batches.history, { organizationId })
    await writer.write(nobody)
    t.match(
      batches.written.flatMap(({ tallies }) => tallies),
      organizationId ? [{ series: { organizationId }, requests: 7, singles: 1 }] : [],
    )
  }
})
