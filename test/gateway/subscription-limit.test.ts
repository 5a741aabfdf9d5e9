/**
 * R15: a principal has at most 1,000 live subscriptions.
 */

import { hash } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { codeOf, envelope } from '../kit/corpus.ts'
import {
  FULL,
  type GatewayTestServer,
  ORGANIZATION,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'
import { until } from '../kit/wire.ts'
import { backOffOf, tracesOf } from './traces.ts'

const MINUTE_MS = 60_000

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
