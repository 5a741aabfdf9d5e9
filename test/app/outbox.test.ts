/**
 * The outbox: no record of a change is lost, and none is delivered twice.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { outboxDelivery, ownChange } from '../../src/app/outbox.ts'
import type { Audit } from '../../src/audit/audit.ts'
import { FileAudit } from '../../src/audit/file.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import type { OutboxRecord, Store } from '../../src/store/store.ts'
import { organization, role } from '../store/samples.ts'

const CLAIM_MS = 30_000

function auditIn(file: string): Audit {
  return new FileAudit({ file, onFailure: 'refuse', onError: () => undefined })
}

const idsIn = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map(line => (JSON.parse(line) as { decisionId: string }).decisionId)

/** Makes changes whose records are added, and returns these. */
async function change(store: Store, count: number): Promise<readonly OutboxRecord[]> {
  const records = Array.from({ length: count }, () => ownChange({ action: 'ewsgateway:PutRole' }))
  return await store.change(organization, async transaction => {
    await transaction.putRole(role)
    return { result: records, records }
  })
}

t.test('records that were just added are delivered, in their order', async t => {
  const store = await openSqlite(':memory:')
  t.teardown(() => store.close())
  const file = join(t.testdir(), 'audit.jsonl')
  const { deliver } = outboxDelivery(store, auditIn(file), error => t.error(error))
  const records = await change(store, 3)
  await deliver(records)
  t.strictSame(
    idsIn(file),
    records.map(({ id }) => id),
  )
  t.strictSame(await store.claimOutbox(-1), [])
})

t.test('R37 records wait while the audit cannot be written', async t => {
  let now = Date.now()
  const store = await openSqlite(':memory:', () => now)
  t.teardown(() => store.close())
  const errors: unknown[] = []
  const full = outboxDelivery(store, auditIn('/dev/full'), error => errors.push(error))
  const records = await change(store, 2)
  await full.deliver(records)
  t.match(errors, [{ reason: 'audit-unavailable' }])

  const file = join(t.testdir(), 'audit.jsonl')
  const { deliverLeft } = outboxDelivery(store, auditIn(file), error => t.error(error))
  await deliverLeft()
  t.strictSame(idsIn(file), [], 'nobody else delivers them yet')
  now += CLAIM_MS
  await deliverLeft()
  t.strictSame(
    idsIn(file),
    records.map(({ id }) => id),
  )
  now += CLAIM_MS
  await deliverLeft()
  t.equal(idsIn(file).length, 2, 'and once')
})

t.test('R37 what a process leaves is delivered by one of the others', async t => {
  let now = Date.now()
  const store = await openSqlite(':memory:', () => now)
  t.teardown(() => store.close())
  const ids = (await change(store, 250)).map(({ id }) => id)
  now += CLAIM_MS
  const folder = t.testdir()
  const files = ['one', 'two', 'three'].map(name => join(folder, name))
  const others = files.map(file => outboxDelivery(store, auditIn(file), error => t.error(error)))
  for (let round = 0; round < 2; round++)
    await Promise.all(others.map(({ deliverLeft }) => deliverLeft()))
  t.strictSame(files.flatMap(idsIn).sort(), ids.toSorted())
  t.strictSame(await store.claimOutbox(-1), [])
})

t.test('deliverLeft() reports a store that cannot be used, and does not throw', async t => {
  const store = await openSqlite(':memory:')
  await store.close()
  const errors: unknown[] = []
  const audit = auditIn(join(t.testdir(), 'audit.jsonl'))
  await outboxDelivery(store, audit, error => errors.push(error)).deliverLeft()
  t.match(errors, [{ reason: 'policy-unavailable' }])
})
