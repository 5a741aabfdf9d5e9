/**
 * Tests the policy data of the data plane, with a real store and a cache that several gateways share.
 */

import t from 'tap'
import type { CachedPolicy } from '../../src/cache/cached.ts'
import { placeOf } from '../../src/cache/place.ts'
import { byAddress, userId } from '../../src/model/identity.ts'
import type { StoredKind } from '../../src/model/policy-data.ts'
import { accessKeyId } from '../../src/model/principal.ts'
import { roleId } from '../../src/model/role.ts'
import { credentialSubject, roleSubject } from '../../src/model/subject.ts'
import { draft } from '../store/drafts.ts'
import { elsewhere, key, organization, principal, role, rule } from '../store/samples.ts'
import { askedBy, Fleet, freshnessOf, type Member } from './fleet.ts'
import { MAX_AGE_MS, settle } from './parts.ts'

const BUSY = { name: 'Failure', reason: 'policy-unavailable' }

/** A fleet with one of everything in its store. */
async function fleetOf(t: Parameters<typeof Fleet.open>[0]) {
  const fleet = await Fleet.open(t)
  await fleet.store.putRole(role)
  await fleet.store.putUser(organization, { ...draft('alice'), sid: 'S-1-5-21-9' })
  await fleet.store.putPrincipal(principal)
  await fleet.store.putKey(key)
  await fleet.store.putAccessControlRule(organization, rule)
  return fleet
}

const lockOf = async ({ knowledge }: Member) =>
  (await knowledge.role(organization, role.id))?.lock?.message
const lock = (fleet: Fleet, message: string) =>
  fleet.store.lockRole(organization, role.id, { message })

const none = accessKeyId('none')
const alice = byAddress('Alice@example.com')
const READS = {
  role: k => k.role(organization, role.id),
  'role-name': k => k.read(organization, 'role-name', 'BACKUP'),
  name: k => k.read(organization, 'name', alice),
  credential: async k => k.credential(key.id),
  'access-control': k => k.read(organization, 'access-control', 'rules'),
} as const satisfies Partial<Record<StoredKind, (from: CachedPolicy) => Promise<unknown>>>

t.test('a read reports each layer that it asked, and the result', async t => {
  const fleet = await fleetOf(t)
  const [one, two] = [await fleet.join(), await fleet.join()]
  const absent = roleId('absent')
  const read =
    (member: Member, id = role.id) =>
    () =>
      member.knowledge.role(organization, id)
  const place = placeOf(organization, roleSubject(role.id))
  for (const [what, member, act, looked] of [
    ['new', one, read(one), ['l1 miss', 'l2 miss', 'store hit']],
    ['known', one, read(one), ['l1 hit']],
    ['known to another', two, read(two), ['l1 miss', 'l2 hit']],
    ['absent', one, read(one, absent), ['l1 miss', 'l2 miss', 'store miss']],
  ] as const) {
    member.looked.length = 0
    await act()
    t.strictSame(member.looked, looked, what)
  }
  const three = await fleet.join()
  await fleet.plant(place, Buffer.from('forged'), MAX_AGE_MS)
  await read(three)()
  t.strictSame(three.looked, ['l1 miss', 'l2 refused', 'store hit'], 'forged')
  const four = await fleet.join()
  four.cache.isCut = true
  four.store.isCut = true
  await t.rejects(read(four)(), BUSY)
  t.strictSame(four.looked, ['l1 miss', 'l2 failed', 'store failed'], 'cut off')
})

t.test('P5 every layer returns the store’s values; a hit asks no other layer', async t => {
  const fleet = await fleetOf(t)
  const [one, two] = [await fleet.join(), await fleet.join()]
  const { store } = fleet
  const user = await store.userByName(organization, alice.kind, alice.value)
  const id = user?.id ?? userId('none')
  const truths = {
    role: await store.role(organization, role.id),
    'role-name': await store.roleByName(organization, 'BACKUP'),
    name: user,
    user,
    credential: await store.credential(key.id),
    'access-control': await store.accessControlRules(organization),
  }
  const reads = { ...READS, user: (k: CachedPolicy) => k.read(organization, 'user', id) }
  for (const [kind, read] of Object.entries(reads)) {
    const name = kind as keyof typeof reads
    const truth = truths[name]
    t.ok(truth, name)
    const get = async ({ knowledge }: Member) => t.strictSame(await read(knowledge), truth, name)
    t.equal(await askedBy(one, () => get(one)), 'snapshot get put', `${name} from the store`)
    t.equal(await askedBy(one, () => get(one)), '', `${name}, warm`)
    t.equal(await askedBy(two, () => get(two)), 'get', `${name} from the shared cache`)
    t.equal(await askedBy(two, () => get(two)), '', `${name}, warm from the shared cache`)
  }
  t.strictSame([one.forged, one.failed, two.forged, two.failed], [[], [], [], []])
})

t.test('P5 concurrent reads of one value share one query', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join()
  one.store.hold('snapshot', 'answer')
  const reads = Array.from({ length: 50 }, () => one.knowledge.role(organization, role.id))
  await settle()
  const later = one.knowledge.role(organization, role.id)
  one.store.open()
  t.equal(new Set(await Promise.all([...reads, later])).size, 1)
  t.equal(one.store.asked.filter(name => name === 'snapshot').length, 1)
})

t.test('P5 without a shared cache, only the store is below the process', async t => {
  const fleet = await fleetOf(t)
  const alone = await fleet.join({ isAlone: true })
  await lock(fleet, 'before')
  await alone.knowledge.announce(organization)
  t.equal(await lockOf(alone), 'before')
  await lock(fleet, 'after')
  await alone.knowledge.announce(organization)
  t.equal(await lockOf(alone), 'after', 'its own change holds at once')
  await lock(fleet, 'of another')
  await alone.knowledge.tick()
  t.equal(await lockOf(alone), 'of another', 'that of another, with the next poll')
  t.equal(await fleet.shared.get(placeOf(organization, roleSubject(role.id))), undefined)
  t.strictSame(alone.failed, [])
  t.notOk(alone.looked.some(result => result.startsWith('l2')))
})

t.test('P6 a failure is never cached, and ends all waiting reads as busy', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join()
  for (const read of Object.values(READS)) {
    one.store.isCut = true
    const waiting: Promise<unknown>[] = [read(one.knowledge), read(one.knowledge)]
    for (const wait of waiting) await t.rejects(wait, BUSY)
    one.store.isCut = false
    t.ok(await read(one.knowledge))
  }
  one.cache.isCut = true
  fleet.elapsed += MAX_AGE_MS
  t.equal((await one.knowledge.role(organization, role.id))?.name, role.name, 'no cache: the store')
  t.ok(one.failed.includes('The shared cache'))
})

t.test('P6 without the store, values are served until their maximum age', async t => {
  for (const [what, elapsed, offset, isServed] of [
    ['just before the end', 299_999, 0, true],
    ['at the end', 300_000, 0, false],
    ['at the end, the wall clock turned back', 300_000, -3_600_000, false],
    ['the wall clock turned back', 299_999, -3_600_000, true],
    ['the wall clock a little ahead', 10, 29_989, true],
    ['the wall clock too far ahead', 10, 329_990, false],
  ] as const) {
    const fleet = await fleetOf(t)
    const one = await fleet.join()
    await lockOf(one)
    await one.knowledge.credential(none)
    one.store.isCut = true
    fleet.elapsed += elapsed
    one.wall.offset = offset
    const { knowledge } = one
    const all: Promise<unknown>[] = [READS.role(knowledge), freshnessOf(one), knowledge.epoch()]
    for (const known of await Promise.allSettled(all)) {
      t.equal(known.status, isServed ? 'fulfilled' : 'rejected', what)
      if (known.status === 'rejected') t.match(known.reason, BUSY, what)
    }
    if (elapsed > 5_000)
      await t.rejects(async () => knowledge.credential(none), BUSY, `${what}: an absence`)
  }
})

t.test('P5 ages of layers never add up', async t => {
  const fleet = await fleetOf(t)
  const [one, two] = [await fleet.join(), await fleet.join()]
  await lockOf(one)
  fleet.elapsed = 200_000
  await two.knowledge.tick()
  t.equal(await askedBy(two, () => lockOf(two)), 'get')
  fleet.elapsed = 299_999
  await two.knowledge.tick()
  t.equal(await askedBy(two, () => lockOf(two)), '')
  fleet.elapsed = 300_000
  t.match(await askedBy(two, () => lockOf(two)), /^snapshot /)
})

t.test('P5 an answer that is too old when it arrives is not used', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join()
  one.store.hold('snapshot', 'answer')
  const late = lockOf(one)
  await settle()
  await lock(fleet, 'new')
  fleet.elapsed += MAX_AGE_MS
  one.store.release(0)
  await t.rejects(late, BUSY)
  one.store.open()
  await one.knowledge.tick()
  one.store.hold('snapshot', 'answer')
  const again = lockOf(one)
  await settle()
  fleet.elapsed += MAX_AGE_MS - 1
  one.store.open()
  t.equal(await again, 'new')
})

t.test('R28 an absence is cached for 5 s, only in this process', async t => {
  const fleet = await Fleet.open(t)
  const [one, two] = [await fleet.join(), await fleet.join()]
  for (const [name, read] of Object.entries(READS).slice(0, 4)) {
    t.equal(await askedBy(one, () => read(one.knowledge)), 'snapshot get')
    fleet.elapsed += 4_999
    t.equal(await askedBy(one, () => read(one.knowledge)), '', `${name} within 5 s`)
    fleet.elapsed += 1
    t.match(await askedBy(one, () => read(one.knowledge)), 'snapshot', `${name} after 5 s`)
    t.equal(await askedBy(two, () => read(two.knowledge)), 'snapshot get', `${name} elsewhere`)
  }
  await fleet.store.putRole(role)
  await fleet.store.putUser(organization, draft('alice'))
  await fleet.store.putPrincipal(principal)
  await fleet.store.putKey(key)
  await one.knowledge.announce(organization)
  await settle()
  for (const [name, read] of Object.entries(READS))
    for (const { knowledge } of [one, two]) t.ok(await read(knowledge), `${name} is there at once`)
})

t.test('P6 a deleted value does not come back from the shared cache', async t => {
  const fleet = await fleetOf(t)
  const [one, two] = [await fleet.join(), await fleet.join()]
  await lockOf(two)
  one.cache.isCut = true
  await fleet.store.deleteRole(organization, role.id)
  t.equal(await one.knowledge.role(organization, role.id), undefined)
  one.cache.isCut = false
  fleet.elapsed += 5_000
  t.equal(await one.knowledge.role(organization, role.id), undefined)
  one.store.isCut = true
  fleet.elapsed += 5_000
  await t.rejects(one.knowledge.role(organization, role.id), BUSY)
})

t.test('P5 a change in one organization invalidates nothing in another', async t => {
  const fleet = await fleetOf(t)
  await fleet.store.putRole({ ...role, organizationId: elsewhere, name: 'theirs' })
  const one = await fleet.join()
  const there = () => one.knowledge.role(elsewhere, role.id)
  t.equal((await there())?.name, 'theirs')
  await lock(fleet, 'new')
  await one.knowledge.announce(organization)
  t.equal(await lockOf(one), 'new')
  t.equal(await askedBy(one, there), '')
})

t.test('R16 freshness() returns when the store was polled, and its version', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join({ isDeaf: true })
  const { version, at } = await freshnessOf(one)
  t.equal(version, await fleet.store.policyVersion(organization))
  one.store.hold('policyVersions', 'answer')
  const tick = one.knowledge.tick()
  fleet.elapsed += 700
  one.store.open()
  await tick
  t.equal((await freshnessOf(one)).at, at, 'when the look began')
  await lock(fleet, 'new')
  t.equal((await freshnessOf(one)).version, version)
  await one.knowledge.reach(organization, version + 1)
  t.equal((await freshnessOf(one)).version, version + 1)
  t.equal((await freshnessOf(one)).at, at + 700)
  t.equal(await lockOf(one), 'new')
  t.equal((await freshnessOf(one, elsewhere)).version, 0)
})

t.test('P6 freshness() is undefined if the last poll is too old', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join({ isDeaf: true })
  t.strictSame(one.knowledge.freshness(organization), await freshnessOf(one))
  fleet.elapsed += MAX_AGE_MS
  t.equal(one.knowledge.freshness(organization), undefined)
  const looked = await freshnessOf(one)
  t.strictSame(one.knowledge.freshness(organization), looked)
})

t.test('P5 open streams learn which policy changed, and when policy data is not fresh', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join()
  const told: unknown[] = []
  one.knowledge.onChange(of => told.push(of))
  await one.knowledge.tick()
  t.strictSame(told, [])
  await lock(fleet, 'new')
  await one.knowledge.tick()
  t.strictSame(told.splice(0), [organization])
  const { store } = fleet
  fleet.store = { ...store, changesSince: async () => [] }
  await lock(fleet, 'newer')
  await one.knowledge.tick()
  t.strictSame(told.splice(0), [organization], 'a change that nobody can name')
  fleet.store = store
  one.store.isCut = true
  await one.knowledge.tick()
  t.strictSame(told, [], 'not for a look that fails')
  fleet.elapsed += MAX_AGE_MS
  await one.knowledge.tick()
  t.strictSame(told.splice(0), [undefined], 'nothing is known')
  one.store.isCut = false
  await fleet.store.newEpoch()
  await one.knowledge.tick()
  t.strictSame(told.splice(0), [undefined], 'another store')
})

t.test('P6 a start without the store fails', async t => {
  const fleet = await Fleet.open(t)
  fleet.store = {
    ...fleet.store,
    policyVersions: async () => Promise.reject(Object.assign(new Error(), BUSY)),
  }
  await t.rejects(fleet.join(), BUSY)
})

t.test('R25 an absent credential that was read late is not cached', async t => {
  const fleet = await fleetOf(t)
  await fleet.store.deleteKey(organization, key.id)
  const one = await fleet.join()
  one.store.hold('snapshot', 'answer')
  const late = one.knowledge.credential(key.id)
  await settle()
  await fleet.store.putKey(key)
  await one.knowledge.announce(organization)
  one.store.open()
  t.ok(await late)
  const place = placeOf(undefined, credentialSubject(key.id))
  t.ok(await fleet.shared.get(place))
  t.notOk(await fleet.shared.get(placeOf(organization, roleSubject(roleId('none')))))
})
