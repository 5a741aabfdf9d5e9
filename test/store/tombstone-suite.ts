/**
 * Tests users who are deleted and created again. Part of the suite.
 */

import type { Test } from 'tap'
import { userId } from '../../src/model/identity.ts'
import { add, ceo, counts, draft, idOf, replaceAll } from './drafts.ts'
import { organization } from './samples.ts'
import type { Open } from './suite.ts'

export async function tombstoneSuite(t: Test, open: Open): Promise<void> {
  t.test('R3 a deleted user is not found by ID or name', async t => {
    const store = await open(t)
    await add(store, ceo, draft('alice'))
    const id = await idOf(store, 'ceo')
    t.strictSame(counts(await replaceAll(store, draft('alice'))), [0, 0, 1, 1])
    t.equal(await store.policyVersion(organization), 2)
    t.equal(await store.user(organization, id), undefined)
    t.equal(await store.userByName(organization, 'SmtpAddress', 'boss@example.com'), undefined)
    t.equal(await store.userByName(organization, 'SID', 'S-1-5-21-7'), undefined)
    t.equal((await store.users(organization)).length, 1)
  })

  t.test('R3 a user deleted long ago is not missing', async t => {
    const store = await open(t)
    await add(store, ceo)
    await replaceAll(store)
    t.strictSame(counts(await replaceAll(store)), [0, 0, 0, 0])
    t.equal(await store.policyVersion(organization), 2)
  })

  for (const [name, comeback] of [
    ['primary address', draft('CEO')],
    ['alias, now the primary address', draft('boss')],
    ['primary address, now an alias', draft('new', { aliases: ['ceo@example.com'] })],
    ['alias', draft('new', { aliases: ['boss@example.com'] })],
    ['principal name', draft('new', { principalName: 'ceo@CORP.example.com' })],
    ['SID', draft('new', { sid: 'S-1-5-21-7' })],
  ] as const) {
    t.test(`R3 a user who is created again by ${name} has the same ID`, async t => {
      const store = await open(t)
      await add(store, ceo)
      const id = await idOf(store, 'ceo')
      await replaceAll(store)

      const plan = await add(store, comeback)
      t.strictSame(plan.created, [{ ...comeback, id, enabled: true }])
      t.strictSame(await store.users(organization), plan.created)
      t.equal(await store.policyVersion(organization), 3)
    })
  }

  t.test('R3 a user who is created again by ID keeps it, under any name', async t => {
    const store = await open(t)
    await add(store, ceo)
    const id = await idOf(store, 'ceo')
    await replaceAll(store)
    await add(store, draft('new', { id }))
    t.equal(await idOf(store, 'new'), id)
  })

  for (const [contradiction, drafts, conflicts] of [
    [
      'one draft with the names of two deleted users',
      [draft('ceo', { aliases: ['bob@example.com'] })],
      [[0, /bob@example.com stays with the deleted user bob@example.com/]],
    ],
    [
      'two drafts with names of one deleted user',
      [draft('ceo'), draft('x', { sid: 'S-1-5-21-7' })],
      [
        [0, /is the user/],
        [1, /is the user/],
      ],
    ],
    [
      'a live user with the name of a deleted one',
      [draft('alice', { aliases: ['boss@example.com'] })],
      [[0, /boss@example.com stays with the deleted user ceo@example.com/]],
    ],
    [
      'a new id with the name of a deleted user',
      [draft('ceo', { id: userId('u-new') })],
      [[0, /ceo@example.com stays with the deleted user/]],
    ],
    [
      'the name of a user that the same import deletes',
      [draft('x', { aliases: ['alice@example.com'] })],
      [[0, /alice@example.com is already in use by alice@example.com/]],
    ],
  ] as const) {
    t.test(`R3 importUsers() rejects ${contradiction}`, async t => {
      const store = await open(t)
      await add(store, ceo, draft('bob'), draft('alice'))
      await replaceAll(store, draft('alice'))
      const error = await replaceAll(store, ...drafts).catch(error => error)
      t.match(error, {
        name: 'ConflictError',
        conflicts: conflicts.map(([index, message]) => ({ index, message })),
      })
      t.equal(error.conflicts.length, conflicts.length)
      t.equal(await store.policyVersion(organization), 2)
    })
  }
}
