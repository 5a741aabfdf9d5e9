/**
 * Contract of a store for several things that are read together; a part of the suite.
 */

import type { Test } from 'tap'
import { groupId, userId } from '../../src/model/identity.ts'
import { accessKeyId } from '../../src/model/principal.ts'
import { NO_PROTECTION } from '../../src/model/protection.ts'
import { roleId } from '../../src/model/role.ts'
import type { PolicySnapshot, Store } from '../../src/store/store.ts'
import { add, draft } from './drafts.ts'
import { elsewhere, key, organization, principal, role, rule, subscription } from './samples.ts'
import type { Open } from './suite.ts'

const ALICE = { ...draft('alice', { id: userId('u-alice') }), sid: 'S-1-5-21-9' }
const CHANGES = 40

/** Change number `n` of the organization: of the role if it is odd, else of the rules. */
const change = (store: Store, n: number): Promise<unknown> =>
  n % 2 === 1
    ? store.putRole({ ...role, description: `${n}` })
    : store.putAccessControlRule(organization, { ...rule, description: `${n}` })

/** The changes that made the role and the rules what they are; 0 before the first. */
async function changesIn({ values }: PolicySnapshot): Promise<readonly number[]> {
  const [found] = await values(organization, 'role', [role.id])
  const [rules = []] = await values(organization, 'access-control', ['rules'])
  const written = rules.find(({ name }) => name === rule.name)
  return [Number(found?.description ?? 0), Number(written?.description ?? 0)]
}

export async function snapshotSuite(t: Test, open: Open): Promise<void> {
  t.test('snapshot() reads values of every kind, in the order of their IDs', async t => {
    const store = await open(t, () => 1_000)
    await add(store, ALICE, draft('bob', { id: userId('u-bob') }))
    await store.putGroup(organization, {
      id: groupId('g'),
      name: 'G',
      users: [userId('u-alice')],
      groups: [],
    })
    await store.putRole(role)
    await store.putPrincipal(principal)
    await store.putKey(key)
    await store.putAccessControlRule(organization, rule)
    await store.putSubscription(subscription)
    const protection = { users: [userId('u-alice')], groups: [groupId('g')], exceptions: [] }
    await store.putProtection(organization, protection)
    const alice = await store.user(organization, userId('u-alice'))
    const bob = await store.user(organization, userId('u-bob'))
    const backup = await store.role(organization, role.id)
    t.ok(alice && bob && backup)

    const read = await store.snapshot(async ({ values, policyVersions, ...snapshot }) => ({
      policyVersions,
      roles: await values(organization, 'role', [roleId('none'), role.id]),
      named: await values(organization, 'role-name', ['BACKUP', 'none', 'backup']),
      users: await values(organization, 'user', ['u-bob', 'none', 'u-alice'].map(userId)),
      names: await values(organization, 'name', [
        { kind: 'SID', value: 's-1-5-21-9' },
        { kind: 'PrimarySmtpAddress', value: 'bob@example.com' },
        { kind: 'SID', value: 'bob@example.com' },
        { kind: 'SmtpAddress', value: 'ALICE@example.com' },
        { kind: 'PrincipalName', value: 'none' },
      ]),
      credentials: await values(elsewhere, 'credential', [accessKeyId('none'), key.id]),
      rules: await values(organization, 'access-control', ['rules']),
      protection: [
        ...(await values(organization, 'protection', ['list'])),
        ...(await values(elsewhere, 'protection', ['list'])),
      ],
      subscriptions: await values(organization, 'subscription', ['none', 'a']),
      principals: [
        await snapshot.principal(organization, principal.id),
        await snapshot.principal(elsewhere, principal.id),
      ],
      none: await values(organization, 'user', []),
      elsewhere: await values(elsewhere, 'role', [role.id]),
    }))
    t.strictSame(read, {
      policyVersions: await store.policyVersions(),
      roles: [undefined, backup],
      named: [backup, undefined, backup],
      users: [bob, undefined, alice],
      names: [alice, bob, undefined, alice, undefined],
      credentials: [undefined, await store.credential(key.id)],
      rules: [await store.accessControlRules(organization)],
      protection: [protection, NO_PROTECTION],
      subscriptions: [undefined, subscription],
      principals: [principal, undefined],
      none: [],
      elsewhere: [undefined],
    })
  })

  t.test('P5 snapshot() does not see a change between two of its reads', async t => {
    const store = await open(t)
    await change(store, 1)
    const [begun, changed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const reading = store.snapshot(async snapshot => {
      const first = await changesIn(snapshot)
      begun.resolve()
      await changed.promise
      return [first, await changesIn(snapshot), snapshot.policyVersions.versions.get(organization)]
    })
    await begun.promise
    await change(store, 2)
    await change(store, 3)
    changed.resolve()
    t.strictSame(await reading, [[1, 0], [1, 0], 1])
    t.strictSame(await store.snapshot(changesIn), [3, 2], 'the next one does')
  })

  t.test('P5 versions and values of snapshot() are consistent during writes', async t => {
    const store = await open(t)
    const write = async () => {
      for (let n = 1; n <= CHANGES; n += 1) await change(store, n)
    }
    const read = async () => {
      const mixed: unknown[] = []
      for (let n = 0; n < CHANGES; n += 1) {
        const [version = 0, changes] = await store.snapshot(async snapshot => [
          snapshot.policyVersions.versions.get(organization),
          await changesIn(snapshot),
        ])
        const [odd, even] = version % 2 === 1 ? [version, version - 1] : [version - 1, version]
        if (String(changes) !== String([Math.max(0, odd), even])) mixed.push([version, changes])
      }
      return mixed
    }
    const [, ...mixed] = await Promise.all([write(), read(), read()])
    t.strictSame(mixed, [[], []])
    t.strictSame(await store.snapshot(changesIn), [CHANGES - 1, CHANGES])
  })

  t.test('P6 snapshot() that fails leaves the store as it was', async t => {
    const store = await open(t)
    await change(store, 1)
    for (let n = 0; n < 20; n += 1)
      await t.rejects(
        store.snapshot(async () => {
          throw new TypeError('a mistake')
        }),
        { name: 'TypeError' },
      )
    t.strictSame(await store.snapshot(changesIn), [1, 0])
    await change(store, 2)
  })
}
