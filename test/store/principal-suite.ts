/**
 * Tests how a store handles principals and keys. Part of the suite.
 */

import type { Test } from 'tap'
import { accessKeyId, principalId } from '../../src/model/principal.ts'
import { ConflictError } from '../../src/store/store.ts'
import { draft } from './drafts.ts'
import { elsewhere, key, organization, principal, role } from './samples.ts'
import type { Open } from './suite.ts'

export async function principalSuite(t: Test, open: Open): Promise<void> {
  t.test('credential() reads a key with its principal', async t => {
    const store = await open(t)
    await store.putPrincipal(principal)
    await store.putKey(key)
    t.strictSame(await store.credential(key.id), { key, principal })
    t.equal(await store.policyVersion(organization), 2)
  })

  t.test('periods of principals and keys are stored, and removed', async t => {
    const store = await open(t)
    const limited = { ...principal, notBefore: 1, notAfter: 1_900_000_000_000 }
    const limitedKey = { ...key, notBefore: 2, expiresAt: 1_800_000_000_000 }
    await store.putPrincipal(limited)
    await store.putKey(limitedKey)
    const credential = { key: limitedKey, principal: limited }
    t.strictSame(await store.credential(key.id), credential)
    t.strictSame(await store.principals(organization), [limited])
    t.strictSame(await store.keysOf(organization, principal.id), [limitedKey])
    await store.putPrincipal(principal)
    await store.putKey(key)
    t.strictSame(await store.credential(key.id), { key, principal })
    t.equal(await store.policyVersion(organization), 4, 'each is a change')
  })

  t.test('addTool() adds a principal and its key, both or none', async t => {
    const store = await open(t)
    await store.addTool(principal, key)
    t.strictSame(await store.credential(key.id), { key, principal })
    t.equal(await store.policyVersion(organization), 1)
    t.strictSame((await store.changesSince(organization, 0))[0]?.subjects, [`credential:${key.id}`])

    const id = principalId('2b1c9c0c-6f3a-4b1e-8a55-1f0f7c9b2b02')
    const other = { ...principal, id, name: 'Other' }
    await t.rejects(store.addTool(other, key), ConflictError)
    await t.rejects(store.addTool(other, { ...key, principalId: other.id }), 'the id is taken')
    t.equal(await store.principal(organization, other.id), undefined)
    t.equal(await store.policyVersion(organization), 1)
  })

  t.test('counts() counts the objects of an organization', async t => {
    const store = await open(t)
    t.strictSame(await store.counts(organization), { roles: 0, users: 0, principals: 0 })
    await store.addTool(principal, key)
    await store.putRole(role)
    await store.putUser(organization, draft('a'))
    const { id } = await store.putUser(organization, draft('b'))
    await store.deleteUser(organization, id)
    t.strictSame(await store.counts(organization), { roles: 1, users: 1, principals: 1 })
    t.strictSame(await store.counts(elsewhere), { roles: 0, users: 0, principals: 0 })
  })

  t.test('credential() distinguishes IDs by case', async t => {
    const store = await open(t)
    await store.putPrincipal(principal)
    await store.putKey(key)
    t.equal(await store.credential(accessKeyId(key.id.toLowerCase())), undefined)
  })

  t.test('putPrincipal() and putKey() replace the whole object', async t => {
    const store = await open(t)
    await store.putPrincipal(principal)
    await store.putKey({ ...key, expiresAt: 5 })
    const [disabled, other] = [
      {
        ...key,
        enabled: false,
        extendedProtection: 'require',
        sealedSecret: new Uint8Array([9]),
      } as const,
      { ...principal, enabled: false, name: 'Other' },
    ]
    await store.putPrincipal(other)
    await store.putKey(disabled)
    t.strictSame(await store.credential(key.id), { key: disabled, principal: other })
    t.equal(await store.policyVersion(organization), 4)
  })

  t.test('putPrincipal() and putKey() keep the version if nothing changes', async t => {
    const store = await open(t)
    for (let n = 0; n < 2; n += 1) {
      await store.putPrincipal(structuredClone(principal))
      await store.putKey(structuredClone(key))
    }
    t.equal(await store.policyVersion(organization), 2)
  })

  t.test('putPrincipal() rejects an ID of another organization', async t => {
    const store = await open(t)
    await store.putPrincipal(principal)
    await t.rejects(store.putPrincipal({ ...principal, organizationId: elsewhere }), ConflictError)
    t.equal(await store.policyVersion(elsewhere), 0)
  })

  t.test('putKey() allows a principal at most two keys', async t => {
    const store = await open(t)
    const [second, third] = ['AKIAAAAAAAAAAAAAAAAB', 'AKIAAAAAAAAAAAAAAAAC'].map(accessKeyId)
    await store.putPrincipal(principal)
    await store.putKey(key)
    await store.putKey({ ...key, id: second ?? key.id })
    await t.rejects(store.putKey({ ...key, id: third ?? key.id }), {
      name: 'ConflictError',
      message: /2 access keys already: delete one first/,
    })
    await store.putKey({ ...key, enabled: false })
    await store.deleteKey(organization, key.id)
    await store.putKey({ ...key, id: third ?? key.id })
    t.equal(await store.policyVersion(organization), 6)
  })

  t.test('putKey() rejects a key of another or an unknown principal', async t => {
    const store = await open(t)
    const id = principalId('5d0f6e52-0c35-4c1c-8a5d-64b0f3d2c002')
    const other = { ...principal, id, name: 'Other' }
    await store.putPrincipal(principal)
    await store.putPrincipal(other)
    await store.putKey(key)
    await t.rejects(store.putKey({ ...key, principalId: other.id }), ConflictError)
    await t.rejects(store.putKey({ ...key, principalId: principalId('x') }), ConflictError)
    t.strictSame(await store.credential(key.id), { key, principal })
  })

  t.test('deletePrincipal() deletes its keys', async t => {
    const store = await open(t)
    await store.putPrincipal(principal)
    await store.putKey(key)
    await store.deletePrincipal(organization, principal.id)
    t.equal(await store.credential(key.id), undefined)
    t.equal(await store.policyVersion(organization), 3)

    await store.putPrincipal(principal)
    t.equal(await store.credential(key.id), undefined, 'and they do not come back')
  })

  t.test('deletePrincipal() and deleteKey() change no other organization', async t => {
    const store = await open(t)
    await store.putPrincipal(principal)
    await store.putKey(key)
    await store.deleteKey(elsewhere, key.id)
    await store.deletePrincipal(elsewhere, principal.id)
    t.strictSame(await store.credential(key.id), { key, principal })
    t.equal(await store.policyVersion(elsewhere), 0)
    t.equal(await store.policyVersion(organization), 2)

    await store.deleteKey(organization, key.id)
    t.equal(await store.credential(key.id), undefined)
    t.equal(await store.policyVersion(organization), 3)
  })

  t.test('principals() sorts by name; principal() returns those of its organization', async t => {
    const store = await open(t)
    t.strictSame(await store.principals(organization), [])
    const [b, a, upper] = ['b', 'a', 'C'].map((name, n) => ({
      ...principal,
      id: principalId(`p-${n}`),
      name,
    }))
    for (const one of [b, a, upper]) await store.putPrincipal(one ?? principal)
    await store.putPrincipal({ ...principal, organizationId: elsewhere })
    t.strictSame(await store.principals(organization), [upper, a, b])
    t.strictSame(await store.principal(organization, principalId('p-0')), b)
    t.equal(await store.principal(elsewhere, principalId('p-0')), undefined)
    t.equal(await store.principal(organization, principal.id), undefined)
  })

  t.test('putPrincipal() and addTool() reject the name of another principal', async t => {
    const store = await open(t)
    await store.putPrincipal({ ...principal, name: 'Caf\u00e9' })
    const id = principalId('p-2')
    const message = /Another principal has the name "Caf\u00e9" already/
    for (const name of ['Caf\u00e9', 'CAF\u00c9', ' cafe\u0301\u00a0']) {
      const other = { ...principal, id, name }
      await t.rejects(store.putPrincipal(other), { name: 'ConflictError', message }, name)
      const taken = store.addTool(other, { ...key, principalId: id })
      await t.rejects(taken, { name: 'ConflictError', message }, name)
    }
    t.equal(await store.policyVersion(organization), 1)

    const there = { ...principal, id, organizationId: elsewhere, name: 'caf\u00e9' }
    await store.putPrincipal(there)
    await store.putPrincipal({ ...principal, name: 'CAFE\u0301' })
    await store.putPrincipal({ ...principal, name: 'Other' })
    await store.putPrincipal({ ...principal, id: principalId('p-3'), name: 'CAFE' })
    const free = { ...principal, id: principalId('p-4'), name: 'Caf\u00e9' }
    await store.addTool(free, { ...key, principalId: free.id })
    t.equal((await store.principals(organization)).length, 3)
  })

  t.test('keysOf() returns the keys of one principal, the oldest first', async t => {
    const store = await open(t)
    const older = {
      ...key,
      id: accessKeyId('AKIAAAAAAAAAAAAAAAAZ'),
      createdAt: 5,
      lastUsedAt: 7,
      expiresAt: 9,
    }
    await store.putPrincipal(principal)
    t.strictSame(await store.keysOf(organization, principal.id), [])
    await store.putKey(key)
    await store.putKey(older)
    t.strictSame(await store.keysOf(organization, principal.id), [older, key])
    t.strictSame(await store.keysOf(elsewhere, principal.id), [])
    t.strictSame(await store.keys(organization), [older, key])
    t.strictSame(await store.keys(elsewhere), [])
    t.strictSame(await store.keysOf(organization, principalId('unknown')), [])
  })

  t.test('keyUsed() records the minute, never an earlier one, and keeps the version', async t => {
    const store = await open(t)
    await store.putPrincipal(principal)
    await store.putKey(key)
    for (const [at, lastUsedAt] of [
      [100_000, 100_000],
      [159_999, 100_000],
      [160_000, 160_000],
      [30_000, 160_000],
    ] as const) {
      await store.keyUsed(key.id, at)
      t.strictSame((await store.credential(key.id))?.key, { ...key, lastUsedAt }, `at ${at}`)
    }
    await store.keyUsed(accessKeyId('AKIAAAAAAAAAAAAAAAAC'), 1)
    t.equal(await store.policyVersion(organization), 2)
  })

  t.test('putKey() does not change the time of use', async t => {
    const store = await open(t)
    await store.putPrincipal(principal)
    await store.putKey(key)
    await store.keyUsed(key.id, 100_000)
    await store.putKey(key)
    t.equal(await store.policyVersion(organization), 2, 'nothing changed')

    for (const more of [{}, { lastUsedAt: 5 }]) {
      const enabled = more.lastUsedAt === undefined ? false : key.enabled
      await store.putKey({ ...key, ...more, enabled })
      const used = { ...key, enabled, lastUsedAt: 100_000 }
      t.strictSame(await store.keysOf(organization, principal.id), [used])
    }
  })
}
