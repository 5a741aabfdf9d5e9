import { mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { regularly } from '../../src/app/regularly.ts'

t.test('regularly() queues no runs behind one that takes long, and stops with it', async t => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const waiting: (() => void)[] = []
  const stop = regularly(() => new Promise(resolve => waiting.push(resolve)), 5_000)
  t.equal(waiting.length, 1, 'the first begins now')
  mock.timers.tick(20_000)
  waiting[0]?.()
  await setImmediate()
  t.equal(waiting.length, 1)
  mock.timers.tick(4_999)
  t.equal(waiting.length, 1)
  mock.timers.tick(1)
  t.equal(waiting.length, 2)
  mock.timers.tick(20_000)
  let isStopped = false
  const stopped = stop().then(() => {
    isStopped = true
  })
  await setImmediate()
  t.notOk(isStopped)
  waiting[1]?.()
  await stopped
  mock.timers.tick(5_000)
  t.equal(waiting.length, 2)
})
