/**
 * Tests how a store handles access control rules. Part of the suite.
 */

import type { Test } from 'tap'
import {
  type AccessControlRule,
  DEFAULT_ACCESS_CONTROL_RULE,
} from '../../src/model/access-control.ts'
import { userId } from '../../src/model/identity.ts'
import { roleId } from '../../src/model/role.ts'
import type { Store } from '../../src/store/store.ts'
import { elsewhere, organization, role, rule } from './samples.ts'
import type { Open } from './suite.ts'

export async function accessControlSuite(t: Test, open: Open): Promise<void> {
  t.test('accessControlRules() returns only the default rule until the first change', async t => {
    const store = await open(t)
    t.strictSame(await store.accessControlRules(organization), [DEFAULT_ACCESS_CONTROL_RULE])
    await store.putRole(role)
    t.strictSame(await store.accessControlRules(organization), [DEFAULT_ACCESS_CONTROL_RULE])
  })

  const { createdAt, modifiedAt, ...byDefault } = DEFAULT_ACCESS_CONTROL_RULE
  const changed = { ...byDefault, effect: 'DENY' } as const
  for (const [change, version, expected, run] of [
    [
      'another rule',
      1,
      [DEFAULT_ACCESS_CONTROL_RULE, { ...rule, createdAt: 1000, modifiedAt: 1000 }],
      store => store.putAccessControlRule(organization, rule),
    ],
    [
      'a rule whose name differs from the default one by case',
      1,
      [
        DEFAULT_ACCESS_CONTROL_RULE,
        { ...rule, name: 'default', createdAt: 1000, modifiedAt: 1000 },
      ],
      store => store.putAccessControlRule(organization, { ...rule, name: 'default' }),
    ],
    [
      'the default rule changed',
      1,
      [{ ...changed, createdAt: 0, modifiedAt: 1000 }],
      store => store.putAccessControlRule(organization, changed),
    ],
    [
      'the default rule as it is',
      0,
      [DEFAULT_ACCESS_CONTROL_RULE],
      store => store.putAccessControlRule(organization, { ...byDefault }),
    ],
    [
      'the default rule deleted',
      1,
      [],
      store => store.deleteAccessControlRule(organization, byDefault.name),
    ],
    [
      'an unknown rule deleted',
      0,
      [DEFAULT_ACCESS_CONTROL_RULE],
      store => store.deleteAccessControlRule(organization, 'default'),
    ],
  ] as readonly [string, number, readonly AccessControlRule[], (store: Store) => Promise<void>][]) {
    t.test(`accessControlRules() after ${change}`, async t => {
      const store = await open(t, () => 1000)
      await run(store)
      t.strictSame(await store.accessControlRules(organization), expected)
      t.equal(await store.policyVersion(organization), version)
      t.strictSame(await store.accessControlRules(elsewhere), [DEFAULT_ACCESS_CONTROL_RULE])
    })
  }

  t.test('deleteAccessControlRule() can delete all rules, and they do not come back', async t => {
    const store = await open(t)
    await store.putAccessControlRule(organization, rule)
    await store.deleteAccessControlRule(organization, byDefault.name)
    await store.deleteAccessControlRule(organization, rule.name)
    t.strictSame(await store.accessControlRules(organization), [])
    t.equal(await store.policyVersion(organization), 3)

    await store.deleteAccessControlRule(organization, byDefault.name)
    await store.putAccessControlRule(organization, rule)
    t.strictSame(await namesIn(store), [rule.name])
    t.equal(await store.policyVersion(organization), 4)
  })

  t.test('putAccessControlRule() replaces the whole rule, but its creation time', async t => {
    let now = 1000
    const store = await open(t, () => now)
    const full = {
      ...rule,
      ipRanges: ['10.0.0.0/8', '2001:db8::/32'],
      notIpRanges: [],
      actions: ['EWS', 'AutoDiscover'],
      notActions: ['IMAP'],
      userIds: [userId('u-1')],
      notUserIds: [userId('u-2')],
      impersonationRoleIds: [roleId('r-1')],
      notImpersonationRoleIds: [roleId('r-2')],
    } as const
    await store.putAccessControlRule(organization, full)
    now = 2000
    await store.putAccessControlRule(organization, structuredClone(full))
    const read = async () => (await store.accessControlRules(organization))[1]
    t.strictSame(await read(), { ...full, createdAt: 1000, modifiedAt: 1000 })
    t.equal(await store.policyVersion(organization), 1, 'nothing changed')

    await store.putAccessControlRule(organization, rule)
    t.strictSame(await read(), { ...rule, createdAt: 1000, modifiedAt: 2000 })
    t.equal(await store.policyVersion(organization), 2)
  })

  t.test('accessControlRules() distinguishes names by case, and sorts them', async t => {
    const store = await open(t)
    for (const name of ['office', 'Office', '_', '-', 'OFFICE', '9'])
      await store.putAccessControlRule(organization, { ...rule, name })
    t.strictSame(await namesIn(store), ['-', '9', 'Default', 'OFFICE', 'Office', '_', 'office'])

    await store.deleteAccessControlRule(organization, 'Office')
    t.strictSame(await namesIn(store), ['-', '9', 'Default', 'OFFICE', '_', 'office'])
  })

  t.test('concurrent putAccessControlRule() loses no rule, including the default one', async t => {
    const store = await open(t)
    const names = Array.from({ length: 10 }, (_, n) => `rule-${n}`)
    await Promise.all(
      names.map(name => store.putAccessControlRule(organization, { ...rule, name })),
    )
    t.strictSame(await namesIn(store), ['Default', ...names])
    t.equal(await store.policyVersion(organization), 10)
  })
}

const namesIn = async (store: Store) =>
  (await store.accessControlRules(organization)).map(({ name }) => name)
