/**
 * Tests the change log of a store: the subjects that each change invalidates.
 */

import type { Test } from 'tap'
import type { Group } from '../../src/model/group.ts'
import { groupId, type UserId, userId } from '../../src/model/identity.ts'
import {
  ACCESS_CONTROL,
  credentialSubject,
  nameSubject,
  roleNameSubject,
  roleSubject,
  userSubject,
} from '../../src/model/subject.ts'
import type { Store } from '../../src/store/store.ts'
import { damagesOf } from '../kit/damage.ts'
import { draft } from './drafts.ts'
import { group } from './group-suite.ts'
import { elsewhere, key, organization, principal, role, rule } from './samples.ts'
import type { OpenWithSql } from './suite.ts'

const NOW = 1_700_000_000_000

/** The subjects of the last change, or undefined for all. */
async function lastOf(store: Store) {
  const version = await store.policyVersion(organization)
  const [change, ...more] = await store.changesSince(organization, version - 1)
  if (change?.version !== version || change.at !== NOW || more.length > 0)
    throw new Error(`The log lacks version ${version}: ${JSON.stringify(change)}`)
  return change.subjects && [...new Set(change.subjects)].sort()
}

type Somebody = Readonly<{ id: UserId; named: readonly string[] }>

/** Subjects that changes of groups invalidate: the users whose groups change. */
const ofGroups = (
  inGroups: (store: Store, ...groups: readonly Group[]) => Promise<void>,
  alice: Somebody,
  bob: Somebody,
): readonly [string, readonly string[], (store: Store) => Promise<unknown>][] => [
  ['importGroups()', alice.named, store => inGroups(store, group('a', alice.id), group('b'))],
  [
    'putGroup() with another name',
    [],
    async store => {
      await inGroups(store, group('a', alice.id))
      await store.putGroup(organization, { ...group('a', alice.id), name: 'Another' })
    },
  ],
  [
    'putGroup() with one more and one less',
    [...alice.named, ...bob.named],
    async store => {
      await inGroups(store, group('a', alice.id, 'u-same'))
      await store.putGroup(organization, group('a', bob.id, 'u-same'))
    },
  ],
  [
    'putGroup() with a group less, which has groups in a circle',
    [...alice.named, ...bob.named],
    async store => {
      const circle = [group('b', 'g-c', alice.id), group('c', 'g-b', bob.id)]
      await inGroups(store, ...circle, group('a', 'g-b', 'u-same'))
      await store.putGroup(organization, group('a', 'u-same'))
    },
  ],
  [
    'importGroups() that moves a member and nests its group elsewhere',
    [...alice.named, ...bob.named],
    async store => {
      await inGroups(store, group('a', alice.id), group('b', bob.id), group('c', 'g-a'))
      await store.importGroups(
        organization,
        [group('a'), group('b', bob.id), group('c', 'g-b', alice.id)],
        { dryRun: false, deleteMissing: false },
      )
    },
  ],
  [
    'deleteGroup()',
    [...alice.named, ...bob.named],
    async store => {
      await inGroups(store, group('a', alice.id, 'g-b'), group('b', bob.id), group('c', 'u-same'))
      await store.deleteGroup(organization, groupId('g-a'))
    },
  ],
  [
    'putGroup() of one that comes back',
    alice.named,
    async store => {
      await inGroups(store, group('a', alice.id))
      await store.deleteGroup(organization, groupId('g-a'))
      await store.putGroup(organization, group('a', alice.id))
    },
  ],
]

export async function changeSuite(t: Test, open: OpenWithSql): Promise<void> {
  const id = userId('11111111-1111-4111-8111-111111111111')
  const alice = { ...draft('alice'), id, sid: 'S-1-5-21-9' }
  const named = [userSubject(id), nameSubject('address', 'alice@example.com')]
  const withSid = [...named, nameSubject('sid', 'S-1-5-21-9')]
  const inRole = [roleSubject(role.id), roleNameSubject(role.name)]
  const inKey = [credentialSubject(key.id)]
  const imported = { dryRun: false, deleteMissing: true, acceptRemovals: true }
  const bob = { ...draft('bob'), id: userId('22222222-2222-4222-8222-222222222222') }
  const bobNamed = [userSubject(bob.id), nameSubject('address', 'bob@example.com')]
  const inGroups = async (store: Store, ...groups: readonly Group[]) => {
    await store.importUsers(organization, [alice, bob], imported)
    await store.importGroups(organization, groups, imported)
  }
  const cases: readonly [string, readonly string[], (store: Store) => Promise<unknown>][] = [
    ['putRole()', inRole, store => store.putRole(role)],
    [
      'putRole() under another name',
      [...inRole, roleNameSubject('ANOTHER')],
      async store => {
        await store.putRole(role)
        await store.putRole({ ...role, name: 'Another' })
      },
    ],
    [
      'lockRole()',
      inRole,
      async store => {
        await store.putRole(role)
        await store.lockRole(organization, role.id, {})
      },
    ],
    [
      'deleteRole()',
      inRole,
      async store => {
        await store.putRole(role)
        await store.deleteRole(organization, role.id)
      },
    ],
    ['putUser()', withSid, store => store.putUser(organization, alice)],
    [
      'putUser() that gives up names',
      [...withSid, nameSubject('address', 'al@example.com')],
      async store => {
        await store.putUser(organization, alice)
        const { sid: _, ...without } = alice
        await store.putUser(organization, { ...without, aliases: ['AL@example.com'] })
      },
    ],
    [
      'deleteUser()',
      withSid,
      async store => {
        await store.putUser(organization, alice)
        await store.deleteUser(organization, id)
      },
    ],
    ['importUsers()', withSid, store => store.importUsers(organization, [alice], imported)],
    [
      'importUsers() that deletes',
      withSid,
      async store => {
        await store.putUser(organization, alice)
        await store.importUsers(organization, [], imported)
      },
    ],
    [
      'putAccessControlRule()',
      [ACCESS_CONTROL],
      store => store.putAccessControlRule(organization, rule),
    ],
    [
      'deleteAccessControlRule()',
      [ACCESS_CONTROL],
      store => store.deleteAccessControlRule(organization, 'Default'),
    ],
    ['putPrincipal() without keys', [], store => store.putPrincipal(principal)],
    [
      'putKey()',
      inKey,
      async store => {
        await store.putPrincipal(principal)
        await store.putKey(key)
      },
    ],
    [
      'putPrincipal() with a key',
      inKey,
      async store => {
        await store.putPrincipal(principal)
        await store.putKey(key)
        await store.putPrincipal({ ...principal, enabled: !principal.enabled })
      },
    ],
    [
      'deleteKey()',
      inKey,
      async store => {
        await store.putPrincipal(principal)
        await store.putKey(key)
        await store.deleteKey(organization, key.id)
      },
    ],
    [
      'deletePrincipal()',
      inKey,
      async store => {
        await store.putPrincipal(principal)
        await store.putKey(key)
        await store.deletePrincipal(organization, principal.id)
      },
    ],
    ...ofGroups(inGroups, { id, named: withSid }, { id: bob.id, named: bobNamed }),
  ]
  t.test('P5 changesSince() names the subjects that a change invalidates', async t => {
    const store = await open(t, () => NOW)
    for (const [change, expected, run] of cases) {
      await run(store)
      t.strictSame(await lastOf(store), [...expected].sort(), change)
      await store.deleteRole(organization, role.id)
      await store.deletePrincipal(organization, principal.id)
      await store.importUsers(organization, [], imported)
      await store.importGroups(organization, [], imported)
    }
  })

  t.test('P5 a change of the groups of many users names everything', async t => {
    const store = await open(t, () => NOW)
    const many = Array.from({ length: 2_001 }, (_, n) => `u-${n}`)
    const put = (...members: readonly string[]) =>
      store.putGroup(organization, group('many', ...members))
    await put(...many.slice(1))
    t.equal((await lastOf(store))?.length, 2_000)
    await put('g-other')
    t.equal((await lastOf(store))?.length, 2_000)
    await put(...many)
    t.equal(await lastOf(store), undefined)
  })

  t.test('R27 policyVersions() and changesSince() are of one organization each', async t => {
    const store = await open(t, () => NOW)
    t.strictSame([...(await store.policyVersions()).versions], [])
    await store.putRole(role)
    await store.lockRole(organization, role.id, {})
    await store.putRole({ ...role, organizationId: elsewhere })
    const { epoch, versions } = await store.policyVersions()
    t.equal(epoch, await store.epoch())
    t.strictSame([...versions].sort(), [[organization, 2] as const, [elsewhere, 1] as const].sort())
    const changes = await store.changesSince(organization, 0)
    t.strictSame(
      changes.map(({ version }) => version),
      [1, 2],
    )
    t.strictSame(await store.changesSince(organization, 2), [])
  })

  t.test('R27 changesSince() keeps the latest 1,000; a large change names everything', async t => {
    const store = await open(t, () => NOW)
    const many = Array.from({ length: 1_001 }, (_, n) => draft(`user-${n}`))
    await store.importUsers(organization, many, imported)
    t.equal(await lastOf(store), undefined)
    await store.putRole(role)
    await store.putRole({ ...role, description: 'third' })
    // As if many changes had followed. To make each of them took a tenth of the CPU of this suite.
    await store.execute('update organizations set policy_version = 1001')
    await store.lockRole(organization, role.id, {})
    const versions = (await store.changesSince(organization, 0)).map(({ version }) => version)
    t.strictSame(versions, [3, 1_002])
  })

  t.test('R27 one of several concurrent newEpoch() calls succeeds', async t => {
    const store = await open(t)
    const before = await store.epoch()
    const made = await Promise.all([1, 2, 3].map(() => store.newEpoch(before)))
    t.equal(new Set(made).size, 1)
    t.not(made[0], before)
    t.equal(await store.newEpoch('another'), made[0])
  })

  t.test('gateways() returns the gateways with a heartbeat within a day', async t => {
    const store = await open(t)
    const gateway = {
      id: 'a',
      host: 'one',
      version: '1.0.0',
      startedAt: NOW,
      seenAt: NOW,
      masterKeys: ['new', 'old'],
    }
    await store.recordHeartbeat(gateway)
    await store.recordHeartbeat({ ...gateway, seenAt: NOW + 1_000 })
    const other = { ...gateway, id: 'b', startedAt: NOW + 1, seenAt: NOW + 2_000 }
    await store.recordHeartbeat(other)
    t.strictSame(await store.gateways(), [other, { ...gateway, seenAt: NOW + 1_000 }])
    const late = { ...other, seenAt: NOW + 1_001 + 24 * 3_600_000 }
    await store.recordHeartbeat(late)
    t.strictSame(await store.gateways(), [late])
  })

  t.test('gateways() returns no master keys of a gateway if they are not understood', async t => {
    const store = await open(t)
    const [masterKeys, known] = [['new', 'old'], { id: 'a', host: 'one', version: '1.0.0' }]
    await store.recordHeartbeat({ ...known, startedAt: NOW, seenAt: NOW, masterKeys })
    const damages = damagesOf(JSON.stringify(masterKeys), { enums: [] })
    for (const { what, text } of [...damages, { what: 'an object', text: '{"0":"new"}' }]) {
      await store.execute(`update gateways set master_keys = '${text}'`)
      t.strictSame((await store.gateways())[0]?.masterKeys, [], what)
    }
  })

  t.test('removeGateway() removes one gateway, and ignores an unknown one', async t => {
    const store = await open(t)
    const one = {
      id: 'a',
      host: 'one',
      version: '1.0.0',
      startedAt: NOW,
      seenAt: NOW,
      masterKeys: ['new', 'old'],
    }
    const other = { ...one, id: 'b' }
    for (const gateway of [one, other]) await store.recordHeartbeat(gateway)
    await store.removeGateway(one.id)
    t.strictSame(await store.gateways(), [other])
    await store.removeGateway(one.id)
    t.strictSame(await store.gateways(), [other])
  })
}
