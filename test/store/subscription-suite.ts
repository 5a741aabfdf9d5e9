/**
 * What a store keeps of the upstream's subscriptions.
 */

import type { Test } from 'tap'
import { userId } from '../../src/model/identity.ts'
import { elsewhere, organization, subscription } from './samples.ts'
import type { Open } from './suite.ts'

export async function subscriptionSuite(t: Test, open: Open): Promise<void> {
  t.test('R15 subscription() is its organization’s, as it was put last', async t => {
    const store = await open(t, () => 1_000)
    t.equal(await store.subscription(organization, 'a'), undefined)
    await store.putSubscription(subscription)
    t.strictSame(await store.subscription(organization, 'a'), subscription)
    t.equal(await store.subscription(elsewhere, 'a'), undefined)
    t.equal(await store.policyVersion(organization), 0, 'it is no change of the policy')
    const another = { ...subscription, userId: userId('another'), expiresAt: 3_000 }
    await store.putSubscription(another)
    t.strictSame(await store.subscription(organization, 'a'), another)
    const [change] = await store.changesSince(organization, 0)
    t.strictSame(change?.subjects, ['subscription:a'], 'what was known of it is void')
  })

  t.test('R15 keepSubscription() only prolongs; what has expired goes with the next', async t => {
    let now = 1_000
    const store = await open(t, () => now)
    await store.putSubscription(subscription)
    await store.keepSubscription(organization, 'a', 1_500)
    t.strictSame(await store.subscription(organization, 'a'), subscription)
    await store.keepSubscription(organization, 'a', 5_000)
    await store.keepSubscription(organization, 'b', 5_000)
    now = 4_000
    await store.putSubscription({ ...subscription, idHash: 'c', expiresAt: 9_000 })
    t.strictSame(await store.subscription(organization, 'a'), { ...subscription, expiresAt: 5_000 })
    t.equal(await store.subscription(organization, 'b'), undefined)
    now = 6_000
    await store.putSubscription({ ...subscription, idHash: 'd', expiresAt: 9_000 })
    t.equal(await store.subscription(organization, 'a'), undefined)
  })
}
