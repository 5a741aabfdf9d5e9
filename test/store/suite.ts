/**
 * Tests the contract of a store. Each adapter runs it.
 */

import type { Test } from 'tap'
import { groupId, type User, userId } from '../../src/model/identity.ts'
import { accessKeyId } from '../../src/model/principal.ts'
import { roleId } from '../../src/model/role.ts'
import { ConflictError, type Store } from '../../src/store/store.ts'
import { accessControlSuite } from './access-control-suite.ts'
import { backupSuite } from './backup-suite.ts'
import { changeSuite } from './change-suite.ts'
import { checkpoint, checkpointSuite } from './checkpoint-suite.ts'
import { consoleSessionSuite } from './console-session-suite.ts'
import { draft } from './drafts.ts'
import { formerNameSuite } from './former-name-suite.ts'
import { groupSuite } from './group-suite.ts'
import { identitySuite } from './identity-suite.ts'
import { importSuite } from './import-suite.ts'
import { oneStateSuite } from './one-state-suite.ts'
import { outboxSuite } from './outbox-suite.ts'
import { policyRecordSuite } from './policy-record-suite.ts'
import { principalSuite } from './principal-suite.ts'
import { protectionSuite } from './protection-suite.ts'
import { roleChangeSuite } from './role-change-suite.ts'
import { roleSuite } from './role-suite.ts'
import {
  elsewhere,
  key,
  organization,
  personSession,
  principal,
  role,
  rule,
  session,
  signingKey,
  subscription,
} from './samples.ts'
import { shadowSuite } from './shadow-suite.ts'
import { snapshotSuite } from './snapshot-suite.ts'
import { subscriptionSuite } from './subscription-suite.ts'
import { tombstoneSuite } from './tombstone-suite.ts'
import { userBatchSuite } from './user-batch-suite.ts'
import { userSearchSuite } from './user-search-suite.ts'
import { userSuite } from './user-suite.ts'

/** Opens a new, empty store, which closes with the test. */
export type Open = (t: Test, now?: () => number) => Promise<Store>

/** Opens a store as {@link Open} does, with a function that runs SQL on its database. */
export type OpenWithSql = (
  ...given: Parameters<Open>
) => Promise<Store & Readonly<{ execute: (sql: string) => Promise<unknown> }>>

export async function storeSuite(t: Test, open: OpenWithSql): Promise<void> {
  await t.test('users', t => importSuite(t, open))
  await t.test('one user at a time', t => userSuite(t, open))
  await t.test('many users at once', t => userBatchSuite(t, open))
  await t.test('the search for users', t => userSearchSuite(t, open))
  await t.test('users who come back', t => tombstoneSuite(t, open))
  await t.test('names that users lost', t => formerNameSuite(t, open))
  await t.test('groups', t => groupSuite(t, open))
  await t.test('roles', t => roleSuite(t, open))
  await t.test('roles that several write', t => roleChangeSuite(t, open))
  await t.test('drafts of roles', t => shadowSuite(t, open))
  await t.test('access control rules', t => accessControlSuite(t, open))
  await t.test('protected mailboxes', t => protectionSuite(t, open))
  await t.test('principals', t => principalSuite(t, open))
  await t.test('external identities', t => identitySuite(t, open))
  await t.test('versions', t => versionSuite(t, open))
  await t.test('changes', t => changeSuite(t, open))
  await t.test('changes with records', t => outboxSuite(t, open))
  await t.test('snapshots of the policy', t => policyRecordSuite(t, open))
  await t.test('checkpoints of audit journals', t => checkpointSuite(t, open))
  await t.test('snapshots', t => snapshotSuite(t, open))
  await t.test('decisions', t => oneStateSuite(t, open))
  await t.test('subscriptions', t => subscriptionSuite(t, open))
  await t.test('console sessions', t => consoleSessionSuite(t, open))
  await t.test('backups', t => backupSuite(t, open))
  await t.test('the store as a whole', t => wholeSuite(t, open))
}

async function versionSuite(t: Test, open: Open) {
  t.test('policyVersion() counts each organization separately, from 0', async t => {
    const store = await open(t)
    t.equal(await store.policyVersion(organization), 0)
    await store.putRole(role)
    t.equal(await store.policyVersion(organization), 1)
    t.equal(await store.policyVersion(elsewhere), 0)
  })

  t.test('concurrent putRole() gives every role its own version', async t => {
    const store = await open(t)
    const roles = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        store.putRole({ ...role, id: roleId(`r-${n}`), name: `role ${n}` }),
      ),
    )
    const versions = roles.map(({ version }) => version).sort((a, b) => a - b)
    t.strictSame(
      versions,
      Array.from({ length: 20 }, (_, n) => n + 1),
    )
    t.equal(await store.policyVersion(organization), 20)
  })

  t.test('concurrent putRole() lets only one role have a name', async t => {
    const store = await open(t)
    const outcomes = await Promise.allSettled(
      ['r-1', 'r-2', 'r-3'].map(id => store.putRole({ ...role, id: roleId(id) })),
    )
    t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    t.equal(await store.policyVersion(organization), 1)
  })

  t.test('concurrent putKey() never gives a principal a third key', async t => {
    const store = await open(t)
    await store.putPrincipal(principal)
    const outcomes = await Promise.allSettled(
      ['B', 'C', 'D', 'E'].map(end =>
        store.putKey({ ...key, id: accessKeyId(`AKIAAAAAAAAAAAAAAAA${end}`) }),
      ),
    )
    t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 2)
  })
}

async function wholeSuite(t: Test, open: Open) {
  t.test('putFleetState() replaces only the state that was read', async t => {
    const store = await open(t)
    const key = `directory:${organization}` as const
    t.equal(await store.fleetState(key), undefined)
    t.equal(await store.putFleetState(key, 'a', 'b'), false, 'nothing stands there')
    t.equal(await store.putFleetState(key, 'a', undefined), true)
    t.equal(await store.putFleetState(key, 'b', undefined), false)
    t.equal(await store.putFleetState(key, 'b', 'c'), false)
    t.equal(await store.fleetState(key), 'a')
    const both = ['b', 'c'].map(state => store.putFleetState(key, state, 'a'))
    t.strictSame((await Promise.all(both)).toSorted(), [false, true], 'one of two is first')
    t.equal(await store.fleetState(`directory:${elsewhere}`), undefined)
    t.equal(await store.policyVersion(organization), 0, 'it is no change of the policy')
  })

  t.test('epoch() is created once, different in every store', async t => {
    const [store, other] = [await open(t), await open(t)]
    t.match(await store.epoch(), /^[0-9a-f-]{36}$/)
    t.equal(await store.epoch(), await store.epoch())
    t.not(await store.epoch(), await other.epoch())
  })

  t.test('R27 newEpoch() creates an epoch that was never used', async t => {
    const store = await open(t)
    const epochs = [await store.epoch(), await store.newEpoch()]
    t.equal(await store.epoch(), epochs[1])
    epochs.push(await store.newEpoch())
    t.equal(await store.epoch(), epochs[2])
    t.match(epochs[2], /^[0-9a-f-]{36}$/)
    t.equal(new Set(epochs).size, 3)
  })

  t.test('signingKeys() returns the newest first; addSigningKey() removes old ones', async t => {
    const store = await open(t)
    t.strictSame(await store.signingKeys(), [])
    const [a, b, c] = [1, 2, 3].map(n => ({ ...signingKey, id: `key-${n}`, createdAt: n * 1000 }))
    await store.addSigningKey(b ?? signingKey, 0)
    await store.addSigningKey(a ?? signingKey, 1000)
    t.strictSame(await store.signingKeys(), [b, a])
    await store.addSigningKey(c ?? signingKey, 1001)
    t.strictSame(await store.signingKeys(), [c, b])
  })

  const nobody: readonly User[] = []
  for (const [change, empty, run] of [
    ['nothing', true, async () => {}],
    ['reads', true, async store => t.strictSame(await store.users(organization), nobody)],
    ['a deletion of nothing', true, store => store.deleteRole(organization, role.id)],
    ['a role', false, store => store.putRole(role)],
    ['a principal', false, store => store.putPrincipal(principal)],
    ['a signing key', false, store => store.addSigningKey(signingKey, 0)],
    ['the check of the master key', false, store => store.setMasterKeyCheck('check')],
  ] as readonly [string, boolean, (store: Store) => Promise<unknown>][]) {
    t.test(`isEmpty() is ${empty} after ${change}`, async t => {
      const store = await open(t)
      await run(store)
      t.equal(await store.isEmpty(), empty)
    })
  }

  t.test('R21 setMasterKeyCheck() keeps the first and rejects another', async t => {
    const store = await open(t)
    t.strictSame(await store.masterKeyState(), { check: undefined })
    await store.setMasterKeyCheck('one')
    await store.setMasterKeyCheck('one')
    await t.rejects(store.setMasterKeyCheck('two'), ConflictError)
    t.strictSame(await store.masterKeyState(), { check: 'one' })
  })

  t.test('P6 every call fails as policy-unavailable once the store is closed', async t => {
    const store = await open(t)
    await store.ping()
    await store.close()
    await store.close()
    const calls: readonly (() => Promise<unknown>)[] = [
      () => store.ping(),
      () => store.user(organization, userId('u')),
      () => store.userByName(organization, 'SID', 'S-1'),
      () => store.users(organization),
      () => store.usersPage(organization, { limit: 1 }),
      () => store.searchUsers(organization, 'a', { limit: 1 }),
      () => store.listUsers(organization, { field: 'displayName', prefix: 'a' }, { limit: 1 }),
      () => store.putUser(organization, draft('a')),
      () => store.deleteUser(organization, userId('u')),
      () => store.importUsers(organization, [], { dryRun: true, deleteMissing: false }),
      () => store.importUsers(organization, [], { dryRun: false, deleteMissing: true }),
      () => store.group(organization, groupId('g')),
      () => store.groups(organization),
      () => store.groupsNamed(organization, 'g'),
      () => store.groupsWith(organization, { kind: 'user', id: userId('u') }),
      () => store.groupUsers(organization, groupId('g'), 'a', { limit: 1 }),
      () => store.groupsById(organization, [groupId('g')]),
      () => store.countMembers(organization, [groupId('g')]),
      () => store.putGroup(organization, { name: 'g', users: [], groups: [] }),
      () => store.deleteGroup(organization, groupId('g')),
      () => store.importGroups(organization, [], { dryRun: true, deleteMissing: false }),
      () => store.importGroups(organization, [], { dryRun: false, deleteMissing: true }),
      () => store.role(organization, role.id),
      () => store.roleByName(organization, role.name),
      () => store.roles(organization),
      () => store.rolesPage(organization, { limit: 1 }),
      () => store.countRoles(organization),
      () => store.putRole(role),
      () => store.createRole(role, { clientToken: 't', fingerprint: 'f', expiresAt: 1, atMost: 1 }),
      () => store.lockRole(organization, role.id, {}),
      () => store.deleteRole(organization, role.id),
      () => store.accessControlRules(organization),
      () => store.putAccessControlRule(organization, rule),
      () => store.deleteAccessControlRule(organization, rule.name),
      () => store.credential(key.id),
      () => store.principals(organization),
      () => store.principal(organization, principal.id),
      () => store.keysOf(organization, principal.id),
      () => store.keyUsed(key.id, 1),
      () => store.signingKeys(),
      () => store.addSigningKey(signingKey, 0),
      () => store.putPrincipal(principal),
      () => store.deletePrincipal(organization, principal.id),
      () => store.putKey(key),
      () => store.deleteKey(organization, key.id),
      () => store.policyVersion(organization),
      () => store.policyVersions(),
      () => store.changesSince(organization, 0),
      () => store.counts(organization),
      () => store.countUsers(organization),
      () => store.addTool(principal, key),
      () => store.gateways(),
      () =>
        store.recordHeartbeat({
          id: 'a',
          host: 'a',
          version: '1',
          startedAt: 1,
          seenAt: 1,
          masterKeys: [],
        }),
      () => store.removeGateway('a'),
      () => store.keepCheckpoint(checkpoint),
      () => store.checkpoints(),
      () => store.subscriptions(organization, ['a']),
      () => store.putSubscription(subscription),
      () => store.keepSubscription(organization, 'a', 1),
      () => store.endSubscription(organization, 'a'),
      () => store.countSubscriptions(organization, principal.id),
      () => store.consoleSession('a'),
      () => store.addConsoleSession(session, { seenAfter: 0, createdAfter: 0, most: 1 }),
      () => store.consoleSessionSeen('a', 1),
      () => store.endConsoleSession('a'),
      () => store.claimPersonCheck(personSession, 1, 2),
      () => store.releasePersonCheck('a'),
      () => store.epoch(),
      () => store.newEpoch(),
      () => store.isEmpty(),
      () => store.masterKeyState(),
      () => store.setMasterKeyCheck('x'),
    ]
    const failure = { name: 'Failure', reason: 'policy-unavailable', cause: Error }
    for (const call of calls) await t.rejects(call(), failure, String(call))
  })
}
