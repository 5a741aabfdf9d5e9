/**
 * Tests reads of many users at once. Part of the suite.
 */

import type { Test } from 'tap'
import { byAddress, type GroupId, groupId, type UserId, userId } from '../../src/model/identity.ts'
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

  const addresses = (of: readonly string[], at = organization) =>
    store.snapshot(({ values }) => values(at, 'name', of.map(byAddress)))
  t.strictSame(
    await addresses(['Boss@example.com', 'none@example.com', 'CEO@example.com', 'p7@example.com']),
    [boss, undefined, boss, seven],
    'values() of names compares folded, knows aliases and groups, and keeps the order',
  )
  t.strictSame(
    await addresses([
      'gone@example.com',
      'ceo@corp.example.com',
      'S-1-5-21-7',
      '',
      'a\0b@example.com',
    ]),
    [undefined, undefined, undefined, undefined, undefined],
    'values() of names finds neither deleted users nor other names',
  )
  t.strictSame(await addresses([]), [])
  t.strictSame(await addresses(['p7@example.com'], elsewhere), [undefined])

  const byId = (of: readonly string[], at = organization) =>
    store.snapshot(({ values }) => values(at, 'user', of.map(userId)))
  t.strictSame(
    await byId(['u-ceo', 'none', 'gone', 'u-7', 'u-ceo', 'U-7']),
    [boss, undefined, undefined, seven, boss, undefined],
    'values() of users compares exactly, knows groups, and keeps the order',
  )
  t.strictSame(await byId([]), [])
  t.strictSame(await byId(['u-7'], elsewhere), [undefined])

  const ids = people.map(({ id }) => id as UserId)
  const all = await byId(ids)
  t.strictSame(
    all.map(user => user?.id),
    ids,
    'many at once',
  )
  t.strictSame(await addresses(people.map(({ primarySmtpAddress }) => primarySmtpAddress)), all)
}
