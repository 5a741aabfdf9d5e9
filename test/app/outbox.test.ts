/**
 * The outbox: no record of a change is lost, and none is delivered twice.
 */

import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { outboxDelivery, ownChange } from '../../src/app/outbox.ts'
import type { Audit } from '../../src/audit/audit.ts'
import { Journal } from '../../src/audit/journal.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import type { OutboxRecord, Store } from '../../src/store/store.ts'
import { diskBelow } from '../kit/full-disk.ts'
import { recordsOf, SIGNER } from '../kit/journal.ts'
import { organization, role } from '../store/samples.ts'

const CLAIM_MS = 30_000

function auditIn(t: Test, folder: string, onFailure: 'refuse' | 'continue' = 'refuse'): Audit {
  const journal = new Journal({
    folder,
    onFailure,
    keepDays: 400,
    signer: SIGNER,
    now: Date.now,
    failed: () => undefined,
    recovered: () => undefined,
    disturbed: () => undefined,
  })
  t.teardown(() => journal.close())
  return journal
}

const idsIn = (folder: string) => recordsOf(folder).map(({ decisionId }) => `${decisionId}`)

/** Makes changes whose records are added, and returns these. */
async function change(store: Store, count: number): Promise<readonly OutboxRecord[]> {
  const records = Array.from({ length: count }, () =>
    ownChange({ action: 'ewsgateway:PutRole' }),
  ).flat()
  return await store.change(organization, async transaction => {
    await transaction.putRole(role)
    return { result: records, records }
  })
}

t.test('new records are delivered in order', async t => {
  const store = await openSqlite(':memory:')
  t.teardown(() => store.close())
  const folder = t.testdir()
  const { deliver } = outboxDelivery(store, auditIn(t, folder), error => t.error(error))
  const records = await change(store, 3)
  await deliver(records)
  t.strictSame(
    idsIn(folder),
    records.map(({ id }) => id),
  )
  t.strictSame(await store.claimOutbox(-1), [])
})

t.test('R37 records wait while the audit cannot be written', async t => {
  let now = Date.now()
  const store = await openSqlite(':memory:', () => now)
  t.teardown(() => store.close())
  const errors: unknown[] = []
  const folder = t.testdir({ full: {}, other: {} })
  const disk = join(folder, 'full')
  const full = outboxDelivery(store, auditIn(t, disk), error => errors.push(error))
  diskBelow(t, disk).fill()
  const records = await change(store, 2)
  await full.deliver(records)
  t.match(errors, [{ reason: 'audit-unavailable' }])

  const other = join(folder, 'other')
  const { deliverLeft } = outboxDelivery(store, auditIn(t, other), error => t.error(error))
  await deliverLeft()
  t.strictSame(idsIn(other), [], 'nobody else delivers them yet')
  now += CLAIM_MS
  await deliverLeft()
  const ids = records.map(({ id }) => id)
  t.strictSame(idsIn(other), ids.toSorted())
  now += CLAIM_MS
  await deliverLeft()
  t.equal(idsIn(other).length, 2, 'and once')
})

t.test('R37 records wait with audit.onFailure: continue, too', async t => {
  let now = Date.now()
  const store = await openSqlite(':memory:', () => now)
  t.teardown(() => store.close())
  const errors: unknown[] = []
  const folder = t.testdir()
  const audit = auditIn(t, folder, 'continue')
  const { deliver, deliverLeft } = outboxDelivery(store, audit, error => errors.push(error))
  const disk = diskBelow(t, folder)
  disk.fill()
  const records = await change(store, 2)
  await deliver(records)
  t.match(errors, [{ message: /^Cannot write the audit/ }])
  disk.empty()
  now += CLAIM_MS
  await deliverLeft()
  t.strictSame(idsIn(folder).sort(), records.map(({ id }) => id).sort())
  t.strictSame(await store.claimOutbox(-1), [])
})

t.test('R37 another process delivers the records of a process that ended', async t => {
  let now = Date.now()
  const store = await openSqlite(':memory:', () => now)
  t.teardown(() => store.close())
  const ids = (await change(store, 250)).map(({ id }) => id)
  now += CLAIM_MS
  const folder = t.testdir()
  const others = ['one', 'two', 'three'].map(() =>
    outboxDelivery(store, auditIn(t, folder), error => t.error(error)),
  )
  for (let round = 0; round < 2; round++)
    await Promise.all(others.map(({ deliverLeft }) => deliverLeft()))
  t.strictSame(idsIn(folder).sort(), ids.toSorted())
  t.strictSame(await store.claimOutbox(-1), [])
})

t.test('R37 a record that a process wrote before it died is not written again', async t => {
  let now = Date.now()
  const store = await openSqlite(':memory:', () => now)
  t.teardown(() => store.close())
  const folder = t.testdir()
  const dying = auditIn(t, folder)
  const records = await change(store, 3)
  dying.record(JSON.parse(records[1]?.record ?? ''))
  await dying.written()
  dying.rotate()
  now += CLAIM_MS
  const { deliverLeft } = outboxDelivery(store, auditIn(t, folder), error => t.error(error))
  await deliverLeft()
  t.strictSame(idsIn(folder).sort(), records.map(({ id }) => id).sort())
  t.strictSame(await store.claimOutbox(-1), [])
})

t.test('R47 snapshots that were written are not written again', async t => {
  const now = Date.now()
  const store = await openSqlite(':memory:', () => now)
  t.teardown(() => store.close())
  const folder = t.testdir()
  const dying = auditIn(t, folder)
  const [snapshot] = await store.recordPolicy(organization, 0)
  dying.record(JSON.parse(snapshot?.record ?? ''))
  await dying.written()
  const { deliverLeft } = outboxDelivery(
    { ...store, claimOutbox: () => store.claimOutbox(-1) },
    auditIn(t, folder),
    error => t.error(error),
  )
  await deliverLeft()
  t.strictSame(idsIn(folder), [snapshot?.id])
  t.strictSame(await store.claimOutbox(-1), [])
})

t.test('the event loop is free between some records and the next ones', async t => {
  const store = await openSqlite(':memory:')
  t.teardown(() => store.close())
  const folder = t.testdir()
  const { deliver } = outboxDelivery(store, auditIn(t, folder), error => t.error(error))
  const records = await change(store, 12)
  const seen: number[] = []
  const delivered = deliver(records).then(() => true)
  for (let isOver = false; !isOver; ) {
    seen.push(idsIn(folder).length)
    isOver = await Promise.race([delivered, setImmediate(false)])
  }
  t.ok(
    [4, 8].every(count => seen.includes(count)),
    `each turn writes some records: ${seen.join()}`,
  )
})

t.test('deliverLeft() reports a store that cannot be used, and does not throw', async t => {
  const store = await openSqlite(':memory:')
  await store.close()
  const errors: unknown[] = []
  const audit = auditIn(t, t.testdir())
  await outboxDelivery(store, audit, error => errors.push(error)).deliverLeft()
  t.match(errors, [{ reason: 'policy-unavailable' }])
})
