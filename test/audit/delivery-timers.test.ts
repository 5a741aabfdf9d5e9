/**
 * When Delivery looks for processes that have ended and for segments to delete, and which consumers fail.
 */

import fs, {
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import type { Consumer } from '../../src/audit/consumer.ts'
import { Delivery, type DeliveryOptions } from '../../src/audit/delivery.ts'
import { newWriter, segmentFile } from '../../src/audit/segments.ts'

const T = Date.UTC(2026, 10, 27)
const [OWN, ENDED] = [newWriter(0), newWriter(1_000)] as const

const consumerOf = (name: string, more: Partial<Consumer> = {}): Consumer => ({
  name,
  position: async () => undefined,
  consume: async () => undefined,
  forget: async () => undefined,
  close: async () => undefined,
  ...more,
})

function startDelivery(t: Test, options: Partial<DeliveryOptions> = {}) {
  const folder = join(t.testdir(), 'audit')
  mkdirSync(folder)
  const write = (writer: string, at = T) => {
    const file = segmentFile(folder, { writer, segment: 1 })
    const header = { type: 'segment', host: hostname(), pid: process.pid }
    writeFileSync(file, `${JSON.stringify(header)}\n{"name":"a"}\n`)
    utimesSync(file, at / 1_000, at / 1_000)
    return file
  }
  write(OWN)
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const events: string[] = []
  const delivery = new Delivery({
    folder,
    journal: {
      writer: OWN,
      segment: 1,
      record: () => undefined,
      written: async () => undefined,
      committed: () => undefined,
      checkWritable: () => undefined,
    },
    consumers: [consumerOf('one')],
    keepMs: 1_000,
    now: () => T,
    failed: name => events.push(`${name} failed`),
    recovered: name => events.push(`${name} recovered`),
    ...options,
  })
  t.teardown(() => delivery.close())
  const hasClaims = () => existsSync(join(folder, 'claims'))
  return { folder, delivery, write, hasClaims, events }
}

t.test('R37 Delivery looks for processes that have ended every 10 s', async t => {
  const { delivery, write, hasClaims } = startDelivery(t)
  write(ENDED)
  mock.timers.tick(9_999)
  t.notOk(hasClaims())
  mock.timers.tick(1)
  t.ok(hasClaims())
  await delivery.drain()
})

t.test('R37 Delivery takes over no more processes after it has stopped', async t => {
  const { delivery, write, hasClaims } = startDelivery(t)
  await delivery.stop()
  write(ENDED)
  mock.timers.tick(60_000)
  t.notOk(hasClaims())
})

t.test('R37 Delivery looks for segments to delete every 10 minutes', async t => {
  const { delivery, write } = startDelivery(t)
  const file = write(ENDED, T - 1_000)
  await delivery.takeOver()
  await delivery.drain()
  mock.timers.tick(599_999)
  t.ok(existsSync(file))
  mock.timers.tick(1)
  t.notOk(existsSync(file))
})

t.test('R38 failing() names the consumers that took no records at the last attempt', async t => {
  let fails = true
  const failing = consumerOf('two', {
    consume: async () => {
      if (fails) throw new Error('no')
    },
  })
  const { delivery, events } = startDelivery(t, { consumers: [consumerOf('one'), failing] })
  t.strictSame(delivery.failing(), [])
  await delivery.drain()
  t.strictSame(delivery.failing(), ['two'])
  fails = false
  await delivery.drain()
  t.strictSame(delivery.failing(), [])
  t.strictSame(events, ['two failed', 'two recovered'])
  t.strictSame(
    [...delivery.lags()],
    [
      ['one', 0],
      ['two', 0],
    ],
  )
})

t.test('R37 a segment is deleted only if each consumer has it', async t => {
  let fails = true
  const failing = consumerOf('two', {
    consume: async () => {
      if (fails) throw new Error('no')
    },
  })
  const { delivery, write } = startDelivery(t, { consumers: [consumerOf('one'), failing] })
  const file = write(ENDED, T - 1_000)
  await delivery.takeOver()
  await delivery.drain()
  await delivery.expire()
  t.ok(existsSync(file))
  t.not(delivery.overdueBytes, 0)
  fails = false
  await delivery.drain()
  await delivery.expire()
  t.notOk(existsSync(file))
  t.equal(delivery.overdueBytes, 0)
})

t.test('R37 segments of a process that is not taken over are not deleted', async t => {
  const { delivery, write } = startDelivery(t)
  const file = write(ENDED, T - 1_000)
  await delivery.stop()
  await delivery.drain()
  await delivery.expire()
  t.ok(existsSync(file))
})

t.test('R37 a writer is forgotten if another process has removed the claims on it', async t => {
  const forgotten: string[] = []
  const consumer = consumerOf('one', { forget: async writer => void forgotten.push(writer) })
  const { delivery, write } = startDelivery(t, { consumers: [consumer] })
  const file = write(ENDED)
  await delivery.takeOver()
  await delivery.drain()
  await delivery.expire()
  t.strictSame(forgotten, [])
  rmSync(join(dirname(file), 'claims'), { recursive: true })
  rmSync(file)
  await delivery.expire()
  await delivery.expire()
  t.strictSame(forgotten, [ENDED], 'once')
})

t.test('R37 a segment that another process deletes at the same time is no failure', async t => {
  const journal = {
    writer: OWN,
    segment: 2,
    record: () => undefined,
    written: async () => undefined,
    committed: () => undefined,
    checkWritable: () => undefined,
  }
  const { folder, delivery, write, events } = startDelivery(t, { journal })
  const file = write(ENDED, T - 1_000)
  await delivery.takeOver()
  await delivery.drain()
  rmSync(segmentFile(folder, { writer: OWN, segment: 1 }))
  symlinkSync(join(folder, 'nowhere'), segmentFile(folder, { writer: OWN, segment: 1 }))
  await delivery.expire()
  t.strictSame(events, [], 'before its length is known')
  t.notOk(existsSync(file))

  write(ENDED, T - 1_000)
  const { statSync } = fs
  const set = (to: unknown) => {
    Object.assign(fs, { statSync: to })
    syncBuiltinESMExports()
  }
  t.teardown(() => set(statSync))
  set((path: string, options: object) => {
    const stats = statSync(path, options)
    if (path === file) rmSync(file, { force: true })
    return stats
  })
  await delivery.takeOver()
  await delivery.drain()
  await delivery.expire()
  set(statSync)
  t.strictSame(events, [], 'after that')
  t.notOk(existsSync(file))
})

t.test('R38 Delivery reports once that it cannot look for segments to delete', async t => {
  const { delivery, write, events } = startDelivery(t)
  await delivery.drain()
  await delivery.takeOver()
  const folder = dirname(write(ENDED))
  renameSync(folder, `${folder}.1`)
  await delivery.expire()
  await delivery.expire()
  t.strictSame(events, ['folder failed'])
  renameSync(`${folder}.1`, folder)
})
