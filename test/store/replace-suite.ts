/**
 * What every store must do where a writer says what it replaces; a part of the suite.
 */

import type { Test } from 'tap'
import type { AccessControlRule } from '../../src/model/access-control.ts'
import { userId } from '../../src/model/identity.ts'
import { Overtaken, VersionConflict } from '../../src/store/store.ts'
import { key, organization, principal, role, rule } from './samples.ts'
import type { Open } from './suite.ts'

export async function replaceSuite(t: Test, open: Open): Promise<void> {
  t.test('putPrincipal() replaces what was seen, and nothing else', async t => {
    const store = await open(t)
    await store.putPrincipal(principal)
    const seen = await store.principal(organization, principal.id)
    if (seen === undefined) throw new TypeError('There is no principal')
    const put = (name: string) => store.putPrincipal({ ...seen, name }, { replacing: seen })

    await put('Two')
    await t.rejects(put('Three'), Overtaken)
    t.match(await store.principal(organization, principal.id), { name: 'Two' })
    await store.deletePrincipal(organization, principal.id)
    await t.rejects(put('Four'), Overtaken, 'nor brings back what was deleted')
    t.equal(await store.principal(organization, principal.id), undefined)
  })

  t.test('putKey() replaces what was seen, whenever it was used', async t => {
    const store = await open(t)
    await store.putPrincipal(principal)
    await store.putKey(key)
    const put = (enabled: boolean) => store.putKey({ ...key, enabled }, { replacing: key })

    await store.keyUsed(key.id, 1_000_000)
    await put(false)
    await t.rejects(put(true), Overtaken)
    t.match((await store.credential(key.id))?.key, { enabled: false, lastUsedAt: 1_000_000 })
    await store.deleteKey(organization, key.id)
    await t.rejects(put(true), Overtaken)
    t.equal(await store.credential(key.id), undefined)
  })

  t.test('putAccessControlRule() replaces what was seen, and nothing else', async t => {
    const store = await open(t)
    const put = (description: string, replacing: AccessControlRule | 'nothing') =>
      store.putAccessControlRule(organization, { ...rule, description }, { replacing })
    const seen = async () =>
      (await store.accessControlRules(organization)).find(({ name }) => name === rule.name)

    await put('One', 'nothing')
    await t.rejects(put('Two', 'nothing'), Overtaken)
    const one = await seen()
    if (one === undefined) throw new TypeError('There is no rule')
    await put('Two', one)
    await t.rejects(put('Three', one), Overtaken)
    t.match(await seen(), { description: 'Two' })
    await store.deleteAccessControlRule(organization, rule.name)
    await t.rejects(put('Four', one), Overtaken)
    t.equal(await seen(), undefined)
  })

  t.test('putUser() replaces what was seen, and nothing else', async t => {
    const store = await open(t)
    const draft = { primarySmtpAddress: 'ann@example.com', aliases: ['a@example.com'] }
    const seen = await store.putUser(organization, draft)
    const put = (displayName: string) =>
      store.putUser(organization, { ...draft, id: seen.id, displayName }, { replacing: seen })

    await put('Ann')
    await t.rejects(put('Anna'), Overtaken)
    t.match(await store.user(organization, seen.id), { displayName: 'Ann' })
    await store.deleteUser(organization, userId(seen.id))
    await t.rejects(put('Anne'), Overtaken)
    t.equal(await store.user(organization, seen.id), undefined)
  })

  t.test('lockRole() locks the version that was seen', async t => {
    const store = await open(t)
    const { version } = await store.putRole(role)
    const lock = (expectedVersion: number) =>
      store.lockRole(organization, role.id, {}, { expectedVersion })

    await t.rejects(lock(version + 1), { name: 'VersionConflict', present: version })
    t.strictSame((await lock(version))?.lock, {})
    await t.rejects(lock(version), VersionConflict)
  })

  t.test('of writers at once who saw the same, one writes', async t => {
    const store = await open(t)
    await store.putPrincipal(principal)
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'c'].map(name =>
        store.putPrincipal({ ...principal, name }, { replacing: principal }),
      ),
    )
    t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
  })
}
