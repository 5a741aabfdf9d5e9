import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { YieldTimer } from '../../src/http/yield-timer.ts'

t.test('YieldTimer is due three milliseconds after the first read of a turn', async t => {
  let now = 100
  const yieldTimer = new YieldTimer(() => now)
  t.notOk(yieldTimer.isDue, 'the first chunk')
  now += 2.9
  t.notOk(yieldTimer.isDue)
  now += 0.1
  t.ok(yieldTimer.isDue)
  t.ok(yieldTimer.isDue, 'for all readers')
  await setImmediate()
  t.notOk(yieldTimer.isDue, 'another turn')
  now += 3
  t.ok(yieldTimer.isDue)
})
