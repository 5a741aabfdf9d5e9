/**
 * Tests how a store handles groups. Part of the suite.
 */

import type { Test } from 'tap'
import type { Group } from '../../src/model/group.ts'
import { groupId, type Memberships, type UserId, userId } from '../../src/model/identity.ts'
import type { GroupDraft, Store } from '../../src/store/store.ts'
import { add, draft } from './drafts.ts'
import { elsewhere, organization } from './samples.ts'
import type { Open } from './suite.ts'

const [ALICE, BOB, CAROL] = ['u-alice', 'u-bob', 'u-carol'].map(userId) as [UserId, UserId, UserId]

/** Returns a group `name` with the ID `g-name` and members by their IDs. */
export const group = (name: string, ...members: readonly string[]): Group => ({
  id: groupId(`g-${name}`),
  name,
  users: members.filter(id => !id.startsWith('g-')).map(userId),
  groups: members.filter(id => id.startsWith('g-')).map(groupId),
})

const NO_MEMBERS = { users: [], groups: [] }

const importing = (store: Store, drafts: readonly GroupDraft[], deleteMissing = false) =>
  store.importGroups(organization, drafts, { dryRun: false, deleteMissing })

async function withUsers(store: Store): Promise<Store> {
  await add(store, ...[ALICE, BOB, CAROL].map(id => draft(id.slice(2), { id })))
  return store
}

/** By every way that reads a user. */
async function membershipsOf(t: Test, store: Store, id: UserId): Promise<Memberships | undefined> {
  const name = `${id.slice(2)}@example.com`
  const ways = [
    await store.user(organization, id),
    await store.userByName(organization, 'SmtpAddress', name),
    (await store.users(organization)).find(user => user.id === id),
    (await store.usersPage(organization, { limit: 10 })).find(user => user.id === id),
  ]
  for (const user of ways.slice(1)) t.strictSame(user, ways[0])
  const memberOf = ways[0]?.memberOf
  for (const one of [...(memberOf?.groups ?? []), ...(memberOf?.formerGroups ?? [])]) {
    const page = await store.usersPage(organization, { limit: 10, groups: [one] })
    const { groups, formerGroups } = page.find(user => user.id === id)?.memberOf ?? members([])
    t.equal(groups.includes(one), memberOf?.groups.includes(one), `${one}, if only it is asked for`)
    t.equal(formerGroups.includes(one), memberOf?.formerGroups.includes(one))
  }
  return memberOf
}

const members = (groups: string[], formerGroups: string[] = []) => ({
  groups: groups.map(groupId),
  formerGroups: formerGroups.map(groupId),
})

export async function groupSuite(t: Test, open: Open): Promise<void> {
  t.test('putGroup() creates and replaces, and keeps the version if nothing changes', async t => {
    const store = await withUsers(await open(t))
    const named = { name: 'Sales', primarySmtpAddress: 'Sales@example.com' }
    const put = async (draft: GroupDraft) => (await store.putGroup(organization, draft)).group
    const made = await put({ ...named, users: [BOB, ALICE], groups: [] })
    t.match(made.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4/)
    t.strictSame(made, { id: made.id, ...named, users: [ALICE, BOB], groups: [] })
    t.strictSame(await store.group(organization, made.id), made)
    t.equal(await store.group(elsewhere, made.id), undefined)

    const again = { ...made, users: [BOB, ALICE, BOB] }
    t.strictSame(await put(again), made)
    t.equal(await store.policyVersion(organization), 2)
    const other = { id: made.id, name: 'Selling', users: [CAROL], groups: [] }
    t.strictSame(await put(other), other)
    t.strictSame(await store.groups(organization), [{ id: made.id, name: 'Selling' }])
    t.equal(await store.policyVersion(organization), 3)
  })

  t.test(
    'groupUsers() lists users of one group by address, also unknown and deleted ones',
    async t => {
      const store = await withUsers(await open(t))
      const [gone, never] = [userId('u-gone'), userId('never')]
      await add(store, draft('Anton', { id: gone, displayName: 'Al Capone' }))
      await importing(store, [group('a', CAROL, BOB, never, gone, ALICE, 'g-b'), group('b', BOB)])
      await store.deleteUser(organization, gone)
      const seen: unknown[] = []
      let after: Awaited<ReturnType<Store['groupUsers']>>['next']
      do {
        const page = { limit: 2, ...(after && { after }) }
        const { members, total, next } = await store.groupUsers(
          organization,
          groupId('g-a'),
          '',
          page,
        )
        seen.push(members.map(({ id, user, deleted }) => [id, user?.primarySmtpAddress, deleted]))
        t.equal(total, 5)
        after = next
      } while (after)
      t.strictSame(seen, [
        [
          [ALICE, 'alice@example.com', false],
          [gone, 'Anton@example.com', true],
        ],
        [
          [BOB, 'bob@example.com', false],
          [CAROL, 'carol@example.com', false],
        ],
        [[never, undefined, false]],
      ])
      for (const [text, ids] of [
        ['BO', [BOB]],
        ['capone', []],
        ['a', [ALICE]],
        ['bob carol', []],
      ] as const) {
        const found = await store.groupUsers(organization, groupId('g-a'), text, { limit: 9 })
        t.strictSame([found.members.map(({ id }) => id), found.total], [ids, ids.length], text)
      }
      const none = await store.groupUsers(elsewhere, groupId('g-a'), '', { limit: 9 })
      t.strictSame(none, { members: [], total: 0 })
      t.strictSame(
        await store.countMembers(organization, ['g-a', 'g-b', 'g-x'].map(groupId)),
        new Map([
          ['g-a', { users: 5, groups: 1 }],
          ['g-b', { users: 1, groups: 0 }],
        ]),
      )
      const ids = ['g-a', 'g-b', 'g-x'].map(groupId)
      await store.deleteGroup(organization, groupId('g-b'))
      t.strictSame(await store.groupsById(organization, ids), [{ id: 'g-a', name: 'a' }])
      t.strictSame(await store.groupsById(elsewhere, ids), [])
      t.match(await store.group(organization, groupId('g-a')), { groups: ['g-b'] })
    },
  )

  t.test('groups are found by name, address and member', async t => {
    const store = await withUsers(await open(t))
    const sales = { ...group('Ünit', ALICE), primarySmtpAddress: 'all@example.com' }
    await importing(store, [sales, group('All@example.com', sales.id), group('b', ALICE)])
    const named = async (name: string) =>
      (await store.groupsNamed(organization, name)).map(({ id }) => id).sort()
    t.strictSame(await named('u\u0308NIT'), [sales.id])
    t.strictSame(await named('ALL@example.com'), ['g-All@example.com', sales.id])
    t.strictSame(await named('g-b'), [])
    t.strictSame(await store.groupsNamed(elsewhere, 'b'), [])
    const idsOf = (groups: readonly { id: string }[]) => groups.map(({ id }) => id)
    t.strictSame(idsOf(await store.groupsWith(organization, { kind: 'user', id: ALICE })), [
      'g-b',
      sales.id,
    ])
    t.strictSame(idsOf(await store.groupsWith(organization, { kind: 'group', id: sales.id })), [
      'g-All@example.com',
    ])
    t.strictSame(idsOf(await store.groupsWith(elsewhere, { kind: 'user', id: ALICE })), [])
  })

  t.test('a user is read with every direct and nested group', async t => {
    const store = await withUsers(await open(t))
    const [dave, eve] = ['u-dave', 'u-eve'].map(userId) as [UserId, UserId]
    await add(store, draft('dave', { id: dave }), draft('eve', { id: eve }))
    await importing(store, [
      group('in', ALICE),
      group('between', 'g-in'),
      group('out', 'g-between', 'g-in', BOB),
      group('circle-1', CAROL, 'g-circle-3'),
      group('circle-2', 'g-circle-1'),
      group('circle-3', 'g-circle-2', 'g-circle-3', dave),
      group('of-nobody', 'g-?'),
    ])
    for (const [user, expected] of [
      [ALICE, members(['g-between', 'g-in', 'g-out'])],
      [BOB, members(['g-out'])],
      [CAROL, members(['g-circle-1', 'g-circle-2', 'g-circle-3'])],
      [dave, members(['g-circle-1', 'g-circle-2', 'g-circle-3'])],
      [eve, undefined],
    ] as const)
      t.strictSame(await membershipsOf(t, store, user), expected, user)
  })

  t.test('an unknown member counts from when it is created', async t => {
    const store = await withUsers(await open(t))
    await importing(store, [group('a', 'u-dave'), group('b', 'g-c')])
    await importing(store, [group('c', ALICE)])
    await add(store, draft('dave', { id: userId('u-dave') }))
    t.strictSame(await membershipsOf(t, store, userId('u-dave')), members(['g-a']))
    t.strictSame(await membershipsOf(t, store, ALICE), members(['g-b', 'g-c']))
  })

  t.test('R3 a deleted group keeps its last members as former ones', async t => {
    const store = await withUsers(await open(t))
    const [inner, outer] = [group('in', ALICE), group('out', 'g-in', BOB)]
    await importing(store, [inner, outer, group('b', ALICE)])
    await store.deleteGroup(organization, groupId('g-?'))
    await store.deleteGroup(elsewhere, inner.id)
    t.equal(await store.policyVersion(organization), 2)

    await store.deleteGroup(organization, inner.id)
    await store.deleteGroup(organization, inner.id)
    t.equal(await store.policyVersion(organization), 3)
    t.equal(await store.group(organization, inner.id), undefined)
    t.strictSame(await store.groupsNamed(organization, 'in'), [])
    t.strictSame(await membershipsOf(t, store, ALICE), members(['g-b'], ['g-in', 'g-out']))
    t.strictSame(await membershipsOf(t, store, BOB), members(['g-out']))

    await importing(store, [group('out', ALICE, 'g-in')])
    t.strictSame(
      await membershipsOf(t, store, ALICE),
      members(['g-b', 'g-out'], ['g-in']),
      'what is live by one way is live',
    )
  })

  t.test('R3 a group that is created again has its ID, and the new members', async t => {
    const store = await withUsers(await open(t))
    const sales = { ...group('Sales', ALICE), primarySmtpAddress: 'sales@example.com' }
    for (const comeback of [
      { name: 'SALES', users: [BOB], groups: [] },
      { name: 'Other', primarySmtpAddress: 'SALES@example.com', users: [BOB], groups: [] },
      group('Sales', BOB),
    ]) {
      await importing(store, [sales])
      await importing(store, [], true)
      t.strictSame(await store.groups(organization), [])
      await t.rejects(
        importing(store, [{ ...comeback, id: groupId('g-new') }]),
        /stays with the deleted group Sales: only the id g-Sales can have it again/,
      )
      t.strictSame((await importing(store, [comeback])).created, [{ ...comeback, id: sales.id }])
      t.equal(await membershipsOf(t, store, ALICE), undefined)
      t.strictSame(await membershipsOf(t, store, BOB), members([sales.id]))
    }
  })

  t.test('importGroups() reports its changes, and a dry run changes nothing', async t => {
    const store = await withUsers(await open(t))
    await importing(store, [group('a', ALICE), group('b'), group('c')])
    const drafts = [group('a', BOB), group('b'), group('d')]
    for (const dryRun of [true, false]) {
      const plan = await store.importGroups(organization, drafts, { dryRun, deleteMissing: true })
      t.strictSame(plan, {
        created: [group('d')],
        updated: [group('a', BOB)],
        unchanged: 1,
        missing: [group('c')],
        members: [
          { groupId: groupId('g-d'), joined: NO_MEMBERS, left: NO_MEMBERS },
          {
            groupId: groupId('g-a'),
            joined: { users: [BOB], groups: [] },
            left: { users: [ALICE], groups: [] },
          },
          { groupId: groupId('g-c'), joined: NO_MEMBERS, left: NO_MEMBERS },
        ],
      })
      t.equal((await store.groups(organization)).length, 3)
    }
    t.equal(await store.policyVersion(organization), 3)
    t.strictSame((await importing(store, drafts)).unchanged, 3)
    t.equal((await importing(store, [])).missing.length, 3)
    t.equal(await store.policyVersion(organization), 3)
    const options = { dryRun: false, deleteMissing: true }
    t.equal((await store.importGroups(elsewhere, drafts, options)).created.length, 3)
  })

  t.test('importGroups() lets two groups exchange their names', async t => {
    const store = await open(t)
    const named = (id: string, name: string) => ({ ...group(id), name })
    await importing(store, [named('1', 'a'), named('2', 'b')])
    await importing(store, [named('1', 'B'), named('2', 'a')])
    t.strictSame(
      (await store.groups(organization)).map(({ id, name }) => [id, name]),
      [
        ['g-2', 'a'],
        ['g-1', 'B'],
      ],
    )
  })

  t.test('importGroups() rejects contradictions, and changes nothing', async t => {
    const store = await open(t)
    await importing(store, [{ ...group('staff'), primarySmtpAddress: 'staff@example.com' }])
    for (const [drafts, conflicts] of [
      [
        [group('x'), { ...group('y'), name: 'X' }],
        [
          [0, /another row has the name x/],
          [1, /another row has the name X/],
        ],
      ],
      [
        [group('x'), { ...group('x'), name: 'y' }],
        [
          [0, /is the group g-x/],
          [1, /is the group g-x/],
        ],
      ],
      [[{ ...group('x'), name: 'STAFF' }], [[0, /STAFF is already in use by the group staff/]]],
      [
        [group('fine'), { ...group('x'), primarySmtpAddress: 'STAFF@example.com' }],
        [[1, /the address STAFF@example.com is already in use by the group staff/]],
      ],
    ] as const)
      for (const dryRun of [true, false])
        await t.rejects(
          store.importGroups(organization, drafts, { dryRun, deleteMissing: false }),
          {
            name: 'ConflictError',
            conflicts: conflicts.map(([index, message]) => ({ index, message })),
          },
        )
    t.equal((await store.groups(organization)).length, 1)
    t.equal(await store.policyVersion(organization), 1)
  })

  t.test('concurrent putGroup() creates no group twice', async t => {
    const store = await open(t)
    const made = await Promise.all(
      [1, 2, 3].map(() => store.putGroup(organization, { name: 'a', users: [], groups: [] })),
    )
    t.equal(new Set(made.map(({ group }) => group.id)).size, 1)
    t.equal(await store.policyVersion(organization), 1)
  })

  t.test('putUser() and versions of users ignore memberships', async t => {
    const store = await withUsers(await open(t))
    await importing(store, [group('a', ALICE)])
    const after = { ...draft('alice', { id: ALICE }), displayName: 'A' }
    const written = await store.putUser(organization, after)
    t.strictSame(written, { ...after, enabled: true })
    t.strictSame(await membershipsOf(t, store, ALICE), members(['g-a']))
  })

  t.test('R3 a user who is created again is in their former groups', async t => {
    const store = await withUsers(await open(t))
    await importing(store, [group('a', ALICE)])
    await store.deleteUser(organization, ALICE)
    t.equal(await store.user(organization, ALICE), undefined)
    await add(store, draft('alice'))
    t.strictSame(await membershipsOf(t, store, ALICE), members(['g-a']))
  })
}
