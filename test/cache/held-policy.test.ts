/**
 * Policy data for one decision: what is found, what is pinned, and for how long.
 */

import t, { type Test } from 'tap'
import { HeldPolicy } from '../../src/cache/held-policy.ts'
import type { StoredSubject } from '../../src/cache/target.ts'
import { byAddress, userId } from '../../src/model/identity.ts'
import type { Entry, HeldSource, HeldSubject } from '../../src/model/policy-data.ts'
import { accessKeyId } from '../../src/model/principal.ts'
import { roleId } from '../../src/model/role.ts'
import { draft } from '../store/drafts.ts'
import { elsewhere, key, organization, principal, role, rule } from '../store/samples.ts'
import { NOTHING_HELD } from './deciding.ts'
import { askedBy, Fleet, type Member } from './fleet.ts'
import { MAX_AGE_MS, settle } from './parts.ts'

const BUSY = { name: 'Failure', reason: 'policy-unavailable' }

const ROLE = { kind: 'role', id: role.id } as const
const RULES = { kind: 'access-control', id: 'rules' } as const
const ALICE = { kind: 'name', id: byAddress('Alice@example.com') } as const
const NONE = { kind: 'role', id: roleId('none') } as const
const SUBJECTS: readonly StoredSubject[] = [ROLE, RULES, ALICE, NONE]

/** A fleet with a role (version 1), a user (2), and access control rules (3). */
async function fleetOf(t: Test): Promise<Fleet> {
  const fleet = await Fleet.open(t)
  await fleet.store.putRole(role)
  await fleet.store.putUser(organization, draft('alice', { id: userId('alice') }))
  await fleet.store.putAccessControlRule(organization, rule)
  return fleet
}

const policyOf = ({ knowledge }: Member, held: HeldSource = NOTHING_HELD) =>
  new HeldPolicy(knowledge, organization, held)

/** Returns those of {@link SUBJECTS} that are found. */
const found = (policy: HeldPolicy) =>
  SUBJECTS.filter(({ kind, id }) => policy.find(kind, id) !== undefined)

t.test('find() returns values with the version at which they were read', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join()
  const policy = policyOf(one)
  t.strictSame(found(policy), [], 'nothing before it is loaded')
  await policy.load(SUBJECTS)
  t.match(policy.find('role', role.id), { value: { name: role.name }, from: 3 })
  t.match(policy.find('access-control', 'rules'), { value: [{}, {}], from: 3 })
  t.match(policy.find('name', ALICE.id), { value: { id: 'alice' }, from: 3 })
  t.match(policy.find(NONE.kind, NONE.id), { value: undefined, from: 3 }, 'asked, and unknown')
  t.strictSame(policy.freshness(), one.knowledge.freshness(organization))
  t.equal(policy.freshness()?.version, 3)

  const there = new HeldPolicy(one.knowledge, elsewhere, NOTHING_HELD)
  await there.load([NONE])
  t.match(there.find(NONE.kind, NONE.id), { from: 0 }, 'of an organization without changes')

  await policyOf(one).load([ROLE])
  await settle()
  const two = await fleet.join()
  const other = policyOf(two)
  await fleet.store.putUser(organization, draft('bob'))
  await two.knowledge.tick()
  await other.load([ROLE])
  t.match(other.find('role', role.id), { from: 3 }, 'an entry of the shared cache has its version')
})

t.test('find() returns the cached entry itself, and reads nothing', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join()
  await policyOf(one).load(SUBJECTS)
  const policy = policyOf(one)
  const asked = await askedBy(one, () => {
    t.strictSame(found(policy), SUBJECTS)
    t.equal(policy.find('role', role.id), policy.find('role', role.id))
    t.equal(policy.find('role', role.id), one.knowledge.find(organization, 'role', role.id))
  })
  t.equal(asked, '')
})

t.test('load() reads all missing values in one snapshot', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join()
  const asked = await askedBy(one, () => policyOf(one).load([ROLE, RULES, ALICE]))
  t.equal(asked, 'snapshot get get get put put put')
  const again = await askedBy(one, () =>
    Promise.all([policyOf(one).load([ROLE, NONE]), policyOf(one).load([NONE])]),
  )
  t.equal(again, 'snapshot', 'which concurrent loads share')
})

t.test('find() keeps loaded values although the cache is full', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join({ capacity: 1 })
  const policy = policyOf(one)
  for (const subject of SUBJECTS) await policy.load([subject])
  t.equal(one.knowledge.find(organization, 'role', role.id), undefined)
  t.strictSame(found(policy), SUBJECTS)
  t.strictSame(found(policyOf(one)), [ALICE, NONE], 'for this decision alone')
})

const changes: readonly (readonly [
  what: string,
  change: (fleet: Fleet, one: Member) => Promise<unknown> | unknown,
  left: readonly StoredSubject[],
])[] = [
  ['nothing', () => undefined, SUBJECTS],
  [
    'a change of the role',
    ({ store }) => store.putRole({ ...role, name: 'a' }),
    [RULES, ALICE, NONE],
  ],
  [
    'a change of the user',
    ({ store }) => store.deleteUser(organization, userId('alice')),
    [ROLE, RULES, NONE],
  ],
  [
    'a new role',
    ({ store }) => store.putRole({ ...role, ...NONE, name: 'a' }),
    [ROLE, RULES, ALICE],
  ],
  [
    'a change elsewhere',
    ({ store }) => store.putRole({ ...role, organizationId: elsewhere }),
    SUBJECTS,
  ],
  [
    'a change that cannot be named',
    async fleet => {
      await fleet.store.putUser(organization, draft('bob'))
      fleet.store = { ...fleet.store, changesSince: async () => [] }
    },
    [],
  ],
  ['another epoch', ({ store }) => store.newEpoch(), []],
  ['the time of an absence', fleet => (fleet.elapsed += 5_000), [ROLE, RULES, ALICE]],
  ['the maximum age', fleet => (fleet.elapsed += MAX_AGE_MS), []],
]

for (const [what, change, left] of changes)
  t.test(`P5 a loaded value is found after ${what}, or not`, async t => {
    const fleet = await fleetOf(t)
    // The pins alone are left of what was loaded.
    const one = await fleet.join({ capacity: 1 })
    const policy = policyOf(one)
    await policy.load(SUBJECTS)
    await change(fleet, one)
    await one.knowledge.tick()
    t.strictSame(found(policy), left)
    await policy.load(SUBJECTS)
    t.strictSame(found(policy), SUBJECTS, 'and it can be loaded again')
  })

t.test('P6 without a store nothing is fresh, and a load fails', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join()
  const policy = policyOf(one)
  one.store.isCut = true
  await t.rejects(policy.load([ROLE]), BUSY)
  t.strictSame(found(policy), [])
  fleet.elapsed += MAX_AGE_MS
  t.equal(policy.freshness(), undefined)
  t.equal(one.knowledge.currentEpoch, undefined)
  await t.rejects(policy.load([{ kind: 'freshness', version: 0 }]), BUSY)
  fleet.elapsed += 1_000
  one.store.isCut = false
  await policy.load([{ kind: 'freshness', version: 0 }])
  t.match(policy.freshness(), { version: 3 })
  t.equal(one.knowledge.currentEpoch, await fleet.store.epoch())
})

t.test('a credential is found only in its own organization', async t => {
  const fleet = await fleetOf(t)
  await fleet.store.putPrincipal({ ...principal, organizationId: elsewhere })
  await fleet.store.putKey(key)
  const one = await fleet.join()
  t.ok(await one.knowledge.credential(key.id), 'which lies in the shared cache now')
  await settle()
  const [here, there] = [policyOf(one), new HeldPolicy(one.knowledge, elsewhere, NOTHING_HELD)]
  const credential = { kind: 'credential', id: key.id } as const
  t.match(there.find('credential', key.id), { value: { key: { id: key.id } }, from: 2 })
  t.equal(here.find('credential', key.id), undefined, 'not known of another organization')
  for (const policy of [here, there])
    await policy.load([credential, { kind: 'credential', id: accessKeyId('none') }])
  t.match(here.find('credential', key.id), { value: undefined, from: 3 })
  t.match(there.find('credential', key.id), { value: { key: { id: key.id } }, from: 2 })

  await fleet.store.deletePrincipal(elsewhere, principal.id)
  await fleet.store.putPrincipal(principal)
  await fleet.store.putKey(key)
  await one.knowledge.tick()
  for (const policy of [here, there]) {
    t.equal(policy.find('credential', key.id), undefined, 'void for both when it moves')
    await policy.load([credential])
  }
  t.match(here.find('credential', key.id), { value: { key: { id: key.id } } })
  t.match(there.find('credential', key.id), { value: undefined })
})

t.test('values that only this gateway holds are found, loaded, and pinned', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join()
  const asked: unknown[] = []
  const signing = new Map<string, Entry<true>>([['known', { value: true, from: 0 }]])
  const held: HeldSource = {
    find: (kind, id) => (kind === 'signing-key' ? (signing.get(id as string) as never) : undefined),
    load: async subjects => {
      asked.push(...subjects)
      return subjects.map(({ kind }) => ({ value: kind === 'epoch' ? 'mark' : undefined, from: 0 }))
    },
  }
  const policy = policyOf(one, held)
  t.strictSame(policy.find('signing-key', 'known'), { value: true, from: 0 })
  const guids = { guids: ['g'], users: [] }
  const missing: readonly HeldSubject[] = [
    { kind: 'epoch', id: 'current' },
    { kind: 'signing-key', id: 'unknown' },
    { kind: 'mailbox-owners', id: guids },
  ]
  const isFound = () => missing.map(({ kind, id }) => policy.find(kind, id) !== undefined)
  t.strictSame(isFound(), [false, false, false])
  await policy.load([...missing, ROLE])
  t.strictSame(asked, missing, 'each source loads its own')
  t.match(policy.find('role', role.id), { from: 3 })
  t.match(policy.find('epoch', 'current'), { value: 'mark', from: 0 })
  t.match(policy.find('mailbox-owners', structuredClone(guids)), { value: undefined, from: 0 })
  t.equal(policy.find('mailbox-owners', { ...guids, guids: ['h'] }), undefined)
  t.strictSame(isFound(), [true, true, true])
  await fleet.store.newEpoch()
  await one.knowledge.tick()
  t.strictSame(isFound(), [false, false, false], 'but not in another epoch')
  await policy.load(missing)
  fleet.elapsed += MAX_AGE_MS
  t.strictSame(isFound(), [false, false, false], 'nor when it is too old')
})

t.test('R13 the senders of stored items are loaded last', async t => {
  const one = await (await fleetOf(t)).join()
  const load: HeldSource['load'] = async subjects => subjects.map(() => ({ value: [], from: 0 }))
  const policy = policyOf(one, { ...NOTHING_HELD, load })
  const stored = { kind: 'stored-items', id: { items: [], user: { id: 'u' } as never } } as const
  const owners = { kind: 'mailbox-owners', id: { guids: [], users: [] } } as const
  const isFound = () => [stored, owners].map(({ kind, id }) => !!policy.find(kind, id as never))
  await policy.load([stored])
  t.strictSame(isFound(), [true, false])
  await policy.load([ROLE, NONE])
  t.strictSame(isFound(), [true, false], 'the store is asked without a wait')
  await policy.load([owners])
  t.strictSame(isFound(), [false, true])
  await policy.load([stored, owners])
  t.strictSame(isFound(), [false, true], 'not together with others')
  await policy.load([stored])
  t.strictSame(isFound(), [true, true])
})

t.test(
  'owners of mailboxes are pinned by the IDs and addresses of the users who were asked for',
  async t => {
    const fleet = await fleetOf(t)
    const one = await fleet.join()
    const held: HeldSource = { ...NOTHING_HELD, load: async () => [{ value: [], from: 0 }] }
    const policy = policyOf(one, held)
    const user = {
      id: userId('a'),
      primarySmtpAddress: 'a@example.com',
      memberOf: { groups: ['g'] },
    }
    const idOf = (...users: readonly object[]) => ({ guids: ['g'], users }) as never
    await policy.load([{ kind: 'mailbox-owners', id: idOf(user) }])
    const isFound = (...users: readonly object[]) =>
      policy.find('mailbox-owners', idOf(...users)) !== undefined
    t.ok(isFound(user))
    t.ok(isFound({ ...user, memberOf: { groups: ['h'] } }), 'their groups do not matter')
    t.notOk(isFound({ ...user, id: userId('b') }))
    t.notOk(isFound({ ...user, primarySmtpAddress: 'b@example.com' }))
    t.notOk(isFound())
    t.notOk(isFound(user, user))
    for (const other of [{ id: 'a' }, { primarySmtpAddress: 'a@example.com' }, { id: null }])
      t.notOk(isFound(other))
  },
)

t.test('R34 an answer that took longer than the maximum age is used when it arrives', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join()
  const held: HeldSource = {
    ...NOTHING_HELD,
    load: async () => {
      for (let looks = 0; looks < 4; looks += 1) {
        fleet.elapsed += MAX_AGE_MS / 2
        await one.knowledge.tick()
      }
      return [{ value: [], from: 0 }]
    },
  }
  const policy = policyOf(one, held)
  const owners = { kind: 'mailbox-owners', id: { guids: ['g'], users: [] } } as const
  await policy.load([owners])
  t.match(policy.find(owners.kind, owners.id), { value: [] })
  fleet.elapsed += MAX_AGE_MS
  t.equal(policy.find(owners.kind, owners.id), undefined, 'and not for longer')
})

t.test('R34 a store that is behind a version is polled once', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join()
  const behind = { kind: 'freshness', version: 99 } as const
  const asked = await askedBy(one, () => t.rejects(policyOf(one).load([behind]), BUSY))
  t.equal(asked, 'policyVersions')
  const last = { kind: 'freshness', version: 3 } as const
  t.equal(await askedBy(one, () => policyOf(one).load([last])), '', 'not for the last version')
  await fleet.store.newEpoch()
  await policyOf(one).load([behind])
  t.match(policyOf(one).freshness(), { version: 3 }, 'a version of another epoch is forgotten')
})
