import t from 'tap'
import { membersOf } from '../../src/directory/ldap-groups.ts'
import { groupId } from '../../src/model/identity.ts'
import type { Store } from '../../src/store/store.ts'
import { noSlapd } from '../kit/services/slapd.ts'
import { now, ORGANIZATION, startCopying } from './copying.ts'
import { dnOf, idOf, ldifOf, PEOPLE, people, person } from './people.ts'

const alice = person('alice', 1)
const bob = person('bob', 2)
const GROUPS = [
  { name: 'Staff', number: 101, members: ['Sales', 'alice'] },
  { name: 'Sales', number: 102, members: ['bob', 'Staff'], mail: 'sales@example.com' },
  { name: 'Empty', number: 103, members: [] },
]
const of = (number: number) => groupId(idOf(number))
/** Entries of the groups, without the entry of their folder. */
const groups = ldifOf([], GROUPS).slice(ldifOf([]).length)

const groupsOf = async (store: Store, number: number) =>
  (await store.user(ORGANIZATION, idOf(number)))?.memberOf?.groups.toSorted()

t.test('groups have direct and nested members of the directory', { skip: noSlapd }, async t => {
  const { sync, store, writer } = await startCopying(t, [alice, bob, ...people(20)], {
    ldif: groups,
  })
  const first = await sync.synchronize(now)
  t.match(first, { outcome: 'done', groups: { created: { length: 3 } }, unfit: [] })
  t.strictSame(await store.group(ORGANIZATION, of(102)), {
    id: of(102),
    name: 'Sales',
    primarySmtpAddress: 'sales@example.com',
    users: [idOf(2)],
    groups: [of(101)],
  })
  t.strictSame(
    await groupsOf(store, 1),
    [of(101), of(102)],
    'Staff is in Sales, and Sales in Staff',
  )
  const { groups: again } = await sync.synchronize(now)
  t.match(again, { created: [], updated: [], removed: [], unchanged: 3 })

  await writer.change({ name: 'Sales' }, { member: [dnOf(alice)] })
  await writer.change({ name: 'Staff' }, { member: [dnOf(bob)] })
  await writer.remove({ name: 'Empty' })
  t.match((await sync.synchronize(now)).groups, {
    updated: { length: 2 },
    removed: [{ name: 'Empty' }],
  })
  t.strictSame([await groupsOf(store, 1), await groupsOf(store, 2)], [[of(102)], [of(101)]])
})

t.test(
  'a new user is in their groups at once, and a removed user until they are deleted',
  { skip: noSlapd },
  async t => {
    const { sync, store, writer } = await startCopying(t, [alice, bob, ...people(20)], {
      ldif: groups,
    })
    await sync.synchronize(now)
    await writer.add(person('carol', 3))
    await writer.change({ name: 'Staff' }, { member: [dnOf({ name: 'carol' })] })
    await writer.remove(alice)
    await sync.synchronize(now)
    t.strictSame(await groupsOf(store, 3), [of(101), of(102)])

    await writer.add({ ...alice })
    await sync.synchronize(now)
    t.equal(await groupsOf(store, 1), undefined, 'she is back, and in no group')
  },
)

t.test(
  'a group that is created again is the same, and a duplicate name belongs to one group',
  { skip: noSlapd },
  async t => {
    const { sync, store, writer } = await startCopying(t, [alice, bob, ...people(20)], {
      ldif: groups,
    })
    await sync.synchronize(now)
    await writer.remove({ name: 'Sales' })
    await writer.addGroup({ name: 'sales', number: 202, members: ['alice'] })
    await writer.change({ name: 'Staff' }, { member: [dnOf({ name: 'sales' })] })
    await sync.synchronize(now)
    t.match(await store.group(ORGANIZATION, of(102)), { name: 'sales', users: [idOf(1)] })
    t.match(await store.group(ORGANIZATION, of(101)), { groups: [of(102)] })
    t.match((await sync.synchronize(now)).groups, { unchanged: 3 })

    await writer.change({ name: 'Staff' }, { mail: ['all@example.com'] })
    await writer.addGroup({ name: 'Everybody', number: 203, members: [], mail: 'ALL@example.com' })
    const result = await sync.synchronize(now)
    t.match(result.unfit.map(({ who, problem }) => `${who}: ${problem}`).toSorted(), [
      'the group Everybody: another group has the address ALL@example.com too',
      'the group Staff: another group has the address all@example.com too',
    ])
    const addressed = (await store.groups(ORGANIZATION)).filter(group => group.primarySmtpAddress)
    t.strictSame(addressed, [], 'neither has it')
    t.match(result.groups, { created: [{ name: 'Everybody' }] }, 'both are groups all the same')
  },
)

t.test('membersOf() reads a group whose members a server returns in parts', async t => {
  const dn = `cn=Large,${PEOPLE}`
  const asked: string[] = []
  const parts: Record<string, readonly string[]> = {
    'member;range=2-3': ['c', 'd'],
    'member;range=4-*': ['e'],
  }
  const more = async (_: string, attribute: string) => {
    asked.push(attribute)
    const found = Object.keys(parts).find(name => name.startsWith(attribute.replace('*', '')))
    return { dn, [found ?? '']: parts[found ?? ''] ?? [] }
  }
  const entry = { dn, member: [], 'member;range=0-1': ['a', 'b'] }
  t.strictSame(await membersOf(entry, more), ['a', 'b', 'c', 'd', 'e'])
  t.strictSame(asked, ['member;range=2-*', 'member;range=4-*'])
  t.strictSame(await membersOf({ dn, member: 'a' }, more), ['a'])
  await t.rejects(
    membersOf(entry, async () => undefined),
    { name: 'DirectoryError' },
  )
})
