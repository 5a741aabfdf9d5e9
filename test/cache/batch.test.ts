/**
 * Values that are read many at once: what the process lacks is one question to the store.
 */

import t, { type Test } from 'tap'
import { byAddress, userId } from '../../src/model/identity.ts'
import { draft } from '../store/drafts.ts'
import { organization, subscription } from '../store/samples.ts'
import { askedBy, Fleet, type Member, readEach, userByAddress } from './fleet.ts'
import { MAX_AGE_MS, settle } from './parts.ts'

const NAMES = ['a', 'b', 'c', 'd']
const addressOf = (name: string) => `${name}@example.com`
const BUSY = { name: 'Failure', reason: 'policy-unavailable' }

async function fleetOf(t: Test): Promise<Fleet> {
  const fleet = await Fleet.open(t)
  for (const name of NAMES)
    await fleet.store.putUser(organization, draft(name, { id: userId(name), displayName: name }))
  await fleet.store.putSubscription({ ...subscription, expiresAt: 9e12 })
  return fleet
}

/** Display names of users by their addresses. */
async function namesOf(member: Member, ...names: readonly string[]) {
  const users = await readEach(member, 'name', names.map(addressOf).map(byAddress))
  return users.map(user => user?.displayName)
}

const rename = (fleet: Fleet, name: string, displayName: string) =>
  fleet.store.putUser(organization, draft(name, { id: userId(name), displayName }))

t.test('R34 a batch is one query of the store, for values that are not cached', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join()
  t.equal(
    await askedBy(one, async () => {
      t.strictSame(await namesOf(one, 'a', 'none', 'B', 'a'), ['a', undefined, 'b', 'a'])
    }),
    'snapshot',
    'neither the shared cache nor the store once more',
  )
  t.equal(await askedBy(one, () => namesOf(one, 'b', 'a', 'none')), '', 'warm')
  t.equal(
    await askedBy(one, () => userByAddress(one, addressOf('a'))),
    '',
    'a single user is known by it',
  )
  await userByAddress(one, addressOf('c'))
  t.equal(await askedBy(one, () => namesOf(one, 'c')), '', 'and it knows single users')

  const ids = ['d', 'none', 'a'].map(userId)
  const byId = async () => (await readEach(one, 'user', ids)).map(user => user?.id)
  t.equal(
    await askedBy(one, async () => t.strictSame(await byId(), ['d', undefined, 'a'])),
    'snapshot',
  )
  t.equal(await askedBy(one, byId), '')

  const hashes = ['none', subscription.idHash]
  const found = () => readEach(one, 'subscription', hashes)
  t.equal(
    await askedBy(one, async () => t.match(await found(), [undefined, { idHash: 'a' }])),
    'snapshot',
  )
  t.equal(await askedBy(one, found), '')
  t.strictSame(await readEach(one, 'user', []), [])
})

t.test('R28 an absence that a batch found is cached for 5 s', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join()
  t.strictSame(await namesOf(one, 'a', 'new'), ['a', undefined])
  fleet.elapsed += 4_999
  t.equal(await askedBy(one, () => namesOf(one, 'a', 'new')), '')
  fleet.elapsed += 1
  t.equal(await askedBy(one, () => namesOf(one, 'a', 'new')), 'snapshot')
  await rename(fleet, 'new', 'there')
  await one.knowledge.announce(organization)
  t.strictSame(await namesOf(one, 'a', 'new'), ['a', 'there'], 'and not after it is there')
})

t.test('P5 values that change while a batch is read are read again', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join()
  one.store.hold('snapshot', 'answer')
  const reading = namesOf(one, 'a', 'b', 'none')
  await settle()
  await rename(fleet, 'a', 'changed')
  await one.knowledge.announce(organization)
  one.store.open()
  t.strictSame(await reading, ['changed', 'b', undefined])
  const asked = one.store.asked.filter(name => name === 'snapshot')
  t.equal(asked.length, 2)
  await rename(fleet, 'b', 'changed too')
  await one.knowledge.announce(organization)
  t.strictSame(await namesOf(one, 'a', 'b'), ['changed', 'changed too'], 'and after a change')
})

t.test('P6 a batch that keeps changing, fails, or is too late ends as busy', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join()
  one.store.hold('snapshot', 'answer')
  const restless = namesOf(one, 'a')
  for (let turn = 0; turn < 5; turn += 1) {
    await settle()
    await rename(fleet, 'a', `${turn}`)
    await one.knowledge.announce(organization)
    one.store.release(0)
  }
  await t.rejects(restless, BUSY)
  t.equal(one.store.asked.filter(name => name === 'snapshot').length, 5, 'after five reads')

  const late = namesOf(one, 'a')
  await settle()
  fleet.elapsed += MAX_AGE_MS
  await one.knowledge.tick()
  one.store.open()
  t.strictSame(await late, ['4'], 'an answer that is too old is not used')

  one.store.isCut = true
  await t.rejects(namesOf(one, 'c'), BUSY)
  t.strictSame(await namesOf(one, 'a'), ['4'], 'what is known is served')
  fleet.elapsed += MAX_AGE_MS
  await t.rejects(namesOf(one, 'a'), BUSY, 'but not permanently')
})
