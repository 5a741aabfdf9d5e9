/**
 * Tests that a change reaches every gateway: those with messages, late ones, and those that missed it.
 */

import { mock } from 'node:test'
import t from 'tap'
import type { Cache } from '../../src/cache/cache.ts'
import { placeOf } from '../../src/cache/place.ts'
import { roleSubject } from '../../src/model/subject.ts'
import type { Store } from '../../src/store/store.ts'
import { draft } from '../store/drafts.ts'
import { elsewhere, organization, role } from '../store/samples.ts'
import { askedBy, Fleet, listenTo, type Member, userByAddress } from './fleet.ts'
import { MAX_AGE_MS, settle } from './parts.ts'

const PLACE = placeOf(organization, roleSubject(role.id))

const read = async ({ knowledge }: Member) =>
  (await knowledge.role(organization, role.id))?.description
const describe = (store: Store, description: string) => store.putRole({ ...role, description })
const announce = ({ knowledge }: Member) => knowledge.announce(organization)
const alice = async (member: Member) =>
  (await userByAddress(member, 'alice@example.com'))?.displayName

async function fleetOf(t: Parameters<typeof Fleet.open>[0]) {
  const fleet = await Fleet.open(t)
  await describe(fleet.store, 'old')
  return fleet
}

t.test('P5 a change takes effect everywhere as soon as it is announced', async t => {
  const fleet = await fleetOf(t)
  const members = [await fleet.join(), await fleet.join(), await fleet.join()]
  for (const member of members) t.equal(await read(member), 'old')
  await describe(fleet.store, 'new')
  for (const member of members) t.equal(await read(member), 'old', 'before')
  const [one] = members
  await one?.knowledge.announce(organization)
  t.equal(one && (await read(one)), 'new', 'at once for the gateway that made it')
  await settle()
  for (const member of members) t.equal(await read(member), 'new')
})

t.test('R27 a gateway without messages finds a change at the next poll', async t => {
  const fleet = await fleetOf(t)
  const [one, two] = [await fleet.join(), await fleet.join({ isDeaf: true })]
  t.equal(await read(two), 'old')
  await describe(fleet.store, 'new')
  await announce(one)
  await settle()
  t.equal(await read(two), 'old', 'it received no message')
  await two.knowledge.tick()
  t.equal(await read(two), 'new')
  await describe(fleet.store, 'by a command line')
  await one.knowledge.tick()
  t.equal(await read(one), 'by a command line')
})

t.test('a gateway that cannot poll the store after a message reports that', async t => {
  const fleet = await fleetOf(t)
  const [one, two] = [await fleet.join(), await fleet.join()]
  t.equal(await read(two), 'old')
  two.store.isCut = true
  await describe(fleet.store, 'new')
  await announce(one)
  await settle()
  t.strictSame(two.failed, ['The poll of the store'])
})

t.test('close() waits for a poll in flight, so that the store can be closed', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join()
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  one.knowledge.keepWatch()
  one.store.hold('policyVersions', 'request')
  const before = one.store.asked.length
  mock.timers.tick(999)
  await settle()
  t.equal(one.store.asked.length, before, 'it polls once a second')
  mock.timers.tick(1)
  await settle()
  let isClosed = false
  const closed = one.knowledge.close().then(() => {
    isClosed = true
  })
  await settle()
  t.notOk(isClosed)
  one.store.open()
  await closed
  t.strictSame(one.failed, [])
  const { length } = one.store.asked
  mock.timers.tick(5_000)
  await settle()
  t.equal(one.store.asked.length, length, 'and looks no more')
})

t.test('P5 announce() waits for a poll that began after it', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join()
  t.equal(await read(one), 'old')
  one.store.hold('policyVersions', 'answer')
  const tick = one.knowledge.tick()
  await settle()
  await describe(fleet.store, 'new')
  let isAnnounced = false
  const announced = announce(one).then(() => {
    isAnnounced = true
  })
  one.store.release(0)
  await tick
  await settle()
  t.notOk(isAnnounced)
  one.store.open()
  await announced
  t.equal(await read(one), 'new')
})

t.test('P5 a change during another announcement is announced as well', async t => {
  const fleet = await fleetOf(t)
  await fleet.store.putUser(organization, { ...draft('alice'), displayName: 'old' })
  const [one, two] = [await fleet.join(), await fleet.join()]
  t.equal(await alice(two), 'old')
  await describe(fleet.store, 'new')
  one.cache.hold('publish', 'answer')
  const first = announce(one)
  await settle()
  await fleet.store.putUser(organization, { ...draft('alice'), displayName: 'new' })
  one.store.hold('policyVersions', 'request')
  const second = announce(one)
  await settle()
  one.cache.open()
  await first
  one.store.open()
  await second
  await settle()
  t.equal(await alice(two), 'new')
})

t.test('P5 a change that could not be announced is announced later', async t => {
  const fleet = await fleetOf(t)
  const [one, two] = [await fleet.join(), await fleet.join()]
  for (const gate of [one.cache, one.store]) {
    const text = `new ${gate === one.cache}`
    await read(two)
    await describe(fleet.store, text)
    gate.isCut = true
    await announce(one)
    await settle()
    t.not(await read(two), text)
    await one.knowledge.tick()
    t.strictSame(one.failed.splice(0), [
      'The announcement of a change to other gateways',
      'The poll of the store',
    ])
    gate.isCut = false
    await one.knowledge.tick()
    await settle()
    t.equal(await read(two), text)
  }
})

t.test('P5 a change is announced even if the store was unreachable for long', async t => {
  for (const [what, trouble] of [
    [
      'a pause',
      async (_, fleet) => {
        fleet.elapsed += MAX_AGE_MS
      },
    ],
    [
      'a clock that jumped',
      async one => {
        one.wall.offset += 3_600_000
      },
    ],
    ['another epoch', async (_, fleet) => void (await fleet.store.newEpoch())],
  ] as const satisfies readonly (readonly [string, (_: Member, fleet: Fleet) => Promise<void>])[]) {
    const fleet = await fleetOf(t)
    const [one, two] = [await fleet.join(), await fleet.join()]
    await trouble(one, fleet)
    if (what === 'a pause') await two.knowledge.tick()
    t.equal(await read(two), 'old')
    await describe(fleet.store, 'new')
    await announce(one)
    await settle()
    t.equal(await read(two), 'new', what)
  }
})

t.test('P5 no gateway repeats the announcement of another', async t => {
  const fleet = await fleetOf(t)
  const [one, two] = [await fleet.join(), await fleet.join()]
  const heard = listenTo(fleet)
  for (const text of ['a', 'b', 'c']) {
    await describe(fleet.store, text)
    await announce(one)
    await settle()
  }
  await fleet.store.putUser(organization, draft('alice'))
  await announce(two)
  await settle()
  t.equal(heard.length, 4)
  t.notMatch(heard[3], [/role:/])
  t.match(heard[3], [/user:/])
})

t.test('P5 very many or lost changes are announced as a change of everything', async t => {
  const fleet = await fleetOf(t)
  const [one, two] = [await fleet.join(), await fleet.join()]
  const heard = listenTo(fleet)
  for (const [count, told] of [
    [400, 'few'],
    [600, 'all'],
    [1_100, 'all'],
  ] as const) {
    const drafts = Array.from({ length: count }, (_, n) => draft(`u${count}-${n}`))
    const last = (member: Member) => userByAddress(member, `u${count}-${count - 1}@example.com`)
    t.equal(await last(two), undefined)
    t.equal(await read(two), 'old')
    await fleet.store.importUsers(organization, drafts, { dryRun: false, deleteMissing: false })
    await announce(one)
    await settle()
    t.equal(heard.pop() === 'all' ? 'all' : 'few', told, `${count} users`)
    t.ok(await last(two), `${count} users are there`)
    const asked = await askedBy(two, () => read(two))
    t.equal(
      asked.includes('snapshot'),
      told === 'all',
      `${count} users make the role void or do not`,
    )
  }
})

t.test('R27 a restored store invalidates everything cached before', async t => {
  const fleet = await fleetOf(t)
  const copy = await Fleet.open(t)
  await describe(copy.store, 'restored')
  await describe(fleet.store, 'lost')
  await fleet.store.putRole({ ...role, organizationId: elsewhere })
  const [one, two] = [await fleet.join(), await fleet.join({ isDeaf: true })]
  const epochs = [await one.knowledge.epoch()]
  const there = ({ knowledge }: Member) => knowledge.role(elsewhere, role.id)
  for (const member of [one, two]) {
    t.equal(await read(member), 'lost')
    t.ok(await there(member))
  }
  const before = await fleet.shared.get(PLACE)
  let epoch = epochs[0] ?? ''
  // The copy of a store has its epoch.
  fleet.store = {
    ...copy.store,
    policyVersions: async () => ({ ...(await copy.store.policyVersions()), epoch }),
    snapshot: read =>
      copy.store.snapshot(state =>
        read({ ...state, policyVersions: { ...state.policyVersions, epoch } }),
      ),
    newEpoch: async replacing => {
      if (replacing === epoch) epoch = 'another'
      return epoch
    },
  }
  await one.knowledge.tick()
  t.equal(await one.knowledge.epoch(), 'another')
  t.equal(await read(one), 'restored')
  await fleet.plant(PLACE, before?.sealed ?? new Uint8Array(), MAX_AGE_MS)
  await two.knowledge.tick()
  t.equal(await two.knowledge.epoch(), 'another', 'which all agree on')
  t.equal(await read(two), 'restored')
  for (const member of [one, two]) t.notOk(await there(member), 'nor an organization of before')
  const put: Cache['put'] = fleet.shared.put.bind(fleet.shared)
  await put(PLACE, { epoch: epochs[0] ?? '', version: 99 }, before?.sealed ?? new Uint8Array(), 1e9)
  const three = await fleet.join()
  t.equal(await read(three), 'restored')
})
