/**
 * What every store must do when many users are read at once; a part of the suite.
 */

import type { Test } from 'tap'
import { type GroupId, groupId, type UserId, userId } from '../../src/model/identity.ts'
import { add, ceo, draft } from './drafts.ts'
import { elsewhere, organization } from './samples.ts'
import type { Open } from './suite.ts'

const MANY = 450

export async function userBatchSuite(t: Test, open: Open): Promise<void> {
  const store = await open(t)
  const people = Array.from({ length: MANY }, (_, n) => draft(`p${n}`, { id: userId(`u-${n}`) }))
  await add(
    store,
    ...people,
    { ...ceo, id: userId('u-ceo') },
    draft('gone', { id: userId('gone') }),
  )
  await store.deleteUser(organization, userId('gone'))
  const group: GroupId = groupId('g')
  const users = ['u-7', 'u-ceo', 'gone'].map(userId)
  await store.putGroup(organization, { id: group, name: 'Group', users, groups: [] })
  const one = (id: string) => store.user(organization, userId(id))
  const [boss, seven] = [await one('u-ceo'), await one('u-7')]
  t.ok(boss?.memberOf && seven?.memberOf)

  const addresses = (of: readonly string[]) => store.usersByAddress(organization, of)
  t.strictSame(
    await addresses(['Boss@example.com', 'none@example.com', 'CEO@example.com', 'p7@example.com']),
    [boss, undefined, boss, seven],
    'usersByAddress() compares folded, knows aliases and groups, and keeps the order',
  )
  t.strictSame(
    await addresses(['gone@example.com', 'ceo@corp.example.com', 'S-1-5-21-7', '']),
    [undefined, undefined, undefined, undefined],
    'usersByAddress() finds neither deleted users nor other names',
  )
  t.strictSame(await addresses([]), [])
  t.strictSame(await store.usersByAddress(elsewhere, ['p7@example.com']), [undefined])

  const byId = (of: readonly string[]) => store.usersById(organization, of.map(userId))
  t.strictSame(
    await byId(['u-ceo', 'none', 'gone', 'u-7', 'u-ceo', 'U-7']),
    [boss, undefined, undefined, seven, boss, undefined],
    'usersById() compares exactly, knows groups, and keeps the order',
  )
  t.strictSame(await byId([]), [])
  t.strictSame(await store.usersById(elsewhere, [userId('u-7')]), [undefined])

  const ids = people.map(({ id }) => id as UserId)
  const all = await store.usersById(organization, ids)
  t.strictSame(
    all.map(user => user?.id),
    ids,
    'many at once',
  )
  t.strictSame(await addresses(people.map(({ primarySmtpAddress }) => primarySmtpAddress)), all)
}
