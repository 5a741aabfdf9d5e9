/**
 * R15: a principal has at most 1,000 live subscriptions.
 */

import { hash } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { type Subscribed, Subscriptions } from '../../src/gateway/subscriptions.ts'
import { userId } from '../../src/model/identity.ts'
import { principalId } from '../../src/model/principal.ts'
import { roleId } from '../../src/model/role.ts'
import type { Subscription } from '../../src/model/subscription.ts'
import { codeOf, envelope } from '../kit/corpus.ts'
import {
  FULL,
  type GatewayTestServer,
  ORGANIZATION,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'
import { until } from '../kit/wire.ts'
import { organization } from '../store/samples.ts'
import { backOffOf, tracesOf } from './traces.ts'

const MINUTE_MS = 60_000
const by = { organizationId: organization, roleId: roleId('r'), principalId: principalId('p') }
const another = { ...by, principalId: principalId('q') }
const BUSY = { name: 'Failure', reason: 'over-budget' }

/** Uses a store that reports the number of live subscriptions, and records those that are put. */
function over(live: Readonly<{ count: number }>) {
  const put: Subscription[] = []
  const subscriptions = new Subscriptions({
    store: {
      putSubscription: async subscription => void put.push(subscription),
      keepSubscription: async () => undefined,
      endSubscription: async () => undefined,
      countSubscriptions: async () => live.count,
    },
    now: () => 0,
    failed: error => {
      throw error
    },
  })
  return { subscriptions, put }
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
    const expiresAt = 48 * 60 * MINUTE_MS
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

const SUBSCRIBE =
  '<m:Subscribe><m:PullSubscriptionRequest><t:FolderIds><t:DistinguishedFolderId Id="inbox"/></t:FolderIds>' +
  '<t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes><t:Timeout>10</t:Timeout>' +
  '</m:PullSubscriptionRequest></m:Subscribe>'
const unsubscribe = (...ids: readonly string[]) =>
  `<m:Unsubscribe>${ids.map(id => `<m:SubscriptionId>${id}</m:SubscriptionId>`).join('')}</m:Unsubscribe>`

const getEvents = (id: string, watermark = '') =>
  `<m:GetEvents><m:SubscriptionId>${id}</m:SubscriptionId><m:Watermark>${watermark}</m:Watermark></m:GetEvents>`

/** Copies the only subscription in the store until there is the given number. */
function multiply(server: GatewayTestServer, count: number): void {
  const database = new DatabaseSync(join(server.auditFolder, '../../gateway.db'))
  database.exec(`
    with recursive numbers(n) as (select 2 union all select n + 1 from numbers where n < ${count})
    insert into subscriptions (organization_id, id_hash, user_id, role_id, principal_id, expires_at, others, life_ms, live_until)
      select organization_id, id_hash || n, user_id, role_id, principal_id, expires_at, others, life_ms, live_until
      from subscriptions, numbers`)
  database.close()
}

const post = async (
  server: GatewayTestServer,
  operation: string,
  auth: 'full' | 'readOnly' = 'full',
) => (await server.post(envelope('alice@example.com', operation), { auth })).text

t.test('R15 the 1,001st Subscribe is not forwarded until another one has ended', async t => {
  const server = await startGatewayTestServer(t)
  const { principal } = server.client(FULL.name)
  const count = () => server.store.countSubscriptions(ORGANIZATION, principal.id)
  await server.ownSubscription('one')
  multiply(server, 998)
  const answers = [await post(server, SUBSCRIBE), await post(server, SUBSCRIBE)]
  const ids = answers.map(text => /SubscriptionId>([^<]+)</.exec(text)?.[1] ?? '')
  const watermarks = answers.map(text => /Watermark>([^<]+)</.exec(text)?.[1])
  t.equal(await count(), 1_000)
  const seen = server.sandbox.seen.length
  const { result, decisions, counted } = await tracesOf(server, () => post(server, SUBSCRIBE))
  t.equal(codeOf(result), 'ErrorServerBusy')
  t.equal(backOffOf(result), 10_000)
  t.match(decisions, [{ verdict: 'error', reason: 'over-budget' }])
  t.strictSame(counted, ['Subscribe error over-budget'])
  t.equal(server.sandbox.seen.length, seen, 'nothing of it reaches the upstream')
  t.equal(codeOf(await post(server, SUBSCRIBE, 'readOnly')), 'NoError', 'others are served')

  const [first = '', second = ''] = ids
  t.equal(codeOf(await post(server, getEvents(first, watermarks[0]))), 'NoError')
  t.equal(codeOf(await post(server, unsubscribe(first, second))), 'NoError')
  t.equal(await count(), 1_000, 'of two in one request nobody knows which one has ended')
  t.equal(codeOf(await post(server, unsubscribe('one'))), 'ErrorSubscriptionNotFound')
  t.equal(await count(), 1_000, 'nor has one that the upstream does not know')
  t.equal(codeOf(await post(server, unsubscribe(second))), 'NoError')
  let left = 1_000
  await until('one counts no more', () => {
    void count().then(now => {
      left = now
    })
    return left < 1_000
  })
  t.equal(left, 999, 'only the one that has ended, not the one whose events were read')
  t.equal(codeOf(await post(server, SUBSCRIBE)), 'NoError')
})

t.test('R15 a subscription counts for as long as its Subscribe says', async t => {
  const server = await startGatewayTestServer(t)
  const timeout = (text: string) => SUBSCRIBE.replace('<t:Timeout>10</t:Timeout>', text)
  for (const [what, operation, minutes] of [
    ['a pull subscription', timeout('<t:Timeout>1440</t:Timeout>'), 1_500],
    ['with blanks', timeout('<t:Timeout> 180 </t:Timeout>'), 240],
    ['a short one', SUBSCRIBE, 120],
    [
      'a ConnectionTimeout, which is none',
      timeout('<t:Timeout>9</t:Timeout><t:ConnectionTimeout>999</t:ConnectionTimeout>'),
      120,
    ],
    ['a streaming one', timeout('').replaceAll('Pull', 'Streaming'), 120],
  ] as const) {
    const id = /SubscriptionId>([^<]+)</.exec(await post(server, operation))?.[1] ?? ''
    const idHash = hash('sha256', id, 'base64url')
    const [found] = await server.store.subscriptions(ORGANIZATION, [idHash])
    t.equal(found?.lifeMs, minutes * MINUTE_MS, what)
  }
})
