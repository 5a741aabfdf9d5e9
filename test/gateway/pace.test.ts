import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { Pace } from '../../src/gateway/pace.ts'
import { Passed } from '../../src/gateway/passed.ts'

t.test(
  'a turn of the event loop is long three milliseconds after a body was read in it',
  async t => {
    let now = 100
    const pace = new Pace(() => now)
    t.notOk(pace.isLong, 'the first piece')
    now += 2.9
    t.notOk(pace.isLong)
    now += 0.1
    t.ok(pace.isLong)
    t.ok(pace.isLong, 'for everybody')
    await setImmediate()
    t.notOk(pace.isLong, 'another turn')
    now += 3
    t.ok(pace.isLong)
  },
)

t.test('what is young is collected for each 8 MiB that passed', async t => {
  let collected = 0
  const passed = new Passed(() => {
    collected += 1
  })
  for (let i = 0; i < 127; i += 1) passed.note(65_536)
  t.equal(collected, 0)
  passed.note(65_536)
  t.equal(collected, 1)
  for (let i = 0; i < 128; i += 1) passed.note(65_536)
  t.equal(collected, 2)
})

t.test('P9 the memory of pieces that passed is given back', async t => {
  const passed = new Passed()
  const before = process.memoryUsage().arrayBuffers
  const heldBack = () => process.memoryUsage().arrayBuffers - before
  for (let i = 0; i < 6 * 128; i += 1) passed.note(Buffer.alloc(65_536, i).length)
  // Freed by another thread, but for what was made while V8 happened to mark everything.
  for (let turn = 0; turn < 10_000 && heldBack() > 24e6; turn += 1) await setImmediate()
  t.ok(heldBack() <= 24e6, `${heldBack()} of 50 MB are held back`)
})
