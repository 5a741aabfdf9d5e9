/**
 * Tests how a store keeps the upstream's subscriptions. Part of the suite.
 */

import type { Test } from 'tap'
import { type OrganizationId, userId } from '../../src/model/identity.ts'
import { principalId } from '../../src/model/principal.ts'
import type { Subscription } from '../../src/model/subscription.ts'
import type { Store } from '../../src/store/store.ts'
import { elsewhere, organization, subscription } from './samples.ts'
import type { Open } from './suite.ts'

/** Reads one subscription. */
async function readOf(store: Store, of: OrganizationId, idHash: string) {
  const [found] = await store.subscriptions(of, [idHash])
  return found
}

export async function subscriptionSuite(t: Test, open: Open): Promise<void> {
  t.test('R15 subscriptions() belong to their organization, as written last', async t => {
    const store = await open(t, () => 1_000)
    t.equal(await readOf(store, organization, 'a'), undefined)
    await store.putSubscription(subscription)
    t.strictSame(await readOf(store, organization, 'a'), subscription)
    t.equal(await readOf(store, elsewhere, 'a'), undefined)
    t.equal(await store.policyVersion(organization), 0, 'it is no change of the policy')
    const another = { ...subscription, userId: userId('another'), expiresAt: 3_000 }
    await store.putSubscription(another)
    t.strictSame(await readOf(store, organization, 'a'), another)
    const [change] = await store.changesSince(organization, 0)
    t.strictSame(change?.subjects, ['subscription:a'], 'its cached value is invalidated')
    t.strictSame(
      await store.subscriptions(organization, ['none', 'a', 'none', 'a']),
      [undefined, another, undefined, another],
      'many at once, in the order of their hashes',
    )
    t.strictSame(await store.subscriptions(organization, []), [])
  })

  t.test('R15 keepSubscription() only extends; expired ones are removed', async t => {
    let now = 1_000
    const store = await open(t, () => now)
    await store.putSubscription(subscription)
    await store.keepSubscription(organization, 'a', 1_500)
    t.strictSame(await readOf(store, organization, 'a'), subscription)
    await store.keepSubscription(organization, 'a', 5_000)
    await store.keepSubscription(organization, 'b', 5_000)
    now = 4_000
    await store.putSubscription({ ...subscription, idHash: 'c', expiresAt: 9_000 })
    t.strictSame(await readOf(store, organization, 'a'), { ...subscription, expiresAt: 5_000 })
    t.equal(await readOf(store, organization, 'b'), undefined)
    now = 6_000
    await store.putSubscription({ ...subscription, idHash: 'd', expiresAt: 9_000 })
    t.equal(await readOf(store, organization, 'a'), undefined)
  })

  t.test('R15 a subscription includes the mailboxes that it watches', async t => {
    const store = await open(t, () => 1_000)
    const { others: _, ...undetermined } = subscription
    const limited: Subscription = { ...subscription, folderClasses: ['calendar', 'mail'] }
    for (const put of [undetermined, { ...subscription, others: [] }, limited, subscription]) {
      await store.putSubscription(put)
      t.strictSame(await readOf(store, organization, 'a'), put)
    }
  })

  t.test('R15 countSubscriptions() counts active subscriptions of a principal', async t => {
    let now = 1_000
    const store = await open(t, () => now)
    const count = (of = organization, principal = subscription.principalId) =>
      store.countSubscriptions(of, principal)
    t.equal(await count(), 0)
    for (const [idHash, lifeMs] of [
      ['a', 500],
      ['b', 1_000],
      ['c', 5_000],
    ] as const)
      await store.putSubscription({ ...subscription, idHash, lifeMs, expiresAt: 99_000 })
    t.equal(await count(), 3)
    t.equal(await count(elsewhere), 0, 'in this organization')
    t.equal(await count(organization, principalId('another')), 0, 'of this principal')

    now = 1_500
    t.equal(await count(), 2, 'until the end of its life')
    await store.endSubscription(organization, 'c')
    t.equal(await count(), 1, 'until it is ended')
    await store.keepSubscription(organization, 'a', 100_000)
    t.equal(await count(), 2, 'and again from its next use on')
    now = 1_999
    t.equal(await count(), 2)
    now = 2_000
    t.equal(await count(), 0)
    await store.keepSubscription(organization, 'c', 100_000)
    t.equal(await count(), 0, 'but not after its end')
    t.match(await readOf(store, organization, 'c'), { idHash: 'c' }, 'which forgets nothing')
    await store.putSubscription({ ...subscription, idHash: 'c', expiresAt: 99_000 })
    t.equal(await count(), 1, 'until the ID is given away again')
    t.equal((await store.changesSince(organization, 0)).length, 1, 'which is noticed')
  })
}
