/**
 * Tests how a store handles drafts that are attached to roles. Part of the suite.
 */

import type { Test } from 'tap'
import { DEFAULT_GUARD, roleId } from '../../src/model/role.ts'
import { roleNameSubject, roleSubject } from '../../src/model/subject.ts'
import { elsewhere, organization, role } from './samples.ts'
import type { Open } from './suite.ts'

const shadow = {
  type: 'READ_ONLY',
  rules: [],
  guard: { ...DEFAULT_GUARD, sending: false },
  profile: { name: 'mail-read' },
  base: 'b',
  attachedAt: 5_000,
  attachedBy: { id: 'p', name: 'Ann' },
} as const

export async function shadowSuite(t: Test, open: Open): Promise<void> {
  t.test('putShadow() attaches a draft, and every other change keeps it', async t => {
    const store = await open(t)
    const created = await store.putRole(role)
    t.equal(await store.putShadow(organization, roleId('none'), shadow), undefined)
    t.equal(await store.putShadow(elsewhere, role.id, shadow), undefined)
    t.strictSame(await store.putShadow(organization, role.id, undefined), created, 'none to remove')
    t.equal(await store.policyVersion(organization), 1)

    const attached = await store.putShadow(organization, role.id, shadow)
    t.strictSame(attached, { ...created, shadow: { ...shadow, version: 2 } })
    t.strictSame(await store.role(organization, role.id), attached)
    t.strictSame(await store.roleByName(organization, role.name), attached)
    t.match(await store.changesSince(organization, 1), [
      { version: 2, subjects: [roleSubject(role.id), roleNameSubject(role.name)] },
    ])

    const put = await store.putRole({ ...role, rules: [] })
    await store.lockRole(organization, role.id, {})
    await store.revokeTokens(organization, role.id)
    t.strictSame(put.shadow, attached?.shadow)
    t.strictSame((await store.role(organization, role.id))?.shadow, attached?.shadow)
    const { shadow: _, ...other } = put
    t.strictSame(await store.putRole({ ...other }), await store.role(organization, role.id))
  })

  t.test('putShadow() keeps the version of a draft with the same content', async t => {
    const store = await open(t)
    await store.putRole(role)
    await store.putShadow(organization, role.id, shadow)
    const again = await store.putShadow(organization, role.id, { ...shadow, base: 'c' })
    t.match(again?.shadow, { version: 2, base: 'c' })
    const other = await store.putShadow(organization, role.id, { ...shadow, type: 'FULL_ACCESS' })
    t.match(other?.shadow, { version: 4, type: 'FULL_ACCESS' })
    const removed = await store.putShadow(organization, role.id, undefined)
    t.notOk(removed && 'shadow' in removed)
    t.strictSame(await store.role(organization, role.id), removed)
    await store.putShadow(organization, role.id, shadow)
    await store.deleteRole(organization, role.id)
    t.notOk('shadow' in (await store.putRole(role)), 'a new role with its ID')
  })
}
