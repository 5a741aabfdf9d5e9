/**
 * The metrics of exceptions from the protection of mailboxes.
 */

import t from 'tap'
import { watchExceptions } from '../../src/app/exceptions.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { Metrics } from '../../src/telemetry/metrics.ts'
import { organization, role } from '../store/samples.ts'
import { readExposition } from '../telemetry/exposition.ts'

t.test('watchExceptions() reads the exceptions of each new version', async t => {
  const store = await openSqlite(':memory:')
  let now = 1_000
  const metrics = new Metrics({ version: '1', organizations: [organization], now: () => now })
  const failures: unknown[] = []
  const log = { debug: (...given: unknown[]) => failures.push(given) } as never
  const reads: string[] = []
  const protection: typeof store.protection = id => {
    reads.push(id)
    return store.protection(id)
  }
  const saw = watchExceptions({ store: { protection }, metrics, log })
  const put = (...ends: number[]) =>
    store.putProtection(organization, {
      users: [],
      groups: [],
      exceptions: ends.map(notAfter => ({ roleId: role.id, notAfter, reason: 'Why' })),
    })
  const metric = async (name: string) =>
    readExposition(await metrics.render()).find(
      sample => sample.name === `ews_gateway_protection_${name}`,
    )?.value
  const exceptions = () => metric('exceptions')

  await put(999, 2_000, 3_000)
  t.equal(await exceptions(), undefined, 'not read yet')
  await saw(organization, 1)
  t.equal(await exceptions(), 2, 'one has ended')
  now = 2_000
  t.equal(await exceptions(), 1, 'the second one ends by the time alone')
  await put()
  await saw(organization, 1)
  t.strictSame([await exceptions(), reads.length], [1, 1], 'the same version is not read again')
  await saw(organization, 2)
  t.equal(await exceptions(), 0)
  t.strictSame(failures, [])

  await store.close()
  await saw(organization, 3)
  await saw(organization, 3)
  t.strictSame([failures.length, reads.length], [2, 4], 'a failed read is repeated')

  t.equal(await metric('exception_requests_total'), 0)
  const request = { organization, verdict: 'allow', outcome: 'ANSWERED', durationMs: 1 } as const
  metrics.request({ ...request, isExcepted: true })
  metrics.request({ ...request, isExcepted: false })
  t.equal(await metric('exception_requests_total'), 1)
})
