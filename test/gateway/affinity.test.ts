/**
 * Streams of several mailboxes on a database availability group: all requests of a group of subscriptions reach
 * the server of its anchor mailbox, as Microsoft's clients send them.
 */

import t, { type Test } from 'tap'
import { AUTODISCOVER_NS, SOAP_NS } from '../../src/model/envelope.ts'
import { codeOf, envelope, GET_FOLDER } from '../kit/corpus.ts'
import { type GatewayTestServer, startGatewayTestServer } from '../kit/gateway-test-server.ts'
import { until, Wire } from '../kit/wire.ts'
import { OK, record } from '../upstream/recorder.ts'
import { rawRequest } from './traces.ts'

const ALICE = 'alice@example.com'
const BOB = 'bob@example.com'
const CAROL = 'carol@example.com'
const USER = 'user@example.com'
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
const startGroup = (t: Test) =>
  startGatewayTestServer(t, { nodes: { [ALICE]: 'EX1', [BOB]: 'EX2' } })

async function subscribe(
  server: GatewayTestServer,
  address: string,
  headers: Readonly<Record<string, string>>,
) {
  const { text, headers: answered } = await server.post(envelope(address, SUBSCRIBE), { headers })
  const cookie = answered['set-cookie']?.find(text => text.startsWith('X-BackEndOverrideCookie='))
  const [, sealed = ''] = /=([^;]*)/.exec(cookie ?? '') ?? []
  return { code: codeOf(text), id: /SubscriptionId>([^<]+)</.exec(text)?.[1] ?? '', sealed }
}

/** Server and anchor mailbox of the last request that the sandbox received. */
function routeOf(server: GatewayTestServer) {
  const { node, headers } = server.sandbox.seen.at(-1) ?? {}
  return {
    node,
    anchor: headers?.['x-anchormailbox'],
    affinity: headers?.['x-preferserveraffinity'],
  }
}

t.test('upstreamRequest() sends a group of subscriptions to the server of its anchor', async t => {
  const server = await startGroup(t)
  const anchor = await subscribe(server, ALICE, AFFINITY)
  t.strictSame(routeOf(server), { node: 'EX1', anchor: ALICE, affinity: 'true' }, 'the anchor')

  for (const [how, headers] of [
    ['as a cookie', { Cookie: `X-BackEndOverrideCookie=${anchor.sealed}` }],
    ['as a header of exchangelib', { 'X-BackEndOverrideCookie': anchor.sealed }],
  ] as const) {
    const member = await subscribe(server, BOB, { ...AFFINITY, ...headers })
    t.equal(member.code, 'NoError', how)
    t.strictSame(routeOf(server), { node: 'EX1', anchor: ALICE, affinity: 'true' }, how)

    const group = { ...AFFINITY, 'X-BackEndOverrideCookie': member.sealed }
    const client = new Wire(server.socket())
    const lines = Object.entries(group).map(([name, value]) => `${name}: ${value}`)
    await client.send(rawRequest(server, envelope(ALICE, stream([anchor.id, member.id])), lines))
    await until('the stream is open', () => client.text.includes('ConnectionStatus>OK<'))
    t.strictSame(routeOf(server), { node: 'EX1', anchor: ALICE, affinity: 'true' }, 'the stream')
    server.sandbox.mailbox(BOB).deliver({ subject: 'for the stream' })
    await until('an event of the member', () => client.text.includes('CreatedEvent'))
    client.socket.destroy()

    const read = await server.post(envelope(BOB, GET_FOLDER), { headers: group })
    t.equal(codeOf(read.text), 'NoError', 'the member reads what a notification was about')

    const ended = await server.post(envelope(BOB, unsubscribe(member.id)), { headers: group })
    t.equal(codeOf(ended.text), 'NoError', 'the member ends its subscription')
  }
})

t.test('upstreamRequest() keeps the mailbox as the anchor of every other request', async t => {
  const server = await startGroup(t)
  const { sealed, id } = await subscribe(server, ALICE, AFFINITY)
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
    const { text } = await server.post(envelope(address, body), { headers })
    t.equal(codeOf(text), 'NoError', what)
    t.match(routeOf(server), { node: expected, anchor: address }, what)
  }
  const missing = await server.post(envelope(ALICE, unsubscribe(id)), { headers: AFFINITY })
  t.equal(codeOf(missing.text), 'NoError', 'a group of one mailbox needs no cookie')
})

const DISCOVER = (address: string, settings = ['ExternalEwsUrl', 'GroupingInformation']) =>
  `<s:Envelope xmlns:s="${SOAP_NS}" xmlns:a="${AUTODISCOVER_NS}"><s:Body><a:GetUserSettingsRequestMessage>` +
  `<a:Request><a:Users><a:User><a:Mailbox>${address}</a:Mailbox></a:User></a:Users><a:RequestedSettings>` +
  `${settings.map(name => `<a:Setting>${name}</a:Setting>`).join('')}</a:RequestedSettings></a:Request>` +
  '</a:GetUserSettingsRequestMessage></s:Body></s:Envelope>'

const discover = async (server: GatewayTestServer, address: string, settings?: string[]) => {
  const path = '/autodiscover/autodiscover.svc'
  return (await server.post(DISCOVER(address, settings), { path })).text
}

const settingIn = (text: string, name: string) =>
  new RegExp(`<a:Name>${name}</a:Name><a:Value>([^<]*)</a:Value>`).exec(text)?.[1]

/** Groups mailboxes as Microsoft's clients do: by URL and GroupingInformation, each in order of addresses. */
async function groupsOf(server: GatewayTestServer, addresses: readonly string[]) {
  const groups = new Map<string, string[]>()
  for (const address of [...addresses].sort()) {
    const text = await discover(server, address)
    const key = ['ExternalEwsUrl', 'GroupingInformation'].map(name => settingIn(text, name)).join()
    groups.set(key, [...(groups.get(key) ?? []), address])
  }
  return groups
}

t.test('Autodiscover groups mailboxes so that no server rejects a subscription', async t => {
  const server = await startGatewayTestServer(t, {
    autodiscover: true,
    nodes: { [ALICE]: 'EX1', [BOB]: 'EX2', [CAROL]: 'Paris/EX3', [USER]: 'Paris/EX4' },
  })
  const groups = await groupsOf(server, [USER, BOB, CAROL, ALICE])
  t.strictSame(
    [...groups],
    [
      [`${server.url},Default-First-Site-Name`, [ALICE, BOB]],
      [`${server.url},Paris`, [CAROL, USER]],
    ],
  )

  const subscribeAll = async ([anchor = '', ...members]: readonly string[]) => {
    const first = await subscribe(server, anchor, AFFINITY)
    const headers = { ...AFFINITY, 'X-BackEndOverrideCookie': first.sealed }
    const others = []
    for (const member of members) others.push(await subscribe(server, member, headers))
    return { anchor, headers, subscribed: [first, ...others] }
  }
  for (const members of groups.values()) {
    const { anchor, headers, subscribed } = await subscribeAll(members)
    t.strictSame(
      subscribed.map(({ code }) => code),
      ['NoError', 'NoError'],
    )
    const client = new Wire(server.socket())
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
    const body = envelope(anchor, stream(subscribed.map(({ id }) => id)))
    await client.send(rawRequest(server, body, lines))
    await until('the stream is open', () => client.text.includes('ConnectionStatus>OK<'))
    for (const [index, address] of members.entries()) {
      server.sandbox.mailbox(address).deliver({ subject: 'for the stream' })
      const { id = '' } = subscribed[index] ?? {}
      await until('an event of the member', () => client.text.includes(`${id}</`))
    }
    client.socket.destroy()
  }
  const wrong = await subscribeAll([ALICE, CAROL])
  t.equal(wrong.subscribed[1]?.code, 'ErrorInternalServerTransientError', 'a wrong group')
})

t.test('Autodiscover requests only GroupingInformation from the upstream', async t => {
  const server = await startGatewayTestServer(t, {
    autodiscover: true,
    nodes: { [ALICE]: 'A&B/EX1' },
  })
  const asked = () =>
    server.sandbox.seen.map(({ operation, body, headers }) => [
      operation,
      /Mailbox>([^<]*)</.exec(body)?.[1],
      headers['x-anchormailbox'],
    ])
  t.match(await discover(server, 'ALIAS@example.com'), /Value>Default-First-Site-Name</)
  const question = ['GetUserSettings', 'user@example.com', 'user@example.com']
  t.strictSame(asked(), [question], 'as the primary address')
  t.notMatch(JSON.stringify(server.sandbox.seen), /alias/i, 'no bytes of the client')
  await discover(server, 'user@example.com')
  t.equal(asked().length, 1, 'and not again for five minutes')

  for (const [address, settings, what] of [
    ['boss@example.com', undefined, 'for a user who the role may not impersonate'],
    ['nobody@example.com', undefined, 'for an unknown user'],
    [BOB, ['ExternalEwsUrl'], 'if the client does not ask for it'],
  ] as const) {
    const text = await discover(server, address, settings && [...settings])
    t.notMatch(text, /GroupingInformation/, `nothing ${what}`)
  }
  const json = `/autodiscover/autodiscover.json?Email=${ALICE}&Protocol=Ews`
  await server.post('', { method: 'GET', path: json })
  t.equal(asked().length, 1)
  t.match(await discover(server, ALICE), /<a:Value>A&amp;B<\/a:Value>/, 'values are escaped')
})

t.test('Autodiscover reports that the upstream does not return GroupingInformation', async t => {
  const { url } = await record(t, socket => socket.write(OK))
  const error =
    /<a:UserSettingErrors><a:UserSettingError><a:ErrorCode>SettingIsNotAvailable<\/a:ErrorCode>.*<a:SettingName>GroupingInformation</
  const failing = await startGatewayTestServer(t, { autodiscover: true, upstreamUrl: url })
  const text = await discover(failing, ALICE)
  t.match(text, error)
  t.equal(settingIn(text, 'ExternalEwsUrl'), failing.url, 'the rest of the answer is complete')
  t.match(failing.audit().at(-2), { verdict: 'allow', operation: 'AutoDiscover' })

  const without = await startGatewayTestServer(t)
  t.notMatch(await discover(without, ALICE), /GroupingInformation/, 'without autodiscoverUrl')
  t.strictSame(without.sandbox.seen, [], 'nothing is asked')
})
