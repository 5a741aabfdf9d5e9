import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { Pace } from '../../src/http/pace.ts'

t.test('a turn is long three milliseconds after a body was read in it', async t => {
  let now = 100
  const pace = new Pace(() => now)
  t.notOk(pace.isLong, 'the first chunk')
  now += 2.9
  t.notOk(pace.isLong)
  now += 0.1
  t.ok(pace.isLong)
  t.ok(pace.isLong, 'for everybody')
  await setImmediate()
  t.notOk(pace.isLong, 'another turn')
  now += 3
  t.ok(pace.isLong)
})
