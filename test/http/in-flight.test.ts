/**
 * Requests in flight of one principal, or in one role.
 */

import fc from 'fast-check'
import t from 'tap'
import { InFlight } from '../../src/http/in-flight.ts'

t.test('InFlight counts each ID for itself, up to its limit', async t => {
  const inFlight = new InFlight('principal', 2)
  const leave = inFlight.enter('a')
  inFlight.enter('a')
  inFlight.enter('b')
  t.throws(() => inFlight.enter('a'), {
    name: 'Failure',
    reason: 'over-budget',
    message:
      '2 requests of this principal are in flight, which is the limit. Wait until some of them end',
  })
  leave()
  inFlight.enter('a')
  t.throws(() => inFlight.enter('a'), { name: 'Failure' })
  t.throws(() => new InFlight('role', 0).enter('a'), { message: /^0 requests of this role/ })
})

t.test(
  'InFlight admits a request exactly if fewer than the limit are in flight, and keeps no idle ID',
  async t => {
    const steps = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.boolean()), { maxLength: 60 })
    const property = fc.property(fc.integer({ min: 1, max: 4 }), steps, (max, steps) => {
      const inFlight = new InFlight('role', max)
      const open: Record<string, (() => void)[]> = { a: [], b: [] }
      for (const [id, begins] of steps) {
        const own = open[id] ?? []
        if (!begins) own.pop()?.()
        else if (own.length < max) own.push(inFlight.enter(id))
        else if (enters(inFlight, id)) return false
        const ids = Object.values(open).filter(({ length }) => length > 0)
        if (inFlight.size !== ids.length) return false
      }
      return true
    })
    const { failed, counterexample } = fc.check(property, { seed: 20261127, numRuns: 300 })
    t.notOk(failed, JSON.stringify(counterexample))
  },
)

function enters(inFlight: InFlight, id: string): boolean {
  try {
    inFlight.enter(id)
    return true
  } catch {
    return false
  }
}
