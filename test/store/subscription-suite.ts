/**
 * What a store keeps of the upstream's subscriptions.
 */

import type { Test } from 'tap'
import { type OrganizationId, userId } from '../../src/model/identity.ts'
import type { Store } from '../../src/store/store.ts'
import { elsewhere, organization, subscription } from './samples.ts'
import type { Open } from './suite.ts'

/** Reads one subscription. */
async function readOf(store: Store, of: OrganizationId, idHash: string) {
  const [found] = await store.subscriptions(of, [idHash])
  return found
}

export async function subscriptionSuite(t: Test, open: Open): Promise<void> {
  t.test('R15 subscriptions() are their organization’s, as it was put last', async t => {
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
    t.strictSame(change?.subjects, ['subscription:a'], 'what was known of it is void')
    t.strictSame(
      await store.subscriptions(organization, ['none', 'a', 'none', 'a']),
      [undefined, another, undefined, another],
      'many at once, in the order of their hashes',
    )
    t.strictSame(await store.subscriptions(organization, []), [])
  })

  t.test('R15 keepSubscription() only prolongs; what has expired goes with the next', async t => {
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
}
