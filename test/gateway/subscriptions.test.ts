/**
 * R15: a subscription is its owner's, though the upstream knows only the gateway's account.
 */

import { hash } from 'node:crypto'
import t, { type Test } from 'tap'
import { codeOf, envelope } from '../kit/corpus.ts'
import {
  FULL,
  type GatewayTestServer,
  ORGANIZATION,
  READ_ONLY,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'
import { responseTo } from '../kit/responses.ts'
import { answerWith, rawUpstream } from '../kit/wire.ts'
import { tracesOf } from './traces.ts'

const SUBSCRIBE =
  '<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds>' +
  '<t:DistinguishedFolderId Id="inbox"/></t:FolderIds><t:EventTypes><t:EventType>NewMailEvent' +
  '</t:EventType></t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>'

const id = (value: string) => `<t:SubscriptionId>${value}</t:SubscriptionId>`
const stream = (...ids: readonly string[]) =>
  `<m:GetStreamingEvents><m:SubscriptionIds>${ids.map(id).join('')}</m:SubscriptionIds>` +
  '<m:ConnectionTimeout>1</m:ConnectionTimeout></m:GetStreamingEvents>'
const unsubscribe = (value: string) =>
  `<m:Unsubscribe><m:SubscriptionId>${value}</m:SubscriptionId></m:Unsubscribe>`

const idIn = (text: string) => /SubscriptionId>([^<]+)</.exec(text)?.[1] ?? ''

async function subscribe(
  server: GatewayTestServer,
  whom: string,
  auth: 'full' | 'readOnly' = 'full',
) {
  const { text } = await server.post(envelope(whom, SUBSCRIBE), { auth })
  return idIn(text)
}

/** Returns the text of a denial, without the parts that differ in every fault. */
const wordsOf = (text: string) => text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id')

t.test('R15 a subscription belongs to its creator, in the role that created it', async t => {
  const server = await startGatewayTestServer(t)
  const alices = await subscribe(server, 'alice@example.com')
  const bobs = await subscribe(server, 'bob@example.com')
  const readers = await subscribe(server, 'alice@example.com', 'readOnly')
  t.ok(alices && bobs && readers)

  const unknown = await server.post(envelope('alice@example.com', unsubscribe('unknown')))
  t.equal(codeOf(unknown.text), 'ErrorSubscriptionNotFound')
  for (const [what, body] of [
    ['Unsubscribe', unsubscribe(readers)],
    ['GetStreamingEvents', stream(readers)],
    ['one among own', stream(alices, bobs, readers)],
    ['too many', stream(...Array.from({ length: 201 }, (_, n) => `${n}`))],
    ['none', stream('')],
    ['one that is too long', stream('x'.repeat(1_025))],
    [
      'character references',
      stream(`${readers.slice(0, -1)}&#${readers.charCodeAt(readers.length - 1)};`),
    ],
  ] as const) {
    const { result, decisions } = await tracesOf(server, () =>
      server.post(envelope('alice@example.com', body)),
    )
    t.equal(wordsOf(result.text), wordsOf(unknown.text), `${what}: the same words`)
    t.match(decisions, [{ verdict: 'deny', reason: 'foreign-subscription' }], what)
  }
  const executed = server.sandbox.executed.length
  t.equal(
    codeOf((await server.post(envelope('bob@example.com', unsubscribe(alices)))).text),
    'NoError',
  )
  t.equal(server.sandbox.executed.length, executed + 1, 'who may be both may end it as either')
})

t.test('R15 a subscription of a user that the role now denies is unknown', async t => {
  const server = await startGatewayTestServer(t)
  const alices = await subscribe(server, 'alice@example.com')
  await server.changeRole(FULL.name, {
    rules: [
      { id: 'all', effect: 'ALLOW' },
      { id: 'deny', effect: 'DENY', targetUsers: [await server.userId('alice@example.com')] },
    ],
  })
  const { text } = await server.post(envelope('bob@example.com', unsubscribe(alices)))
  t.equal(codeOf(text), 'ErrorSubscriptionNotFound')
  await server.changeRole(FULL.name, {})
  await server.store.deleteUser(ORGANIZATION, await server.userId('alice@example.com'))
  const again = await server.post(envelope('bob@example.com', unsubscribe(alices)))
  t.equal(codeOf(again.text), 'ErrorSubscriptionNotFound', 'nor of a deleted user')
})

/** An upstream that answers every request alike, and a client that subscribes. */
async function subscribeTo(t: Test, text: string) {
  const upstream = await rawUpstream(t, () =>
    answerWith().replace(/Content-Length: .*/s, `Content-Length: ${text.length}\r\n\r\n${text}`),
  )
  const server = await startGatewayTestServer(t, { upstreamUrl: upstream.url })
  return { server, text: (await server.post(envelope('alice@example.com', SUBSCRIBE))).text }
}

const subscribed = (content: string) =>
  responseTo('Subscribe', `<m:ResponseCode>NoError</m:ResponseCode>${content}`)

t.test('R15 a response to Subscribe is forwarded only after its IDs are stored', async t => {
  const given = subscribed('<m:SubscriptionId>one &amp; only</m:SubscriptionId>')
  await t.test('with the IDs that clients will send', async t => {
    const { server, text } = await subscribeTo(t, given)
    t.equal(text, given, 'byte for byte')
    const own = await server.post(envelope('alice@example.com', unsubscribe('one &amp; only')))
    t.equal(own.text, given)
    const other = envelope('alice@example.com', unsubscribe('one &amp; only'))
    const { text: refused } = await server.post(other, { auth: 'readOnly' })
    t.equal(codeOf(refused), 'ErrorSubscriptionNotFound')
  })
  await t.test('no response without an ID', async t => {
    const { text } = await subscribeTo(t, subscribed(''))
    t.equal(codeOf(text), 'ErrorServerBusy')
  })
  await t.test('no ambiguous response', async t => {
    const { text } = await subscribeTo(t, `${given}${given}`)
    t.equal(codeOf(text), 'ErrorServerBusy')
    t.notMatch(text, 'one &amp; only')
  })
  await t.test('no response that is too long', async t => {
    const { text } = await subscribeTo(t, `${given}<!--${'x'.repeat(65_536)}-->`)
    t.equal(codeOf(text), 'ErrorServerBusy')
    t.notMatch(text, 'one &amp; only')
  })
  await t.test('no response if the store fails', async t => {
    const server = await startGatewayTestServer(t)
    await subscribe(server, 'alice@example.com')
    await server.store.close()
    const { text } = await server.post(envelope('alice@example.com', SUBSCRIBE))
    t.equal(codeOf(text), 'ErrorServerBusy')
    t.equal(idIn(text), '')
  })
})

t.test('R15 a subscription does not expire while it is used', async t => {
  const server = await startGatewayTestServer(t)
  await server.ownSubscription('abc', READ_ONLY.name)
  const before = await expiryOf(server, 'abc')
  await server.post(envelope('alice@example.com', unsubscribe('abc')), { auth: 'readOnly' })
  t.ok((await expiryOf(server, 'abc')) > before + 24 * 3_600_000)
})

async function expiryOf(server: GatewayTestServer, value: string): Promise<number> {
  const hashes = [hash('sha256', value, 'base64url')]
  const [known] = await server.store.subscriptions(ORGANIZATION, hashes)
  return known?.expiresAt ?? 0
}
