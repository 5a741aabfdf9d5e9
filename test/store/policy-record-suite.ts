/**
 * Tests the snapshots of the policy that a store makes. Part of the suite.
 */

import type { Test } from 'tap'
import { joinMembers } from '../../src/model/change-parts.ts'
import { groupId, userId } from '../../src/model/identity.ts'
import type { OutboxRecord, Store } from '../../src/store/store.ts'
import { policyInRows } from '../kit/policy-in-rows.ts'
import { elsewhere, key, organization, principal, role, rule } from './samples.ts'
import type { Open } from './suite.ts'

const DAY = 86_400_000
const IMPORT = { dryRun: false, deleteMissing: false } as const

/** More users and members than one query reads. */
const MANY = Array.from({ length: 2_001 }, (_, n) =>
  userId(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`),
)
const [TEAM, GONE] = [
  groupId('6e0d0c3a-55a1-4df1-9a7b-0c1d2e3f4a11'),
  groupId('6e0d0c3a-55a1-4df1-9a7b-0c1d2e3f4a12'),
]
const IDENTITIES = ['tool-1', 'tool-2'].map(subject => ({
  kind: 'token-subject' as const,
  issuer: 'https://issuer.example.com',
  claim: 'oid' as const,
  subject,
}))

async function fill(store: Store): Promise<void> {
  const drafts = MANY.map((id, n) => ({
    id,
    primarySmtpAddress: `user-${n}@example.com`,
    aliases: [`u-${n}@example.com`],
  }))
  await store.importUsers(organization, drafts, IMPORT)
  await store.deleteUser(organization, MANY[5] ?? userId(''))
  const inner = { id: GONE, name: 'gone', users: MANY.slice(0, 3), groups: [] }
  await store.putGroup(organization, inner)
  await store.putGroup(organization, { id: TEAM, name: 'team', users: MANY, groups: [GONE] })
  await store.deleteGroup(organization, GONE)
  for (let n = 0; n < 12; n += 1) {
    const id = `role-${String(n).padStart(2, '0')}` as typeof role.id
    await store.putRole({ ...role, id, name: id, description: 'x'.repeat(n) })
  }
  await store.lockRole(organization, 'role-03' as typeof role.id, { message: 'no' })
  await store.putAccessControlRule(organization, rule)
  await store.putProtection(organization, {
    users: MANY.slice(0, 2),
    groups: [TEAM],
    exceptions: [{ roleId: role.id, notAfter: 5_000, reason: 'case 1' }],
  })
  await store.putPrincipal({ ...principal, notAfter: 9_000 })
  await store.putKey({ ...key, expiresAt: 9_000 })
  await store.keyUsed(key.id, 5_000)
  await store.putIdentities(organization, principal.id, IDENTITIES)
}

/** Returns the snapshot in records. */
function snapshotIn(records: readonly OutboxRecord[]) {
  const parts = records.map(({ record }) => JSON.parse(record))
  const { policy: _, ...first } = parts[0]
  return { ...first, policy: joinMembers(parts.map(({ policy }) => policy)) }
}

export async function policyRecordSuite(t: Test, open: Open): Promise<void> {
  t.test('R47 recordPolicy() records the whole policy', async t => {
    const store = await open(t, () => 1_000)
    await fill(store)
    const records = await store.recordPolicy(organization, 0)
    t.ok(records.length > 3)
    for (const { record } of records) t.ok(record.length < 70_000, 'each record has its limit')
    t.notMatch(records.map(({ record }) => record).join(), /secret/i)
    const snapshot = snapshotIn(records)
    t.match(snapshot, {
      type: 'snapshot',
      at: 1_000,
      organizationId: organization,
      policyVersion: await store.policyVersion(organization),
      epoch: await store.epoch(),
      part: 1,
      parts: records.length,
    })
    t.strictSame(snapshot.policy, await policyInRows(store, organization))
    t.strictSame(await store.claimOutbox(1_000), [], 'the caller has claimed the records')
    t.strictSame((await store.claimOutbox(-1)).length, records.length)
  })

  t.test('recordPolicy() records an organization without changes in one record', async t => {
    const store = await open(t, () => 1_000)
    const [record, ...more] = await store.recordPolicy(elsewhere, 0)
    t.strictSame(more, [])
    t.notOk('part' in JSON.parse(record?.record ?? ''))
    t.strictSame(JSON.parse(record?.record ?? '').policy, await policyInRows(store, elsewhere))
    t.equal(await store.isEmpty(), true, 'the store is still empty')
  })

  t.test('recordPolicy() makes one snapshot in a time, whichever gateway asks', async t => {
    let now = DAY
    const store = await open(t, () => now)
    await fill(store)
    const made = await Promise.all([1, 2, 3].map(() => store.recordPolicy(organization, now - DAY)))
    t.equal(made.filter(records => records.length > 0).length, 1)
    t.strictSame(
      (await store.claimOutbox(-1)).map(({ id }) => id),
      made.flat().map(({ id }) => id),
      'no record of the others is left',
    )
    now += DAY - 1
    t.strictSame(await store.recordPolicy(organization, now - DAY), [])
    t.equal(
      (await store.recordPolicy(elsewhere, now - DAY)).length,
      1,
      'each organization has its own',
    )
    now += 1
    t.not((await store.recordPolicy(organization, now - DAY)).length, 0)
  })

  t.test('R47 an epoch begins with a snapshot', async t => {
    const store = await open(t, () => 1_000)
    await store.recordPolicy(organization, 0)
    t.strictSame(await store.recordPolicy(organization, 0), [])
    await store.newEpoch('another')
    t.strictSame(await store.recordPolicy(organization, 0), [], 'it is the same epoch')
    await store.newEpoch()
    t.equal((await store.recordPolicy(organization, 0)).length, 1, 'the next look makes one')

    await store.putRole(role)
    const epoch = await store.change(undefined, async transaction => {
      const epoch = await transaction.newEpoch()
      await transaction.recordPolicies()
      return { result: epoch, records: [] }
    })
    const recorded = (await store.claimOutbox(-1)).map(({ record }) => JSON.parse(record))
    t.match(
      recorded.filter(record => record.epoch === epoch),
      [{ type: 'snapshot', policyVersion: 1, policy: { roles: { [role.id]: { version: 1 } } } }],
    )
    t.strictSame(await store.recordPolicy(organization, 0), [], 'which is the one of the day')
  })
}
