/**
 * Streams of several mailboxes on a database availability group: all requests of a group of subscriptions reach
 * the server of its anchor mailbox, as Microsoft's clients send them.
 */

import t, { type Test } from 'tap'
import { codeOf, envelope, GET_FOLDER } from '../kit/corpus.ts'
import { type House, startHouse } from '../kit/harness.ts'
import { until, Wire } from '../kit/wire.ts'
import { rawRequest } from './traces.ts'

const ALICE = 'alice@example.com'
const BOB = 'bob@example.com'
const AFFINITY = { 'X-PreferServerAffinity': 'true' }

const SUBSCRIBE =
  '<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds>' +
  '<t:DistinguishedFolderId Id="inbox"/></t:FolderIds><t:EventTypes><t:EventType>CreatedEvent' +
  '</t:EventType></t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>'
const stream = (ids: readonly string[]) =>
  `<m:GetStreamingEvents><m:SubscriptionIds>${ids.map(id => `<t:SubscriptionId>${id}</t:SubscriptionId>`).join('')}` +
  '</m:SubscriptionIds><m:ConnectionTimeout>1</m:ConnectionTimeout></m:GetStreamingEvents>'
const unsubscribe = (id: string) =>
  `<m:Unsubscribe><m:SubscriptionId>${id}</m:SubscriptionId></m:Unsubscribe>`

/** Alice's mailbox is on one server, and Bob's on another. */
const startGroup = (t: Test) => startHouse(t, { nodes: { [ALICE]: 'EX1', [BOB]: 'EX2' } })

async function subscribe(house: House, address: string, headers: Readonly<Record<string, string>>) {
  const { text, headers: answered } = await house.post(envelope(address, SUBSCRIBE), { headers })
  const cookie = answered['set-cookie']?.find(text => text.startsWith('X-BackEndOverrideCookie='))
  const [, sealed = ''] = /=([^;]*)/.exec(cookie ?? '') ?? []
  return { code: codeOf(text), id: /SubscriptionId>([^<]+)</.exec(text)?.[1] ?? '', sealed }
}

/** Server and anchor mailbox of the last request that the sandbox received. */
function routeOf(house: House) {
  const { node, headers } = house.sandbox.seen.at(-1) ?? {}
  return {
    node,
    anchor: headers?.['x-anchormailbox'],
    affinity: headers?.['x-preferserveraffinity'],
  }
}

t.test('upstreamRequest() sends a group of subscriptions to the server of its anchor', async t => {
  const house = await startGroup(t)
  const anchor = await subscribe(house, ALICE, AFFINITY)
  t.strictSame(routeOf(house), { node: 'EX1', anchor: ALICE, affinity: 'true' }, 'the anchor')

  for (const [how, headers] of [
    ['as a cookie', { Cookie: `X-BackEndOverrideCookie=${anchor.sealed}` }],
    ['as a header of exchangelib', { 'X-BackEndOverrideCookie': anchor.sealed }],
  ] as const) {
    const member = await subscribe(house, BOB, { ...AFFINITY, ...headers })
    t.equal(member.code, 'NoError', how)
    t.strictSame(routeOf(house), { node: 'EX1', anchor: ALICE, affinity: 'true' }, how)

    const group = { ...AFFINITY, 'X-BackEndOverrideCookie': member.sealed }
    const client = new Wire(house.socket())
    const lines = Object.entries(group).map(([name, value]) => `${name}: ${value}`)
    await client.send(rawRequest(house, envelope(ALICE, stream([anchor.id, member.id])), lines))
    await until('the stream is open', () => client.text.includes('ConnectionStatus>OK<'))
    t.strictSame(routeOf(house), { node: 'EX1', anchor: ALICE, affinity: 'true' }, 'the stream')
    house.sandbox.mailbox(BOB).deliver({ subject: 'for the stream' })
    await until('an event of the member', () => client.text.includes('CreatedEvent'))
    client.socket.destroy()

    const read = await house.post(envelope(BOB, GET_FOLDER), { headers: group })
    t.equal(codeOf(read.text), 'NoError', 'the member reads what a notification was about')

    const ended = await house.post(envelope(BOB, unsubscribe(member.id)), { headers: group })
    t.equal(codeOf(ended.text), 'NoError', 'the member ends its subscription')
  }
})

t.test('upstreamRequest() keeps the mailbox as the anchor of every other request', async t => {
  const house = await startGroup(t)
  const { sealed, id } = await subscribe(house, ALICE, AFFINITY)
  const cookie = { 'X-BackEndOverrideCookie': sealed }
  for (const [what, address, body, headers, expected] of [
    ['without the cookie', BOB, SUBSCRIBE, AFFINITY, 'EX2'],
    ['without affinity', BOB, SUBSCRIBE, cookie, 'EX2'],
    [
      'with an anchor that the client names',
      BOB,
      SUBSCRIBE,
      { ...AFFINITY, 'X-AnchorMailbox': ALICE },
      'EX2',
    ],
    ['that only reads', BOB, GET_FOLDER, cookie, 'EX2'],
  ] as const) {
    const { text } = await house.post(envelope(address, body), { headers })
    t.equal(codeOf(text), 'NoError', what)
    t.match(routeOf(house), { node: expected, anchor: address }, what)
  }
  const missing = await house.post(envelope(ALICE, unsubscribe(id)), { headers: AFFINITY })
  t.equal(codeOf(missing.text), 'NoError', 'a group of one mailbox needs no cookie')
})
