/** Limits of the calls of each principal to the control API. */

import t from 'tap'
import { callLimitsOf } from '../../src/app/call-limits.ts'
import { ANYTHING, ORGANIZATION, startControlTestServer } from '../kit/control-test-server.ts'

t.test('R42 the calls of a principal per minute are limited', async t => {
  let now = Date.now()
  const server = await startControlTestServer(t, { callsPerMinute: 3, now: () => now })
  const other = await server.addPrincipal('other', [ANYTHING])
  const call = (as = server.admin) =>
    server.call('ListPrincipals', { OrganizationId: ORGANIZATION }, { service: 'EwsGateway', as })
  for (let n = 0; n < 3; n += 1) t.equal((await call()).status, 200)
  const over = await call()
  t.equal(over.status, 429)
  t.equal(over.type, 'ThrottlingException')
  t.equal((await call(other)).status, 200, 'another principal has its own')
  now += 20_000
  t.equal((await call()).status, 200)
})

t.test('callLimitsOf() allows what consoles and tools send at once', async t => {
  const throttled: string[] = []
  const requestsPerMinute = { control: 6_000, burst: 60 }
  const limits = { requestsPerMinute, inFlightPerPrincipal: 2 }
  const { rate, inFlight } = callLimitsOf({ limits } as never, {
    throttled: kind => void throttled.push(kind),
  })
  for (let n = 0; n < 600; n += 1) rate.take('p')
  t.throws(() => {
    for (let n = 0; n < 100; n += 1) rate.take('p')
  })
  t.strictSame(throttled, ['control'])
  inFlight.enter('p')
  inFlight.enter('p')
  t.throws(() => inFlight.enter('p'))
})
