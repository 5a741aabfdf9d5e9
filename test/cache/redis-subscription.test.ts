/**
 * When a subscription sends heartbeats, and which states and messages it reports.
 */

import { EventEmitter } from 'node:events'
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import type { Connection } from '../../src/cache/redis-connection.ts'
import { Subscription } from '../../src/cache/redis-subscription.ts'

/** A subscription on a connection that a test controls. */
function startSubscription(t: Test) {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const events: unknown[] = []
  let fails = false
  const redis = Object.assign(new EventEmitter(), {
    subscribe: async (channel: string) => {
      events.push(`subscribe ${channel}`)
      if (fails) throw new Error('no answer')
    },
  })
  const connection = {
    redis,
    isReady: false,
    works: () => events.push('works'),
    failed: (error: Error) => events.push(`failed: ${error.message}`),
    close: async () => void events.push('close'),
  }
  const subscription = new Subscription(connection as unknown as Connection, 'changes', {
    message: bytes => events.push(Buffer.from(bytes).toString()),
    state: up => events.push(up),
  })
  /** Returns what happens while something is done. */
  const after = async (act: () => unknown) => {
    await act()
    await new Promise(setImmediate)
    return events.splice(0)
  }
  const setFails = (to: boolean) => {
    fails = to
  }
  return { redis, connection, subscription, after, setFails }
}

t.test('Subscription subscribes when the connection is ready, and again each second', async t => {
  const { redis, connection, after } = startSubscription(t)
  t.strictSame(await after(() => mock.timers.tick(5_000)), [], 'not without a connection')
  connection.isReady = true
  t.strictSame(await after(() => redis.emit('ready')), ['subscribe changes', 'works', true])
  t.strictSame(await after(() => mock.timers.tick(999)), [])
  t.strictSame(await after(() => mock.timers.tick(1)), ['subscribe changes', 'works'])
})

t.test('Subscription reports each change of its state once', async t => {
  const { redis, connection, after, setFails } = startSubscription(t)
  connection.isReady = true
  await after(() => redis.emit('ready'))
  setFails(true)
  const failure = ['subscribe changes', 'failed: no answer']
  t.strictSame(await after(() => mock.timers.tick(1_000)), [...failure, false])
  t.strictSame(await after(() => mock.timers.tick(1_000)), failure)
  t.strictSame(await after(() => redis.emit('close')), [])
  setFails(false)
  t.strictSame(await after(() => mock.timers.tick(1_000)), ['subscribe changes', 'works', true])
  t.strictSame(await after(() => redis.emit('close')), [false])
})

t.test('Subscription passes on messages, until it is closed', async t => {
  const { redis, connection, subscription, after } = startSubscription(t)
  const message = () => redis.emit('messageBuffer', Buffer.from('changes'), Buffer.from('said'))
  t.strictSame(await after(message), ['said'])
  connection.isReady = true
  t.strictSame(await after(() => subscription.close()), ['close'])
  t.strictSame(await after(() => mock.timers.tick(5_000)), [])
})
