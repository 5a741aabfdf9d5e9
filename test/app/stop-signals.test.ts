import { EventEmitter } from 'node:events'
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { StopSignals } from '../../src/app/stop-signals.ts'

/** A process that ends, as the system would end it, at a signal that nothing listens to. */
function start(t: Test) {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const source = new EventEmitter()
  const signals = new StopSignals(source)
  let asked = 0
  void signals.first.then(() => {
    asked++
  })
  return {
    signals,
    /** Whether the process survives a signal. */
    survives: (signal: string) => source.emit(signal),
    asked: async () => {
      await Promise.resolve()
      return asked
    },
  }
}

for (const [first, second] of [
  ['SIGTERM', 'SIGTERM'],
  ['SIGTERM', 'SIGINT'],
  ['SIGINT', 'SIGTERM'],
  ['SIGINT', 'SIGINT'],
] as const)
  t.test(`StopSignals: ${second} after ${first} ends no cleanup`, async t => {
    const { signals, survives, asked } = start(t)
    t.equal(await asked(), 0)
    t.ok(survives(first))
    t.equal(await asked(), 1)
    signals.hold(30_000)
    for (let i = 0; i < 3; i++) t.ok(survives(second))
    mock.timers.tick(39_999)
    t.ok(survives(second), 'as long as it may take')
    t.equal(await asked(), 1)
    mock.timers.tick(1)
    t.notOk(survives(second), 'a cleanup that hangs can be ended')
    t.notOk(survives(first))
  })

t.test('StopSignals: a start that hangs can be ended by the next signal', async t => {
  const { survives } = start(t)
  mock.timers.tick(3_600_000)
  t.ok(survives('SIGTERM'), 'no time counts before the first signal')
  mock.timers.tick(9_999)
  t.ok(survives('SIGTERM'))
  mock.timers.tick(1)
  t.notOk(survives('SIGTERM'), 'counted from the first')
})

t.test('StopSignals: a slow start does not shorten the time to drain', async t => {
  const { signals, survives } = start(t)
  t.ok(survives('SIGTERM'))
  mock.timers.tick(20_000)
  signals.hold(30_000)
  t.ok(survives('SIGTERM'))
  mock.timers.tick(39_999)
  t.ok(survives('SIGTERM'))
  mock.timers.tick(1)
  t.notOk(survives('SIGTERM'))
})

t.test('StopSignals: there is no moment without a listener while a cleanup is held', async t => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const source = new EventEmitter()
  const counts: number[] = []
  const signals = new StopSignals({
    on: (...given) => source.on(...given),
    off: (...given) => {
      source.off(...given)
      counts.push(source.listenerCount(given[0]))
      return source
    },
  })
  source.emit('SIGINT')
  signals.hold(30_000)
  signals.hold(30_000)
  t.strictSame(counts, [], 'nothing stopped listening')
  t.strictSame([source.listenerCount('SIGINT'), source.listenerCount('SIGTERM')], [1, 1])
})
