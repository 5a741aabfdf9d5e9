/**
 * Limits of the requests in progress of each principal.
 */

import t from 'tap'
import { admit } from '../../src/gateway/admit.ts'
import type { Authenticated } from '../../src/gateway/context.ts'
import { ByteBudget } from '../../src/http/byte-budget.ts'
import { InFlight } from '../../src/http/in-flight.ts'
import { Failure } from '../../src/model/failure.ts'

const OVER_BUDGET = { name: 'Failure', reason: 'over-budget' }

/** Requests of principals to one gateway that has room for two of each, and for a number of bytes. */
function gateway(bytes: number) {
  const inFlight = new InFlight('principal', 2)
  const budget = new ByteBudget(2 * bytes)
  const taken: string[] = []
  const checks: string[] = []
  const rate = { take: (id: string) => void taken.push(id) }
  let address = 0
  return {
    taken,
    checks,
    rate,
    /** Returns a request that has read some bytes already, from an address of its own. */
    request(id: string, read = 0): Authenticated {
      address += 1
      const reservation = budget.open(`192.0.2.${address}`)
      reservation.reserve(read)
      const ports = { journalShares: { check: (checked: string) => void checks.push(checked) } }
      const context = { server: { ports, rate, inFlight }, reservation }
      return { context, caller: { principal: { id } } } as unknown as Authenticated
    },
  }
}

t.test('admit() counts requests of each principal until they end', t => {
  const { request, taken, checks } = gateway(100)
  const leave = admit(request('p'))
  admit(request('p'))
  t.throws(() => admit(request('p')), OVER_BUDGET as never)
  t.doesNotThrow(() => admit(request('q')))
  leave()
  t.doesNotThrow(() => admit(request('p')))
  t.strictSame(taken, ['p', 'p', 'p', 'q', 'p'])
  t.strictSame(checks, taken, 'R42 the share of the journal')
  t.end()
})

t.test('admit() rejects a request whose bytes exceed the share of its principal', t => {
  const { request } = gateway(100)
  admit(request('p', 60))
  for (let time = 0; time < 3; time += 1) {
    const large = request('p', 41)
    t.throws(() => admit(large), OVER_BUDGET as never, 'and no longer counts it')
    large.context.reservation.close()
  }
  t.doesNotThrow(() => admit(request('p', 40)))
  t.end()
})

t.test('admit() counts no request above the rate of its principal', t => {
  const { request, rate } = gateway(100)
  const tooFast = new Failure('over-budget', 'Too many requests')
  const { take } = rate
  rate.take = () => {
    throw tooFast
  }
  for (let time = 0; time < 3; time += 1) t.throws(() => admit(request('p')), tooFast)
  rate.take = take
  for (let time = 0; time < 2; time += 1) t.doesNotThrow(() => admit(request('p')))
  t.end()
})
