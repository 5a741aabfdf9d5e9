/**
 * Tests how a store handles roles. Part of the suite.
 */

import type { Test } from 'tap'
import { userId } from '../../src/model/identity.ts'
import { roleId } from '../../src/model/role.ts'
import { elsewhere, organization, role } from './samples.ts'
import type { Open } from './suite.ts'

export async function roleSuite(t: Test, open: Open): Promise<void> {
  t.test('putRole() sets the version and times of the role', async t => {
    let now = 1000
    const store = await open(t, () => now)
    const created = {
      ...role,
      version: 1,
      tokensValidFrom: 1,
      createdAt: 1000,
      modifiedAt: 1000,
    }
    t.strictSame(await store.putRole(role), created)
    t.strictSame(await store.role(organization, role.id), created)

    now = 2000
    const profile = { name: 'export-only', deniedOperations: ['Subscribe'] } as const
    const draft = { ...role, description: 'All of it', rules: [], profile }
    const replaced = { ...created, ...draft, version: 2, modifiedAt: 2000 }
    t.strictSame(await store.putRole(draft), replaced)
    t.strictSame(await store.role(organization, role.id), replaced)
    t.equal(await store.policyVersion(organization), 2)
  })

  t.test('putRole() stores periods of the role and of its rules, and removes them', async t => {
    const store = await open(t)
    const rules = [
      { id: 'r', effect: 'ALLOW', notBefore: 1, notAfter: 2, temporary: true },
    ] as const
    const limited = { ...role, rules, notBefore: 3, notAfter: 1_900_000_000_000 }
    const {
      version: _,
      tokensValidFrom: __,
      createdAt,
      modifiedAt,
      ...stored
    } = await store.putRole(limited)
    t.strictSame(stored, limited)
    t.match(await store.role(organization, role.id), limited)
    t.match(await store.lockRole(organization, role.id, {}), limited, 'a lock keeps them')
    t.match(await store.revokeTokens(organization, role.id), limited)
    await store.putRole(role)
    t.notMatch(await store.role(organization, role.id), { notAfter: Number })
  })

  t.test('putRole() keeps the version if nothing changes', async t => {
    let now = 1000
    const store = await open(t, () => now++)
    const created = await store.putRole(role)
    t.strictSame(await store.putRole({ ...role }), created)
    t.equal(await store.policyVersion(organization), 1)
  })

  for (const [taken, name, conflicts] of [
    ['backup', 'backup', true],
    ['backup', 'BackUp', true],
    ['Ärzte', 'a\u0308RZTE', true],
    ['ΣΙΣΥΦΟΣ', 'σισυφοσ', false], // a final sigma is another letter in lower case
    ['backup', 'backup ', false],
  ] as const) {
    const verb = conflicts ? 'refuses' : 'takes'
    t.test(`putRole() ${verb} ${JSON.stringify(name)} beside ${taken}`, async t => {
      const store = await open(t)
      await store.putRole({ ...role, name: taken })
      const other = store.putRole({ ...role, id: roleId('other'), name })

      if (conflicts) await t.rejects(other, { name: 'ConflictError', conflicts: [{ index: 0 }] })
      else t.equal((await other).name, name)
      t.equal((await store.roleByName(organization, name))?.name, conflicts ? taken : name)
      t.equal(await store.policyVersion(organization), conflicts ? 1 : 2)
    })
  }

  t.test('putRole() lets a role keep a name, change its case, or give it up', async t => {
    const store = await open(t)
    await store.putRole(role)
    await store.putRole({ ...role, name: 'BACKUP' })
    await store.putRole({ ...role, name: 'archive' })
    await store.putRole({ ...role, id: roleId('other') })
    t.strictSame(
      (await store.roles(organization)).map(({ name }) => name),
      ['archive', 'backup'],
    )
  })

  t.test('role() and roleByName() return undefined for any unknown text', async t => {
    const store = await open(t)
    for (const text of ['', '\0', 'a\0b', '\ud800', "'; --", '%', 'x'.repeat(100_000)]) {
      t.equal(await store.role(organization, roleId(text)), undefined)
      t.equal(await store.roleByName(organization, text), undefined)
    }
  })

  t.test('role() distinguishes IDs by case and organization', async t => {
    const store = await open(t)
    await store.putRole({ ...role, id: roleId('role-a') })
    await store.putRole({ ...role, id: roleId('role-A'), name: 'other' })
    await store.putRole({ ...role, id: roleId('role-a'), organizationId: elsewhere })

    t.equal((await store.role(organization, roleId('role-a')))?.name, 'backup')
    t.equal((await store.role(organization, roleId('role-A')))?.name, 'other')
    t.equal(await store.role(elsewhere, roleId('role-A')), undefined)
    t.equal(await store.roleByName(elsewhere, 'other'), undefined)
  })

  t.test('roles() sorts by name, ignoring case', async t => {
    const store = await open(t)
    for (const name of ['b', 'Ä', 'C', 'a']) {
      await store.putRole({ ...role, id: roleId(name), name })
    }
    t.strictSame(
      (await store.roles(organization)).map(({ name }) => name),
      ['a', 'b', 'C', 'Ä'],
    )
  })

  t.test('deleteRole() deletes only a role of its organization', async t => {
    const store = await open(t)
    await store.putRole(role)
    await store.deleteRole(organization, roleId('unknown'))
    await store.deleteRole(elsewhere, role.id)
    t.equal(await store.policyVersion(organization), 1)
    t.equal(await store.policyVersion(elsewhere), 0)

    await store.deleteRole(organization, role.id)
    t.equal(await store.role(organization, role.id), undefined)
    t.equal(await store.policyVersion(organization), 2)
  })

  t.test('putRole() accepts 100,000 targets', async t => {
    const store = await open(t)
    const targetUsers = Array.from({ length: 100_000 }, (_, n) => userId(`user-${n}`))
    await store.putRole({ ...role, rules: [{ id: 'r', effect: 'DENY', targetUsers }] })
    const read = await store.role(organization, role.id)
    t.equal(read?.rules[0]?.targetUsers?.length, 100_000)
  })
}
