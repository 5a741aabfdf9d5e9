/**
 * Requests per minute of one principal, or in one role.
 */

import fc from 'fast-check'
import t from 'tap'
import { RequestRate } from '../../src/http/request-rate.ts'
import { Failure } from '../../src/model/failure.ts'

/** A limit with a clock; returns the wait for a request, or 0 if it is taken. */
function open(perMinute: number | undefined, burst: number) {
  const clock = { at: 1_700_000_000_000, throttled: 0 }
  const onThrottled = () => {
    clock.throttled += 1
  }
  const rate = new RequestRate({ of: 'role', perMinute, burst, now: () => clock.at, onThrottled })
  const ask = (id = 'a'): number => {
    try {
      rate.take(id)
      return 0
    } catch (error) {
      if (!(error instanceof Failure) || error.reason !== 'over-budget') throw error
      return error.backOffMs ?? 0
    }
  }
  return { clock, rate, ask }
}

t.test('RequestRate allows a burst, and then one request after another', async t => {
  const { clock, ask } = open(60, 3)
  t.strictSame([ask(), ask(), ask(), ask()], [0, 0, 0, 1_000])
  t.equal(ask('b'), 0, 'another ID has its own limit')
  clock.at += 400
  t.equal(ask(), 600, 'a request over the limit does not extend the wait')
  clock.at += 599
  t.equal(ask(), 1)
  clock.at += 1
  t.strictSame([ask(), ask()], [0, 1_000])
  clock.at += 3_600_000
  t.strictSame([ask(), ask(), ask(), ask()], [0, 0, 0, 1_000], 'a pause gives one burst')
  t.equal(clock.throttled, 5)
})

t.test('RequestRate allows a whole burst while another ID uses its own', async t => {
  const { clock, ask } = open(60, 10)
  const ids = Array.from({ length: 20 }, (_, i) => (i < 10 ? 'a' : 'b'))
  const waits = ids.map(id => {
    clock.at += 1
    return ask(id)
  })
  t.strictSame(new Set(waits), new Set([0]))
})

t.test('RequestRate without a limit allows every request, and stores nothing', async t => {
  const { rate, ask } = open(undefined, 1)
  for (let i = 0; i < 100; i += 1) t.equal(ask(), 0)
  rate.check('a')
  t.equal(rate.size, 0)
})

t.test('RequestRate checks without counting', async t => {
  const { rate, ask } = open(60, 1)
  for (let i = 0; i < 3; i += 1) rate.check('a')
  t.equal(ask(), 0)
  t.throws(() => rate.check('a'), { name: 'Failure', reason: 'over-budget', backOffMs: 1_000 })
})

t.test('RequestRate drops IDs that could send a whole burst', async t => {
  const { clock, rate, ask } = open(60, 2)
  for (let i = 0; i < 10_000; i += 1) ask(`id-${i}`)
  clock.at += 2_000
  ask('another')
  t.equal(rate.size, 10_001, 'those of the former generation are kept')
  clock.at += 2_000
  ask('one more')
  t.equal(rate.size, 2)
  t.strictSame([ask('another'), ask('another'), ask('another')], [0, 0, 1_000])
})

/** Counts what a function does with maps: accesses, and steps of iterations. */
function workOf(run: () => void): number {
  const { prototype } = Map
  const names = ['get', 'set', 'has', 'delete', 'clear'] as const
  const iterations = ['entries', 'keys', 'values', Symbol.iterator] as const
  const originals = [...names, ...iterations, 'forEach' as const].map(
    name => [name, Object.getOwnPropertyDescriptor(prototype, name)] as const,
  )
  let work = 0
  const define = (name: PropertyKey, cost: (map: Map<unknown, unknown>) => number) => {
    const original = Reflect.get(prototype, name)
    Object.defineProperty(prototype, name, {
      configurable: true,
      writable: true,
      value(this: Map<unknown, unknown>, ...args: unknown[]) {
        work += cost(this)
        return original.apply(this, args)
      },
    })
  }
  for (const name of names) define(name, () => 1)
  for (const name of [...iterations, 'forEach']) define(name, map => map.size)
  try {
    run()
  } finally {
    for (const [name, original] of originals)
      if (original) Object.defineProperty(prototype, name, original)
  }
  return work
}

t.test('RequestRate does the same work for a request, however many IDs are active', async t => {
  const { clock, rate, ask } = open(1, 2)
  const ids = Array.from({ length: 20_000 }, (_, i) => `id-${i}`)
  const waits = new Set<number>()
  const work = workOf(() => {
    for (let round = 0; round < 3; round += 1) for (const id of ids) waits.add(ask(id))
  })
  t.ok(work <= 5 * 3 * ids.length, `${work} accesses to maps`)
  t.ok(work >= 3 * ids.length, 'the work is counted')
  t.strictSame([...waits], [0, 60_000], 'each ID has its own burst')
  t.equal(clock.throttled, ids.length)
  t.equal(rate.size, ids.length)
})

t.test('RequestRate is bounded, and no ID exceeds its limit when others are dropped', async t => {
  const { clock, rate, ask } = open(1, 2)
  t.strictSame([ask('loops'), ask('loops'), ask('loops')], [0, 0, 60_000])
  for (let i = 0; i < 99_999; i += 1) ask(`id-${i}`)
  t.equal(rate.size, 100_000, 'nothing is dropped')
  ask('id-99999')
  t.equal(rate.size, 50_001, 'the former generation is dropped')
  t.equal(ask('loops'), 60_000, 'dropped, and not forgotten')
  t.equal(ask('unknown'), 60_000, 'an ID that is not kept waits as long')
  clock.at += 60_000
  t.strictSame([ask('loops'), ask('loops')], [0, 60_000])
  clock.at += 60_000
  t.strictSame([ask('unknown'), ask('unknown')], [0, 0], 'not longer than what was dropped')
})

t.test('RequestRate allows requests at its rate and at the time that it announces', async t => {
  const steps = fc.array(fc.nat(5_000), { minLength: 1, maxLength: 60 })
  const property = fc.property(
    fc.integer({ min: 1, max: 600 }),
    fc.integer({ min: 1, max: 20 }),
    steps,
    (perMinute, burst, pauses) => {
      const { clock, ask } = open(perMinute, burst)
      const start = clock.at
      let taken = 0
      for (const pause of pauses) {
        clock.at += pause
        const waitMs = ask()
        if (waitMs === 0) taken += 1
        else {
          clock.at += waitMs
          if (ask() !== 0) return false
          taken += 1
        }
      }
      return taken <= burst + (perMinute * (clock.at - start)) / 60_000
    },
  )
  const { failed, counterexample } = fc.check(property, { seed: 20261127, numRuns: 500 })
  t.notOk(failed, JSON.stringify(counterexample))
})
