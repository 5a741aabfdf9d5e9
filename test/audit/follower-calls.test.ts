/**
 * When a follower polls, holds, and gives up, and which segments its consumer has.
 */

import { appendFileSync, statSync, writeFileSync } from 'node:fs'
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import type { Consumer } from '../../src/audit/consumer.ts'
import { Follower, type FollowerOptions } from '../../src/audit/follower.ts'
import { type Lines, linesIn } from '../../src/audit/reader.ts'
import { newWriter, segmentFile } from '../../src/audit/segments.ts'
import { until } from '../kit/until.ts'
import { openFilesIn } from './open-files.ts'

const [OWN, ENDED] = [newWriter(0), newWriter(1_000)] as const
const HEADER = '{"type":"segment"}\n'

const namesIn = (lines: Lines) => linesIn(lines).map(({ line }) => JSON.parse(line).name)

/** A journal of two writers, and a follower of the first. */
function startFollower(
  t: Test,
  more: Partial<Consumer> = {},
  options: Partial<FollowerOptions> = {},
) {
  const folder = t.testdir()
  const fileOf = (writer: string, segment = 1) => segmentFile(folder, { writer, segment })
  const write = (writer: string, segment: number, text: string) =>
    writeFileSync(fileOf(writer, segment), HEADER + text)
  const append = (writer: string, name: string) =>
    appendFileSync(fileOf(writer), `{"name":"${name}"}\n`)
  for (const writer of [OWN, ENDED]) write(writer, 1, '')
  const taken: string[] = []
  const events: string[] = []
  const clock = { now: 0 }
  const consumer: Consumer = {
    name: 'consumer',
    position: async () => undefined,
    consume: async lines => void taken.push(...namesIn(lines)),
    forget: async writer => void events.push(`forget ${writer}`),
    close: async () => void events.push('close'),
    ...more,
  }
  const follower = new Follower({
    folder,
    writer: OWN,
    consumer,
    failed: name => events.push(`${name} failed`),
    recovered: name => events.push(`${name} recovered`),
    now: () => clock.now,
    ...options,
  })
  const has = (writer: string, segment: number, bytes: number) =>
    follower.has({ writer, segment }, bytes)
  return { folder, fileOf, write, append, follower, has, taken, events, clock }
}

function mockTimers(t: Test, api: 'setTimeout' | 'setInterval') {
  mock.timers.enable({ apis: [api] })
  t.teardown(() => mock.timers.reset())
}

async function settle() {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
}

t.test('R37 Follower polls every 500 ms until it is closed', async t => {
  mockTimers(t, 'setInterval')
  let polls = 0
  const committed = () => {
    polls += 1
    return undefined
  }
  const { append, follower, taken } = startFollower(t, {}, { committed })
  append(OWN, 'a')
  mock.timers.tick(499)
  await settle()
  t.equal(polls, 0)
  mock.timers.tick(1)
  await until('it consumes', () => taken.length === 1)
  await follower.close()
  const { length } = taken
  append(OWN, 'b')
  const before = polls
  mock.timers.tick(5_000)
  await settle()
  t.strictSame([taken.length, polls], [length, before])
})

t.test('R37 a poll waits for the one before', async t => {
  mockTimers(t, 'setInterval')
  const consuming = Promise.withResolvers<void>()
  const { append, follower, taken } = startFollower(t, {
    consume: async lines => {
      taken.push(...namesIn(lines))
      await consuming.promise
    },
  })
  append(OWN, 'a')
  mock.timers.tick(500)
  await until('it consumes', () => taken.length === 1)
  mock.timers.tick(500)
  await settle()
  consuming.resolve()
  await follower.close()
  t.strictSame(taken, ['a'])
})

t.test('R37 close() waits 5 s for a consumer that does not respond', async t => {
  const consuming = Promise.withResolvers<void>()
  const { append, follower, events } = startFollower(t, {
    consume: () => {
      consuming.resolve()
      return new Promise<never>(() => undefined)
    },
  })
  append(OWN, 'a')
  mockTimers(t, 'setTimeout')
  let isClosed = false
  const closed = follower.close().then(() => {
    isClosed = true
  })
  await consuming.promise
  mock.timers.tick(4_999)
  await settle()
  t.notOk(isClosed)
  mock.timers.tick(1)
  await closed
  t.strictSame(events, ['close'])
})

t.test('R37 a consumer that responds after close() receives no more', async t => {
  const consuming = Promise.withResolvers<void>()
  const late = Promise.withResolvers<void>()
  const taken: string[] = []
  const { append, follower } = startFollower(t, {
    batchBytes: 40,
    consume: async lines => {
      taken.push(...namesIn(lines))
      consuming.resolve()
      await late.promise
    },
  })
  for (const name of ['a', 'b', 'c', 'd']) append(OWN, name)
  mockTimers(t, 'setTimeout')
  const closed = follower.close()
  await consuming.promise
  mock.timers.tick(5_000)
  await closed
  const { length } = taken
  late.resolve()
  await settle()
  t.ok(length < 4)
  t.equal(taken.length, length)
})

t.test('close() leaves no timer', async t => {
  const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
  const before = timers()
  const { follower } = startFollower(t)
  await follower.close()
  t.ok(timers() <= before)
})

t.test('R37 drain() delivers what was written before it, also during another poll', async t => {
  const first = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const taken: string[] = []
  const { append, follower } = startFollower(
    t,
    {
      consume: async lines => {
        begun.resolve()
        if (taken.length === 0) await first.promise
        taken.push(...namesIn(lines))
      },
    },
    { committed: () => ({ segment: 1, bytes: HEADER.length + '{"name":"a"}\n'.length * written }) },
  )
  let written = 1
  append(OWN, 'a')
  const polling = follower.drain()
  await begun.promise
  append(OWN, 'b')
  written = 2
  const drained = follower.drain()
  first.resolve()
  await Promise.all([polling, drained])
  t.strictSame(taken, ['a', 'b'])
  await follower.close()
})

t.test('R37 the last records of this process are not held, nor those of others', async t => {
  const asked: string[] = []
  const { append, follower, taken, clock } = startFollower(t, {
    takes: lines => {
      asked.push(...namesIn(lines))
      return false
    },
  })
  append(OWN, 'own')
  append(ENDED, 'ended')
  follower.follow(ENDED)
  clock.now = 1_000
  await follower.drain()
  t.strictSame([asked, taken], [['own'], ['ended']])
  t.equal(follower.lagMs, 1_000, 'R38 what is held is late')
  t.ok(follower.hasAll(ENDED))
  await follower.close()
  t.strictSame([asked, taken], [['own'], ['ended', 'own']])
})

t.test('R38 a failure is reported once, and its end once', async t => {
  let fails = true
  const { append, follower, events } = startFollower(t, {
    consume: async () => {
      if (fails) throw new Error('no')
    },
  })
  t.notOk(follower.hasFailed)
  append(OWN, 'a')
  for (const _ of [1, 2]) {
    fails = true
    await follower.drain()
    await follower.drain()
    t.ok(follower.hasFailed)
    t.strictSame(events.splice(0), ['consumer failed'])
    fails = false
    await follower.drain()
    await follower.drain()
    t.notOk(follower.hasFailed)
    t.strictSame(events.splice(0), ['consumer recovered'])
    append(OWN, 'b')
  }
  await follower.close()
})

t.test('R37 has() and hasAll() of segments of this process', async t => {
  const { folder, append, write, fileOf, follower, has } = startFollower(t)
  append(OWN, 'a')
  t.notOk(has(OWN, 1, 0), 'nothing was read')
  await follower.drain()
  const { size } = statSync(fileOf(OWN))
  t.strictSame(
    [size - 1, size, size + 1].map(bytes => has(OWN, 1, bytes)),
    [true, true, false],
  )
  t.notOk(has(OWN, 2, 0))
  write(OWN, 2, '{"name":"b"}\n')
  await follower.drain()
  t.ok(has(OWN, 1, size + 1), 'a segment before')
  t.notOk(has(OWN, 3, 0))
  t.notOk(follower.hasAll(OWN), 'more can follow')
  t.notOk(has(ENDED, 1, 0), 'it does not follow the other')
  t.notOk(follower.hasAll(ENDED))
  t.equal(openFilesIn(folder), 1)
  await follower.close()
  t.equal(openFilesIn(folder), 0)
})

t.test('R37 has() of a writer that has ended compares the length at its end', async t => {
  const { folder, write, fileOf, follower, has, taken, events, clock } = startFollower(t)
  write(ENDED, 1, '{"name":"a"}\n')
  write(ENDED, 2, '{"name":"b"}\n{"torn')
  follower.follow(ENDED)
  t.notOk(follower.hasAll(ENDED))
  await follower.drain()
  t.strictSame(taken, ['a', 'b'])
  t.ok(follower.hasAll(ENDED))
  const { size } = statSync(fileOf(ENDED, 2))
  t.strictSame(
    [size - 1, size, size + 1].map(bytes => has(ENDED, 2, bytes)),
    [false, true, false],
  )
  t.ok(has(ENDED, 1, 0))
  t.notOk(has(ENDED, 3, 0))
  t.notOk(has(ENDED, 3, size))
  t.equal(openFilesIn(folder), 1, 'that of this process')
  clock.now = 1_000
  follower.follow(ENDED)
  await follower.drain()
  t.strictSame(taken, ['a', 'b'], 'it is followed only once')
  t.equal(follower.lagMs, 0)
  t.strictSame(events, [])
  await follower.close()
})

t.test('R37 forget() ends the work on a writer', async t => {
  const { folder, append, follower, has, taken, events } = startFollower(t)
  follower.follow(ENDED)
  await follower.drain()
  await follower.forget(ENDED)
  t.strictSame(events, [`forget ${ENDED}`])
  t.notOk(follower.hasAll(ENDED))
  t.notOk(has(ENDED, 1, HEADER.length))
  append(ENDED, 'late')
  await follower.drain()
  t.strictSame(taken, [])
  await follower.forget(OWN)
  t.equal(openFilesIn(folder), 0)
  await follower.close()
})

t.test('a failure while it closes is not reported', async t => {
  const consuming = Promise.withResolvers<void>()
  const failing = Promise.withResolvers<void>()
  const { append, follower, events } = startFollower(t, {
    consume: async () => {
      consuming.resolve()
      await failing.promise
      throw new Error('destroyed')
    },
  })
  append(OWN, 'a')
  mockTimers(t, 'setTimeout')
  const closed = follower.close()
  await consuming.promise
  mock.timers.tick(5_000)
  await closed
  failing.resolve()
  await settle()
  t.strictSame(events, ['close'])
})

t.test('Follower returns the name of its consumer, and whether that is remote', async t => {
  const near = startFollower(t).follower
  t.strictSame([near.consumer, near.isRemote], ['consumer', false])
  const far = startFollower(t, { name: 'far', isRemote: true }).follower
  t.strictSame([far.consumer, far.isRemote], ['far', true])
  await Promise.all([near.close(), far.close()])
})
