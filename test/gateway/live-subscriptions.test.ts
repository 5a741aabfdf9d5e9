/**
 * R15: owners of subscriptions, and the number of live ones that a principal can have.
 */

import { hash } from 'node:crypto'
import t from 'tap'
import {
  type Subscribed,
  Subscriptions,
  subscriptionHash,
} from '../../src/gateway/subscriptions.ts'
import { userId } from '../../src/model/identity.ts'
import { principalId } from '../../src/model/principal.ts'
import { roleId } from '../../src/model/role.ts'
import type { Subscription } from '../../src/model/subscription.ts'
import { organization } from '../store/samples.ts'

const MINUTE_MS = 60_000
const NOW = 1_790_000_000_000
const by = { organizationId: organization, roleId: roleId('r'), principalId: principalId('p') }
const another = { ...by, principalId: principalId('q') }
const BUSY = { name: 'Failure', reason: 'over-budget' }

/** Uses a store that reports the number of live subscriptions, and records those that are put. */
function over(live: Readonly<{ count: number }>) {
  const put: Subscription[] = []
  const noted: unknown[] = []
  const subscriptions = new Subscriptions({
    store: {
      putSubscription: async subscription => void put.push(subscription),
      keepSubscription: async (...kept) => void noted.push(['keep', ...kept]),
      endSubscription: async (...ended) => void noted.push(['end', ...ended]),
      countSubscriptions: async () => live.count,
    },
    now: () => NOW,
    failed: error => {
      throw error
    },
  })
  return { subscriptions, put, noted }
}

t.test('R15 enter() counts live subscriptions and requests in flight', async t => {
  const live = { count: 998 }
  const { subscriptions } = over(live)
  const leave = await subscriptions.enter(by)
  const together = await Promise.allSettled([subscriptions.enter(by), subscriptions.enter(by)])
  t.strictSame(
    together.map(({ status }) => status),
    ['fulfilled', 'rejected'],
    'of two at once only one fits',
  )
  await t.rejects(subscriptions.enter(by), BUSY)
  t.ok(await subscriptions.enter(another), 'each principal for itself')
  leave()
  t.ok(await subscriptions.enter(by), 'a Subscribe that failed makes room')
  live.count = 1_000
  const { subscriptions: fresh } = over(live)
  await t.rejects(fresh.enter(by), BUSY)
  live.count = 999
  t.ok(await fresh.enter(by), 'a refused one takes no room')
})

t.test('R15 enter() takes no slot if it cannot count', async t => {
  const failure = new Error('The store is gone')
  let isGone = true
  const { subscriptions } = over({
    get count() {
      if (isGone) throw failure
      return 999
    },
  })
  await t.rejects(subscriptions.enter(by), failure)
  isGone = false
  t.ok(await subscriptions.enter(by))
})

t.test('R15 write() sets how long a subscription counts', async t => {
  for (const [timeout, minutes] of [
    [undefined, 120],
    [1, 120],
    [60, 120],
    [61, 121],
    [1_440, 1_500],
    [9_999, 1_500],
  ] as const) {
    const { subscriptions, put } = over({ count: 0 })
    const watched = { userId: userId('u'), others: [userId('v')], folderClasses: ['mail'] } as const
    const subscribed: Subscribed = { ...watched, timeout }
    await subscriptions.write(['id'], by, subscribed)
    const idHash = hash('sha256', 'id', 'base64url')
    const rest = { ...by, ...watched, idHash }
    const expiresAt = NOW + 48 * 60 * MINUTE_MS
    t.strictSame(put, [{ ...rest, lifeMs: minutes * MINUTE_MS, expiresAt }], `Timeout ${timeout}`)
  }
  const { subscriptions, put } = over({ count: 0 })
  await subscriptions.write(['id'], by, {
    userId: userId('u'),
    others: undefined,
    folderClasses: undefined,
    timeout: 5,
  })
  t.notOk('others' in (put[0] ?? {}), 'what was not determined is not said')
})

t.test('R15 enter() counts a request until it has ended', async t => {
  const { subscriptions } = over({ count: 997 })
  const full = { ...BUSY, message: /has 997 live .* at most 1000/ }
  const enter = () => subscriptions.enter(by)
  const leaves = [await enter(), await enter(), await enter()]
  for (let round = 0; round < 3; round += 1) {
    await t.rejects(enter(), full)
    leaves.shift()?.()
    leaves.push(await enter())
  }
  for (const leave of leaves) leave()
  for (let room = 0; room < 3; room += 1) t.ok(await enter())
  await t.rejects(enter(), full)
})

t.test('R15 used() writes each use once an hour, and ended() each end', t => {
  const { subscriptions, noted } = over({ count: 0 })
  const expiresAt = NOW + 48 * 60 * MINUTE_MS
  subscriptions.used(['one', 'two', 'one'], organization)
  subscriptions.used(['two', 'three'], organization)
  const kept = (id: string) => ['keep', organization, subscriptionHash(id), expiresAt]
  t.strictSame(noted.splice(0), [kept('one'), kept('two'), kept('three')])
  subscriptions.ended('one', organization)
  t.strictSame(noted, [['end', organization, subscriptionHash('one')]])
  t.end()
})

t.test('used() and ended() report that the store fails', async t => {
  const failed: unknown[] = []
  const broken = (what: string) => async () => {
    throw new Error(what)
  }
  const subscriptions = new Subscriptions({
    store: {
      putSubscription: broken('put'),
      keepSubscription: broken('keep'),
      endSubscription: broken('end'),
      countSubscriptions: broken('count'),
    },
    now: () => NOW,
    failed: error => void failed.push(error),
  })
  subscriptions.used(['one'], organization)
  subscriptions.ended('one', organization)
  await new Promise(setImmediate)
  t.strictSame(failed, [new Error('keep'), new Error('end')])
})

t.test('subscriptionHash() hashes as earlier releases did', t => {
  t.equal(subscriptionHash('JgBhbGljZQ=='), 'ahxpYWWo2GsYSShzCQLwORzp6lEqLq9GG8j7EjNrBXE')
  t.end()
})
