/**
 * The metric of what ends in 30 days.
 */

import t from 'tap'
import { watchEnds } from '../../src/app/ends.ts'
import { roleId } from '../../src/model/role.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { Metrics } from '../../src/telemetry/metrics.ts'
import { key, organization, principal, role } from '../store/samples.ts'
import { readExposition } from '../telemetry/exposition.ts'

const DAY_MS = 86_400_000
const NOW = 1_800_000_000_000

t.test('watchEnds() counts what ends in 30 days, by kind', async t => {
  const store = await openSqlite(':memory:')
  const soon = NOW + 30 * DAY_MS
  await store.putPrincipal({ ...principal, notAfter: soon })
  await store.putKey({ ...key, expiresAt: NOW + DAY_MS })
  const rules = [
    { id: 'over', effect: 'ALLOW', notAfter: NOW },
    { id: 'soon', effect: 'DENY', notAfter: NOW + 1 },
    { id: 'later', effect: 'ALLOW', notAfter: soon + 1 },
  ] as const
  const { id } = await store.putRole({ ...role, rules })
  const exception = (notAfter: number, roleId = id) => ({ roleId, notAfter, reason: 'Why' })
  await store.putProtection(organization, {
    users: [],
    groups: [],
    exceptions: [exception(soon), exception(soon + 1), exception(soon, roleId('deleted'))],
  })
  const metrics = new Metrics({ version: '1', organizations: [organization] })
  const failures: unknown[] = []
  const log = { debug: (...given: unknown[]) => failures.push(given) } as never
  const watched = { store, organizations: [organization], metrics, log, now: () => NOW }
  await watchEnds(watched)()
  const samples = readExposition(await metrics.render()).filter(
    ({ name }) => name === 'ews_gateway_ends_within_30_days',
  )
  t.strictSame(Object.fromEntries(samples.map(({ labels, value }) => [labels['kind'], value])), {
    role: 0,
    rule: 1,
    'protection-exception': 1,
    principal: 1,
    'access-key': 0,
    'administrator-key': 1,
  })
  t.strictSame(failures, [])
  await store.close()
  await watchEnds(watched)()
  t.equal(failures.length, 1, 'a store that does not answer is no failure of the gateway')
})
