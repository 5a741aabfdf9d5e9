/** R47: snapshots of the policy are recorded at the first start and once a day. */

import t from 'tap'
import { outboxDelivery } from '../../src/app/outbox.ts'
import { keepSnapshots } from '../../src/app/policy-snapshots.ts'
import { Journal } from '../../src/audit/journal.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { recordsOf, SIGNER } from '../kit/journal.ts'
import { elsewhere, organization } from '../store/samples.ts'

const DAY = 24 * 60 * 60_000
const organizations = [organization, elsewhere]

t.test('each organization gets a snapshot, and another one after a day', async t => {
  let now = DAY
  const store = await openSqlite(':memory:', () => now)
  t.teardown(() => store.close())
  const folder = t.testdir()
  const audit = new Journal({
    folder,
    onFailure: 'refuse',
    keepDays: 400,
    signer: SIGNER,
    now: Date.now,
    failed: () => undefined,
    recovered: () => undefined,
    disturbed: () => undefined,
  })
  t.teardown(() => audit.close())
  const { deliver } = outboxDelivery(store, audit, error => t.error(error))
  const log = { warn: () => void t.fail('it is logged') }
  /** Starts a gateway, and stops it after its first look. */
  const start = () => keepSnapshots({ store, organizations, deliver, log, now: () => now })()
  const snapshots = () =>
    recordsOf(folder).map(({ type, organizationId, at }) => [type, organizationId, at])
  const day = (n: number) =>
    organizations.map(id => ['snapshot', id, new Date(n * DAY).toISOString()])

  await start()
  t.strictSame(snapshots(), day(1))
  now += DAY - 1
  await start()
  t.strictSame(snapshots(), day(1), 'not before a day is over')
  now += 1
  await start()
  t.strictSame(snapshots(), [...day(1), ...day(2)])
  t.strictSame(await store.claimOutbox(-1), [], 'all are delivered')
})

t.test('a snapshot that fails is logged, and the others are made', async t => {
  const [warnings, asked] = [[] as unknown[], [] as string[]]
  const error = new Error('The disk is full')
  const stop = keepSnapshots({
    store: {
      recordPolicy: async id => {
        asked.push(id)
        throw error
      },
    },
    organizations,
    deliver: async () => void t.fail('there is nothing to deliver'),
    log: { warn: (...logged: unknown[]) => void warnings.push(logged) },
    now: () => DAY,
  })
  await stop()
  t.strictSame(asked, organizations)
  const message = 'Cannot record a snapshot of the policy; trying again'
  t.strictSame(
    warnings,
    organizations.map(id => [{ err: error, organization: id }, message]),
  )
})
