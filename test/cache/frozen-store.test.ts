/**
 * A store that stops answering: how long policy data in use can be used, and what readiness says.
 */

import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { placeOf } from '../../src/cache/place.ts'
import type { StoredSubject } from '../../src/cache/target.ts'
import { byAddress, userId } from '../../src/model/identity.ts'
import { accessKeyId } from '../../src/model/principal.ts'
import { roleId } from '../../src/model/role.ts'
import { roleSubject } from '../../src/model/subject.ts'
import { draft } from '../store/drafts.ts'
import { key, organization, principal, role } from '../store/samples.ts'
import { Fleet, type Member, readEach } from './fleet.ts'
import { MAX_AGE_MS, settle } from './parts.ts'

const HALF_MS = MAX_AGE_MS / 2
const SECOND_MS = 1_000
/** Interval at which data in use is used. */
const USE_MS = 100_000

const SUBJECTS: readonly StoredSubject[] = [
  { kind: 'role', id: role.id },
  { kind: 'access-control', id: 'rules' },
  { kind: 'name', id: byAddress('alice@example.com') },
  { kind: 'credential', id: accessKeyId(key.id) },
]

async function fleetOf(t: Test): Promise<Fleet> {
  const fleet = await Fleet.open(t)
  await fleet.store.putRole(role)
  await fleet.store.putUser(organization, draft('alice', { id: userId('alice') }))
  await fleet.store.putPrincipal(principal)
  await fleet.store.putKey(key)
  return fleet
}

/** Whether a decision can be made on what is held now. */
const isServed = ({ knowledge }: Member) =>
  knowledge.freshness(organization) !== undefined &&
  SUBJECTS.every(({ kind, id }) => knowledge.find(organization, kind, id) !== undefined)

/** Passes time as a gateway does, with its work of every second. */
async function pass(fleet: Fleet, member: Member, ms: number) {
  for (const end = fleet.elapsed + ms; fleet.elapsed < end; ) {
    fleet.elapsed += SECOND_MS
    const ticks = [member.knowledge.tick(), member.knowledge.refresh()]
    if (!member.store.isCut) await Promise.all(ticks)
    await settle()
  }
}

for (const ageSeconds of Array.from({ length: 16 }, (_, n) => n * 20))
  t.test(`P6 data of ${ageSeconds} s, in use, lasts half of maxAgeSeconds`, async t => {
    const fleet = await fleetOf(t)
    const member = await fleet.join()
    await member.knowledge.load(organization, SUBJECTS)
    for (let leftMs = ageSeconds * SECOND_MS; leftMs > 0; leftMs -= USE_MS) {
      await pass(fleet, member, Math.min(leftMs, USE_MS))
      t.ok(isServed(member), 'while the store answers')
    }
    member.store.isCut = true
    await pass(fleet, member, HALF_MS)
    t.ok(isServed(member), 'half of maxAgeSeconds after the store stopped')
    member.knowledge.checkFresh()
    fleet.elapsed += HALF_MS
    t.notOk(isServed(member), 'and not longer than maxAgeSeconds')
    t.throws(() => member.knowledge.checkFresh(), /No poll of the store has succeeded/)
  })

t.test('refresh() reads the values in use, once, in one snapshot', async t => {
  const fleet = await fleetOf(t)
  const member = await fleet.join()
  await member.knowledge.load(organization, SUBJECTS)
  await pass(fleet, member, HALF_MS - 3 * SECOND_MS)
  const snapshots = () => member.store.asked.filter(method => method === 'snapshot').length
  fleet.elapsed += SECOND_MS - 1
  await member.knowledge.refresh()
  t.equal(snapshots(), 1, 'nothing before it is due')
  fleet.elapsed += 1 - SECOND_MS
  await pass(fleet, member, SECOND_MS)
  t.equal(snapshots(), 2)
  await pass(fleet, member, HALF_MS)
  t.equal(snapshots(), 2, 'what was not used since is not refreshed again')
  isServed(member)
  await pass(fleet, member, SECOND_MS)
  t.equal(snapshots(), 3)
})

t.test('refresh() uses values that another gateway has read recently', async t => {
  const fleet = await fleetOf(t)
  const [one, two] = [await fleet.join(), await fleet.join()]
  const subject = { kind: 'role', id: role.id } as const
  await one.knowledge.load(organization, [subject])
  await pass(fleet, one, HALF_MS - 2 * SECOND_MS)
  await two.knowledge.tick()
  await two.knowledge.load(organization, [subject])
  await two.knowledge.refresh()
  t.notOk(two.store.asked.includes('snapshot'))
})

t.test('refresh() does not keep values that a change invalidated', async t => {
  const fleet = await fleetOf(t)
  const member = await fleet.join()
  await member.knowledge.load(organization, SUBJECTS)
  await pass(fleet, member, HALF_MS - 3 * SECOND_MS)
  member.store.hold('snapshot', 'answer')
  fleet.elapsed += SECOND_MS
  const refreshed = member.knowledge.refresh()
  await settle()
  await fleet.store.deleteRole(organization, role.id)
  await member.knowledge.tick()
  member.store.open()
  await refreshed
  t.equal((await member.knowledge.role(organization, role.id))?.id, undefined)
})

t.test('refresh() ignores values that a change invalidated', async t => {
  const fleet = await fleetOf(t)
  const member = await fleet.join()
  await member.knowledge.load(organization, SUBJECTS)
  t.ok(isServed(member))
  await fleet.store.deleteRole(organization, role.id)
  await member.knowledge.tick()
  await member.knowledge.refresh()
  t.strictSame(member.failed, [])
})

t.test('keepWatch() refreshes values in use once a second', async t => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const fleet = await fleetOf(t)
  const member = await fleet.join()
  await member.knowledge.load(organization, SUBJECTS)
  member.knowledge.keepWatch()
  await pass(fleet, member, HALF_MS - 3 * SECOND_MS)
  fleet.elapsed += SECOND_MS
  const { length } = member.store.asked
  member.store.hold('snapshot', 'answer')
  mock.timers.tick(SECOND_MS)
  await settle()
  mock.timers.tick(SECOND_MS)
  await settle()
  let isClosed = false
  const closed = member.knowledge.close().then(() => {
    isClosed = true
  })
  await settle()
  t.notOk(isClosed, 'close() waits for a refresh that outlasts a second')
  member.store.open()
  await closed
  const asked = ['policyVersions', 'policyVersions', 'snapshot']
  t.strictSame(member.store.asked.slice(length).sort(), asked)
})

t.test('refresh() tries again after a failure, and runs only once at a time', async t => {
  const fleet = await fleetOf(t)
  const member = await fleet.join()
  await member.knowledge.load(organization, SUBJECTS)
  await pass(fleet, member, HALF_MS - 3 * SECOND_MS)
  member.store.isCut = true
  await pass(fleet, member, 10 * SECOND_MS)
  t.ok(member.failed.includes('The refresh of policy data'))
  member.store.isCut = false
  member.store.hold('snapshot', 'request')
  const asked = member.store.asked.length
  await Promise.all([member.knowledge.tick(), settle()])
  void member.knowledge.refresh()
  void member.knowledge.refresh()
  await settle()
  await settle()
  t.strictSame(member.store.asked.slice(asked), ['policyVersions', 'snapshot'])
  member.store.open()
  await settle()
  member.store.isCut = true
  await pass(fleet, member, HALF_MS)
  t.ok(isServed(member))
})

t.test('R38 checkFresh() fails when requests do: data in use is too old', async t => {
  const fleet = await fleetOf(t)
  const member = await fleet.join()
  const { knowledge } = member
  await knowledge.load(organization, SUBJECTS)
  await pass(fleet, member, 100 * SECOND_MS)
  member.store.isCut = true
  const unknown = [{ kind: 'role', id: roleId('never-seen') }] as const
  member.cache.isCut = true
  for (const subjects of [unknown, SUBJECTS])
    await t.rejects(knowledge.load(organization, subjects), { name: 'Failure', kind: 'store' })
  member.cache.isCut = false
  knowledge.checkFresh()
  await pass(fleet, member, 199 * SECOND_MS)
  t.ok(isServed(member))
  knowledge.checkFresh()
  fleet.elapsed += SECOND_MS
  t.notOk(isServed(member))
  t.not(knowledge.freshness(organization), undefined, 'though the store was seen lately')
  const some = [...unknown, ...SUBJECTS]
  await t.rejects(knowledge.load(organization, some), { name: 'Failure', kind: 'policy' })
  t.throws(() => knowledge.checkFresh(), /has become too old/)

  member.store.isCut = false
  await knowledge.tick()
  knowledge.checkFresh()
  await knowledge.load(organization, SUBJECTS)
  t.ok(isServed(member))
})

t.test('R38 checkFresh() does not fail for data that was not used for long', async t => {
  const fleet = await fleetOf(t)
  const member = await fleet.join()
  const { knowledge } = member
  await knowledge.load(organization, SUBJECTS)
  await pass(fleet, member, 2 * MAX_AGE_MS)
  member.store.isCut = true
  await t.rejects(knowledge.load(organization, SUBJECTS))
  knowledge.checkFresh()
})

t.test('P6 a credential is refreshed for authenticators, whatever used it first', async t => {
  const fleet = await fleetOf(t)
  const member = await fleet.join()
  const { knowledge } = member
  await knowledge.credential(key.id)
  await pass(fleet, member, HALF_MS - 2 * SECOND_MS)
  t.ok(knowledge.find(organization, 'credential', key.id), 'a decision uses what was refreshed')
  await knowledge.credential(key.id)
  await pass(fleet, member, HALF_MS)
  member.store.isCut = true
  member.cache.isCut = true
  await pass(fleet, member, HALF_MS)
  t.ok(await knowledge.credential(key.id))
})

for (const clock of ['wall', 'monotonic'] as const)
  t.test(`refresh() reads values that are due by the ${clock} clock alone`, async t => {
    const fleet = await fleetOf(t)
    const member = await fleet.join()
    await member.knowledge.load(organization, SUBJECTS)
    const dueMs = HALF_MS - 2 * SECOND_MS
    member.wall.offset = clock === 'wall' ? dueMs : -dueMs
    if (clock === 'monotonic') fleet.elapsed += dueMs
    await member.knowledge.tick()
    const { length } = member.store.asked
    await member.knowledge.refresh()
    t.strictSame(member.store.asked.slice(length), ['snapshot'])
  })

t.test('refresh() reads 200 values at once', async t => {
  const fleet = await fleetOf(t)
  const names = Array.from({ length: 401 }, (_, n) => `user-${n}`)
  const drafts = names.map(name => draft(name))
  await fleet.store.importUsers(organization, drafts, { dryRun: false, deleteMissing: false })
  const member = await fleet.join()
  const ids = names.map(name => byAddress(`${name}@example.com`))
  await readEach(member, 'name', ids)
  for (const [used, snapshots] of [
    [401, 3],
    [400, 2],
  ] as const) {
    await readEach(member, 'name', ids.slice(0, used))
    fleet.elapsed += HALF_MS
    await member.knowledge.tick()
    const { length } = member.store.asked
    await member.knowledge.refresh()
    t.equal(member.store.asked.length - length, snapshots, `${used} values`)
  }
})

t.test('P6 an expired entry of the shared cache does not replace a value in use', async t => {
  const fleet = await fleetOf(t)
  const member = await fleet.join()
  const { knowledge } = member
  await knowledge.load(organization, SUBJECTS)
  await settle()
  const place = placeOf(organization, roleSubject(role.id))
  const entry = await fleet.shared.get(place)
  fleet.elapsed += MAX_AGE_MS - SECOND_MS
  await knowledge.tick()
  await knowledge.refresh()
  fleet.elapsed += HALF_MS - SECOND_MS
  await knowledge.tick()
  t.ok(isServed(member))
  await fleet.plant(place, entry?.sealed ?? new Uint8Array(), MAX_AGE_MS)
  member.store.isCut = true
  await knowledge.refresh()
  t.ok(isServed(member))
})
