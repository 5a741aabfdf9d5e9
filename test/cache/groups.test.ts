/**
 * A change of a group reaches everybody who reads its members, be they in it through others.
 */

import t from 'tap'
import type { Group } from '../../src/model/group.ts'
import { groupId, userId } from '../../src/model/identity.ts'
import type { Store } from '../../src/store/store.ts'
import { add, draft } from '../store/drafts.ts'
import { group } from '../store/group-suite.ts'
import { organization } from '../store/samples.ts'
import { askedBy, Fleet, type Member, userByAddress } from './fleet.ts'
import { settle } from './parts.ts'

const ALICE = userId('u-alice')
const [INNER, OUTER, WITHOUT] = [group('in', ALICE), group('out', 'g-in'), group('out')]

const put = (store: Store, made: Group) => store.putGroup(organization, made)

/** Alice is in the outer group by the inner one. */
async function fleetOf(t: Parameters<typeof Fleet.open>[0]) {
  const fleet = await Fleet.open(t)
  await add(fleet.store, draft('alice', { id: ALICE }), draft('bob'))
  await put(fleet.store, INNER)
  await put(fleet.store, OUTER)
  return fleet
}

/** Returns the groups that she is a member of now, by ID and by name. */
async function groupsOf(member: Member) {
  const users = [
    await member.knowledge.read(organization, 'user', ALICE),
    await userByAddress(member, 'alice@example.com'),
  ]
  return users.map(user => user?.memberOf?.groups.join(' '))
}
const twice = (groups: string | undefined) => [groups, groups]

const changes: readonly (readonly [
  what: string,
  change: (store: Store) => Promise<unknown>,
  left: string | undefined,
])[] = [
  ['a member leaves the inner group', store => put(store, group('in')), undefined],
  ['the inner group leaves the outer one', store => put(store, WITHOUT), 'g-in'],
  ['the inner group is deleted', store => store.deleteGroup(organization, INNER.id), ''],
  [
    'an import says so',
    store =>
      store.importGroups(organization, [INNER, WITHOUT], { dryRun: false, deleteMissing: true }),
    'g-in',
  ],
  ['another group takes it in', store => put(store, group('more', 'g-out')), 'g-in g-more g-out'],
]

for (const [what, change, left] of changes) {
  t.test(`P5 ${what}: every gateway knows it`, async t => {
    const fleet = await fleetOf(t)
    const [one, two, deaf] = [
      await fleet.join(),
      await fleet.join(),
      await fleet.join({ isDeaf: true }),
    ]
    for (const member of [one, two, deaf]) t.strictSame(await groupsOf(member), twice('g-in g-out'))
    await change(fleet.store)
    await one.knowledge.announce(organization)
    await settle()
    for (const member of [one, two]) t.strictSame(await groupsOf(member), twice(left), 'at once')
    t.strictSame(await groupsOf(deaf), twice('g-in g-out'), 'but not a gateway without messages')
    await deaf.knowledge.tick()
    t.strictSame(await groupsOf(deaf), twice(left), 'R27 which looks itself')
  })

  for (const [gate, side] of [
    ['store', 'answer'],
    ['store', 'request'],
    ['cache', 'answer'],
  ] as const)
    t.test(`P5 ${what} while she is read, and the ${side} of the ${gate} is late`, async t => {
      const fleet = await fleetOf(t)
      const [one, late] = [await fleet.join(), await fleet.join()]
      if (gate === 'cache') await groupsOf(one)
      late[gate].hold(gate === 'cache' ? 'get' : 'snapshot', side)
      const asked = groupsOf(late)
      await settle()
      await change(fleet.store)
      await one.knowledge.announce(organization)
      await settle()
      late[gate].open()
      t.strictSame(await asked, twice(left))
      t.strictSame(await groupsOf(late), twice(left), 'and afterwards')
    })
}

t.test('members of other groups stay cached, and no cached user is read again', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join()
  const bob = () => userByAddress(one, 'bob@example.com')
  await groupsOf(one)
  await bob()
  t.equal(await askedBy(one, () => groupsOf(one)), '', 'her groups are in her entry')
  await fleet.store.deleteGroup(organization, groupId('g-out'))
  await one.knowledge.announce(organization)
  t.equal(await askedBy(one, bob), '', 'Bob is in none of them')
  t.match(await askedBy(one, () => groupsOf(one)), 'snapshot')
})
