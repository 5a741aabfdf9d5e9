/**
 * Tests roles that several people write, lock, and page through. Part of the suite.
 */

import type { Test } from 'tap'
import { roleId } from '../../src/model/role.ts'
import type { IdempotencyKey, Store } from '../../src/store/store.ts'
import { elsewhere, organization, role } from './samples.ts'
import type { Open } from './suite.ts'

const key: IdempotencyKey = { clientToken: 'token', fingerprint: 'f', expiresAt: 5000, atMost: 3 }

export async function roleChangeSuite(t: Test, open: Open): Promise<void> {
  lockSuite(t, open)
  revocationSuite(t, open)
  onceSuite(t, open)
  pageSuite(t, open)
}

function lockSuite(t: Test, open: Open) {
  for (const [how, lock] of [
    ['until it is unlocked', {}],
    ['with a message', { message: 'Ask <Ann>' }],
    ['for a time that is over', { message: 'Over', expiresAt: 1 }],
    ['with who locked it and when', { lockedAt: 2, lockedBy: { id: 'p', name: 'Admin' } }],
  ] as const) {
    t.test(`lockRole() locks ${how}, and unlocks`, async t => {
      let now = 1000
      const store = await open(t, () => now)
      const created = await store.putRole(role)

      now = 2000
      const locked = await store.lockRole(organization, role.id, lock)
      t.strictSame(locked, { ...created, lock, version: 2, modifiedAt: 2000 })
      t.strictSame(await store.role(organization, role.id), locked)
      t.strictSame(await store.roleByName(organization, role.name), locked)
      t.strictSame(await store.roles(organization), [locked])
      t.strictSame(await store.lockRole(organization, role.id, { ...lock }), locked, 'it is')

      const unlocked = await store.lockRole(organization, role.id, undefined)
      t.strictSame(unlocked, { ...created, version: 3, modifiedAt: 2000 })
      t.strictSame(await store.role(organization, role.id), unlocked)
      t.equal(await store.policyVersion(organization), 3)
    })
  }

  t.test('lockRole() ignores unknown roles and other organizations', async t => {
    const store = await open(t)
    await store.putRole(role)
    t.equal(await store.lockRole(organization, roleId('unknown'), {}), undefined)
    t.equal(await store.lockRole(elsewhere, role.id, {}), undefined)
    t.equal((await store.role(organization, role.id))?.lock, undefined)
    t.equal(await store.policyVersion(organization), 1)
    t.equal(await store.policyVersion(elsewhere), 0)
  })

  t.test('putRole() without a lock does not unlock; with a lock it sets it', async t => {
    const store = await open(t)
    await store.putRole(role)
    await store.lockRole(organization, role.id, { message: 'Stop' })
    const put = await store.putRole({ ...role, rules: [] })
    t.strictSame([put.lock, put.rules], [{ message: 'Stop' }, []])
    t.strictSame(await store.role(organization, role.id), put)

    const again = await store.putRole({ ...role, lock: { expiresAt: 9 } })
    t.strictSame(again.lock, { expiresAt: 9 })
    t.strictSame(await store.role(organization, role.id), again)
  })
}

function revocationSuite(t: Test, open: Open) {
  t.test('R16 revokeTokens() revokes the tokens up to its own version, each time', async t => {
    let now = 1000
    const store = await open(t, () => now)
    const created = await store.putRole(role)
    now = 2000
    for (const version of [2, 3]) {
      const revoked = await store.revokeTokens(organization, role.id)
      t.strictSame(revoked, { ...created, version, tokensValidFrom: version, modifiedAt: 2000 })
      t.strictSame(await store.role(organization, role.id), revoked)
      t.strictSame(await store.roleByName(organization, role.name), revoked)
      t.equal(await store.policyVersion(organization), version)
    }
    const changes = await store.changesSince(organization, 2)
    t.strictSame(changes[0]?.subjects, [`role:${role.id}`, `role-name:${role.name}`])
  })

  t.test('revokeTokens() changes no other role and no other organization', async t => {
    const store = await open(t)
    const other = await store.putRole({ ...role, id: roleId('other'), name: 'other' })
    t.equal(await store.revokeTokens(organization, role.id), undefined)
    t.equal(await store.revokeTokens(elsewhere, other.id), undefined)
    t.strictSame(await store.role(organization, other.id), other)
    t.equal(await store.policyVersion(organization), 1)
    t.equal(await store.policyVersion(elsewhere), 0)
  })

  t.test('R16 an edit and a lock neither undo nor extend a revocation', async t => {
    const store = await open(t)
    await store.putRole(role)
    await store.putRole({ ...role, description: 'two' })
    t.equal((await store.role(organization, role.id))?.tokensValidFrom, 1)
    await store.revokeTokens(organization, role.id)
    const edited = await store.putRole({ ...role, type: 'FULL_ACCESS' })
    t.match(edited, { version: 4, tokensValidFrom: 3 })
    const locked = await store.lockRole(organization, role.id, { message: 'Stop' })
    t.match(locked, { version: 5, tokensValidFrom: 3 })
    const revoked = await store.revokeTokens(organization, role.id)
    t.match(revoked, { version: 6, tokensValidFrom: 6, lock: { message: 'Stop' } })
    t.strictSame(await store.role(organization, role.id), revoked)
  })

  t.test('R16 a role that is created again with its ID has no earlier tokens', async t => {
    const store = await open(t)
    const first = await store.putRole(role)
    await store.deleteRole(organization, role.id)
    const again = await store.putRole(role)
    t.ok(again.tokensValidFrom > first.version)
    t.equal(again.tokensValidFrom, again.version)
  })
}

function onceSuite(t: Test, open: Open) {
  const retry = { ...role, id: roleId('retry') }

  for (const [since, run] of [
    ['nothing', async () => {}],
    ['a change of it', store => store.putRole({ ...role, name: 'renamed', rules: [] })],
    ['its deletion', store => store.deleteRole(organization, role.id)],
    [
      'another of its name',
      async store => {
        await store.deleteRole(organization, role.id)
        await store.putRole({ ...role, id: roleId('third') })
      },
    ],
  ] as readonly [string, (store: Store) => Promise<unknown>][]) {
    t.test(`createRole() repeated returns the role that it created, after ${since}`, async t => {
      const store = await open(t, () => 1000)
      t.equal(await store.createRole(role, key), role.id)
      await run(store)
      const [version, roles] = [await store.policyVersion(organization), await rolesIn(store)]

      t.equal(await store.createRole(retry, { ...key, expiresAt: 6000 }), role.id)
      t.strictSame(await rolesIn(store), roles)
      t.equal(await store.policyVersion(organization), version)
    })
  }

  t.test('createRole() sets the version and times of the role', async t => {
    const store = await open(t, () => 1000)
    await store.createRole(role, key)
    t.strictSame(await store.role(organization, role.id), {
      ...role,
      version: 1,
      tokensValidFrom: 1,
      createdAt: 1000,
      modifiedAt: 1000,
    })
  })

  t.test('concurrent createRole() with one token creates one role', async t => {
    const store = await open(t, () => 1000)
    const ids = ['a', 'b', 'c', 'd', 'e'].map(roleId)
    const made = await Promise.all(ids.map(id => store.createRole({ ...role, id }, key)))
    t.equal(new Set(made).size, 1)
    t.strictSame(await rolesIn(store), [made[0]])
    t.equal(await store.policyVersion(organization), 1)
  })

  t.test('createRole() rejects a token with other input, and changes nothing', async t => {
    const store = await open(t, () => 1000)
    await store.createRole(role, key)
    const other = store.createRole({ ...retry, name: 'other' }, { ...key, fingerprint: 'F' })
    await t.rejects(other, { name: 'ClientTokenReused' })
    t.strictSame(await rolesIn(store), [role.id])
    t.equal(await store.policyVersion(organization), 1)
  })

  t.test('createRole() separates tokens and organizations', async t => {
    const store = await open(t, () => 1000)
    await store.createRole(role, key)
    const upper = { ...key, clientToken: 'TOKEN' }
    t.equal(await store.createRole({ ...retry, name: 'other' }, upper), retry.id)
    t.equal(await store.createRole({ ...retry, organizationId: elsewhere }, key), retry.id)
  })

  for (const [at, id] of [
    [4999, role.id],
    [5000, retry.id],
  ] as const) {
    t.test(`createRole() at ${at} with a token that expires at 5000 returns ${id}`, async t => {
      let now = 1000
      const store = await open(t, () => now)
      await store.createRole(role, key)
      now = at
      const made = await store.createRole({ ...retry, name: 'other' }, { ...key, expiresAt: 9000 })
      t.equal(made, id)
      t.equal((await rolesIn(store)).length, id === role.id ? 1 : 2)
    })
  }

  t.test('createRole() creates no more roles than the limit, even concurrently', async t => {
    const store = await open(t, () => 1000)
    const names = ['a', 'b', 'c', 'd', 'e']
    const outcomes = await Promise.allSettled(
      names.map(name =>
        store.createRole({ ...role, id: roleId(name), name }, { ...key, clientToken: name }),
      ),
    )
    const made = names.filter((_, n) => outcomes[n]?.status === 'fulfilled')
    t.equal(made.length, 3)
    t.equal((await rolesIn(store)).length, 3)
    const more = store.createRole(retry, { ...key, clientToken: 'f' })
    await t.rejects(more, { name: 'LimitReached', message: /3 roles already/ })
    for (const name of made)
      t.equal(await store.createRole(retry, { ...key, clientToken: name }), name, 'made before')
  })

  t.test('createRole() that fails leaves the token unused', async t => {
    const store = await open(t, () => 1000)
    await store.putRole(role)
    await t.rejects(store.createRole(retry, key), {
      name: 'ConflictError',
      message: /has the name/,
    })
    const named = { ...role, name: 'other' }
    await t.rejects(store.createRole(named, key), { name: 'ConflictError', message: role.id })
    t.equal(await store.createRole({ ...retry, name: 'other' }, key), retry.id)
    t.equal(await store.policyVersion(organization), 2)
  })
}

function pageSuite(t: Test, open: Open) {
  t.test('rolesPage() returns every role once, in pages of any size', async t => {
    const store = await open(t)
    const ids = Array.from({ length: 7 }, (_, n) => roleId(`role-${n}`))
    for (const id of ids) await store.putRole({ ...role, id, name: `name ${9 - ids.indexOf(id)}` })
    await store.putRole({ ...role, organizationId: elsewhere })
    t.equal(await store.countRoles(organization), 7)

    for (const limit of [1, 2, 3, 7, 8]) {
      const pages = await allPages(store, limit)
      t.strictSame(pages.flat(), ids, `in order of ids, ${limit} at a time`)
      t.ok(pages.every(page => page.length <= limit))
    }
  })

  t.test('rolesPage() keeps its position during concurrent writes', async t => {
    const store = await open(t)
    for (const id of ['b', 'd', 'f', 'h'])
      await store.putRole({ ...role, id: roleId(id), name: id })
    const first = await store.rolesPage(organization, { limit: 2 })
    t.strictSame(
      first.map(({ id }) => id),
      ['b', 'd'],
    )
    await store.putRole({ ...role, id: roleId('a'), name: 'a' })
    await store.putRole({ ...role, id: roleId('g'), name: 'g' })
    await store.putRole({ ...role, id: roleId('f'), name: 'A now' })
    await store.deleteRole(organization, roleId('d'))
    const second = await store.rolesPage(organization, { after: roleId('d'), limit: 9 })
    t.strictSame(
      second.map(({ id }) => id),
      ['f', 'g', 'h'],
    )
  })

  t.test('countRoles() is 0 without a role', async t => {
    const store = await open(t)
    t.equal(await store.countRoles(organization), 0)
    t.strictSame(await store.rolesPage(organization, { limit: 5 }), [])
  })
}

const rolesIn = async (store: Store) => (await store.roles(organization)).map(({ id }) => id)

async function allPages(store: Store, limit: number) {
  const pages = []
  let after = {}
  for (;;) {
    const page = await store.rolesPage(organization, { ...after, limit })
    const last = page.at(-1)
    if (last === undefined) return pages
    pages.push(page.map(({ id }) => id))
    after = { after: last.id }
  }
}
