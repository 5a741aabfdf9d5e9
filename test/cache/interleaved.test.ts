/**
 * Orders in which things come that are late, half done, or about the same name.
 */

import t from 'tap'
import { placeOf } from '../../src/cache/place.ts'
import { unsealEntry } from '../../src/cache/sealed.ts'
import type { OrganizationId } from '../../src/model/identity.ts'
import { roleId } from '../../src/model/role.ts'
import { credentialSubject, roleSubject } from '../../src/model/subject.ts'
import type { Store } from '../../src/store/store.ts'
import { draft } from '../store/drafts.ts'
import { elsewhere, key, organization, principal, role } from '../store/samples.ts'
import { Fleet, listenTo, type Member } from './fleet.ts'
import { MAX_AGE_MS, settle } from './parts.ts'

const PLACE = placeOf(organization, roleSubject(role.id))

const read = async ({ knowledge }: Member) =>
  (await knowledge.role(organization, role.id))?.description
const describe = (store: Store, description: string) => store.putRole({ ...role, description })
const announce = ({ knowledge }: Member, of: OrganizationId = organization) =>
  knowledge.announce(of)

async function fleetOf(t: Parameters<typeof Fleet.open>[0]) {
  const fleet = await Fleet.open(t)
  await describe(fleet.store, 'old')
  return fleet
}

/** Returns the version of the entry in the shared cache. */
async function versionShared(fleet: Fleet) {
  const entry = await fleet.shared.get(PLACE)
  return entry && unsealEntry(fleet.sealer, entry.sealed)?.version
}

t.test('P5 a partial announcement is completed later', async t => {
  for (const half of ['publish', 'writeTombstones'] as const) {
    const fleet = await fleetOf(t)
    const [one, two] = [await fleet.join(), await fleet.join()]
    t.equal(await read(two), 'old')
    const entry = await fleet.shared.get(PLACE)
    await describe(fleet.store, 'new')
    const gone = async () => {
      throw new Error('Redis went away between the two')
    }
    Object.assign(fleet.shared, { [half]: gone })
    await announce(one)
    await settle()
    t.not(one.failed.length, 0)
    t.equal(await read(two), half === 'publish' ? 'old' : 'new', `without ${half}`)
    t.equal((await versionShared(fleet)) === undefined, half === 'publish')
    Reflect.deleteProperty(fleet.shared, half)
    await one.knowledge.tick()
    await settle()
    t.equal(await read(two), 'new')
    await settle()
    const epoch = await one.knowledge.epoch()
    await fleet.shared.put(PLACE, { epoch, version: 1 }, entry?.sealed ?? new Uint8Array(), 1e9)
    t.equal(await versionShared(fleet), 2, `${half}: a late put finds something newer`)
  }
})

t.test('P5 a gateway that missed a change announces it all the same', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join()
  one.cache.isCut = true
  await describe(fleet.store, 'made here, and not told')
  await announce(one)
  one.cache.isCut = false
  // It began after that change, so it announces only the next one.
  const two = await fleet.join()
  const heard = listenTo(fleet)
  await fleet.store.putUser(organization, draft('alice'))
  await announce(two)
  await settle()
  t.notMatch(heard.splice(0), [[/role:/]])
  await one.knowledge.tick()
  await settle()
  t.match(heard, [[/role:/]])
})

t.test('R25 a late reader does not bring back a changed value', async t => {
  type Late = readonly ['store' | 'cache', string, 'request' | 'answer']
  const ways: readonly (readonly [string, (by: Member, late: Member) => Promise<void>])[] = [
    ['received', by => announce(by)],
    ['found', (_, late) => late.knowledge.tick()],
  ]
  for (const [what, carryOut] of ways)
    for (const [gate, method, side] of [
      ['store', 'snapshot', 'answer'],
      ['store', 'snapshot', 'request'],
      ['cache', 'get', 'answer'],
      ['cache', 'get', 'request'],
    ] satisfies Late[]) {
      const fleet = await fleetOf(t)
      const [one, two] = [await fleet.join(), await fleet.join()]
      if (gate === 'cache') await read(one)
      two[gate].hold(method, side)
      const late = read(two)
      await settle()
      await describe(fleet.store, 'new')
      await carryOut(one, two)
      await settle()
      two[gate].open()
      const how = `a change that was ${what} while ${method} ${side} was under way`
      t.equal(await late, 'new', how)
      t.equal(await read(two), 'new', `${how}, afterwards`)
      await settle()
      t.ok(((await versionShared(fleet)) ?? 0) >= 2 || what === 'found', `${how}, elsewhere`)
    }
})

t.test('P5 a read that outlasts the last poll gets no old entry', async t => {
  const fleet = await fleetOf(t)
  const [one, two] = [await fleet.join(), await fleet.join()]
  two.store.hold('snapshot', 'request')
  const late = read(two)
  await settle()
  t.equal(await read(one), 'old')
  await settle()
  const entry = await fleet.shared.get(PLACE)
  await fleet.plant(PLACE, entry?.sealed ?? new Uint8Array(), 1e12)
  two.wall.offset = -3_600_000
  await describe(fleet.store, 'new')
  fleet.elapsed += MAX_AGE_MS
  two.store.open()
  await t.rejects(late, { name: 'Failure', reason: 'policy-unavailable' })
  t.equal(await read(two), 'new')
})

t.test('R25 a late put does not bring back a changed value', async t => {
  const fleet = await fleetOf(t)
  const [one, two] = [await fleet.join(), await fleet.join()]
  two.cache.hold('put', 'request')
  t.equal(await read(two), 'old')
  await describe(fleet.store, 'new')
  await announce(one)
  await settle()
  fleet.elapsed += MAX_AGE_MS - 1
  two.cache.open()
  await settle()
  t.equal(await versionShared(fleet), undefined, 'the tombstone stands, as long as anything lives')
  t.equal(await read(one), 'new')
  await settle()
  t.equal(await versionShared(fleet), 2, 'and gives way to a read of its version')
})

t.test('R25 an entry without its tombstone is not used', async t => {
  const fleet = await fleetOf(t)
  const [one, two] = [await fleet.join(), await fleet.join()]
  t.equal(await read(one), 'old')
  one.cache.hold('writeTombstones', 'request')
  two.store.hold('policyVersions', 'request')
  await describe(fleet.store, 'new')
  const announced = announce(one)
  await settle()
  t.equal(await read(two), 'new', 'by a gateway that only received the change')
  one.cache.open()
  two.store.open()
  await announced
  t.equal(await versionShared(fleet), 2, 'and what was read after the change stays')
})

t.test('P5 R25 a key that moves to another organization never belongs to both', async t => {
  const there = { ...principal, organizationId: elsewhere }
  const ownerOf = async ({ knowledge }: Member) =>
    (await knowledge.credential(key.id))?.principal.organizationId
  for (const late of ['nobody', 'store', 'cache'] as const) {
    const fleet = await fleetOf(t)
    // Elsewhere is many versions ahead, and then many behind.
    for (let n = 0; n < 9; n += 1) await fleet.store.putUser(elsewhere, draft(`someone-${n}`))
    await fleet.store.putPrincipal(there)
    await fleet.store.putKey(key)
    const [one, two] = [await fleet.join(), await fleet.join()]
    t.equal(await ownerOf(one), elsewhere)
    await settle()
    const entry = await fleet.shared.get(placeOf(undefined, credentialSubject(key.id)))
    two.cache.isCut = late === 'store'
    if (late !== 'nobody') two[late].hold(late === 'store' ? 'snapshot' : 'get', 'answer')
    const asked = ownerOf(two)
    await settle()

    await fleet.store.deletePrincipal(elsewhere, principal.id)
    await announce(one, elsewhere)
    await fleet.store.putPrincipal(principal)
    await fleet.store.putKey(key)
    await announce(one)
    await settle()
    for (const gate of [two.cache, two.store]) gate.open()
    t.equal(await asked, late === 'nobody' ? elsewhere : organization, `${late} is late`)
    for (const member of [one, two]) t.equal(await ownerOf(member), organization)

    const place = placeOf(undefined, credentialSubject(key.id))
    await fleet.plant(place, entry?.sealed ?? new Uint8Array(), MAX_AGE_MS)
    await fleet.store.deletePrincipal(organization, principal.id)
    await announce(one)
    await settle()
    for (const member of [one, two]) {
      await fleet.plant(place, entry?.sealed ?? new Uint8Array(), MAX_AGE_MS)
      t.equal(await ownerOf(member), undefined, 'nor does what was there come back')
    }
  }
})

t.test('P5 a role that is created again under its ID or name is the new one', async t => {
  const byName = async ({ knowledge }: Member) =>
    (await knowledge.read(organization, 'role-name', 'Backup'))?.id
  for (const id of [role.id, roleId('another')]) {
    const fleet = await fleetOf(t)
    const [one, two] = [await fleet.join(), await fleet.join({ isDeaf: true })]
    for (const member of [one, two])
      t.strictSame([await read(member), await byName(member)], ['old', role.id])
    await fleet.store.deleteRole(organization, role.id)
    await announce(one)
    t.strictSame([await read(one), await byName(one)], [undefined, undefined])
    await fleet.store.putRole({ ...role, id, description: 'new' })
    await announce(one)
    await two.knowledge.tick()
    for (const member of [one, two]) {
      t.equal(await byName(member), id)
      t.equal(await read(member), id === role.id ? 'new' : undefined)
    }
  }
})

t.test('R27 another epoch during a read: values read before are not kept', async t => {
  for (const [gate, method] of [
    ['store', 'snapshot'],
    ['cache', 'get'],
  ] as const) {
    const fleet = await fleetOf(t)
    const [one, two] = [await fleet.join(), await fleet.join()]
    if (gate === 'cache') await read(one)
    await settle()
    two[gate].hold(method, 'answer')
    const late = read(two)
    await settle()
    const { store } = fleet
    const restored = await Fleet.open(t)
    await describe(restored.store, 'restored')
    fleet.store = restored.store
    await two.knowledge.tick()
    two[gate].open()
    t.equal(await late, 'restored', `${gate} was late`)
    t.equal(await read(two), 'restored')
    fleet.store = store
  }
})

t.test('P5 versions of one organization do not apply to another', async t => {
  const fleet = await fleetOf(t)
  const [one, two] = [await fleet.join(), await fleet.join()]
  const there = async ({ knowledge }: Member) =>
    (await knowledge.role(elsewhere, role.id))?.description
  for (let n = 0; n < 5; n += 1) {
    await fleet.store.putRole({ ...role, organizationId: elsewhere, description: `${n}` })
    await announce(one, elsewhere)
    await settle()
    for (const member of [one, two]) t.equal(await there(member), `${n}`)
    // This version is long out of date in the other organization.
    if (n !== 3) continue
    await describe(fleet.store, 'new')
    await announce(two)
    await settle()
    for (const member of [one, two]) t.equal(await read(member), 'new')
  }
})
