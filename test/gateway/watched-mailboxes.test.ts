/**
 * R15: a subscription is evaluated for every mailbox that its Subscribe named, by the present rules
 * and guard: whenever it is used, and while it streams.
 */

import { hash } from 'node:crypto'
import t from 'tap'
import { DEFAULT_GUARD, type Mailboxes } from '../../src/model/role.ts'
import { codeOf, envelope, GET_FOLDER } from '../kit/corpus.ts'
import {
  type GatewayTestServer,
  ORGANIZATION,
  type RoleSeed,
  startGatewayTestServer,
  XML,
} from '../kit/gateway-test-server.ts'
import { WATCHED_ROWS, type WatchedRow } from '../kit/watched-mailboxes.ts'
import { tracesOf } from './traces.ts'

const seed = (mailboxes: Mailboxes): RoleSeed => ({
  name: mailboxes,
  type: 'FULL_ACCESS',
  allow: 'all',
  deny: ['ceo@example.com'],
  guard: { mailboxes },
})
const ROLES = (['own', 'permitted', 'any'] as const).map(seed)
const [ALICE, BOB] = ['alice@example.com', 'bob@example.com']

const inboxOf = (address: string) =>
  `<t:DistinguishedFolderId Id="inbox"><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`
const OWN_INBOX = '<t:DistinguishedFolderId Id="inbox"/>'

const subscribe = (folders: string, blanks = '') =>
  `<m:Subscribe>${blanks}<m:PullSubscriptionRequest><t:FolderIds>${folders}</t:FolderIds><t:EventTypes>` +
  '<t:EventType>NewMailEvent</t:EventType></t:EventTypes><t:Timeout>10</t:Timeout>' +
  '</m:PullSubscriptionRequest></m:Subscribe>'
const subscribeStream = (folders: string) =>
  `<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds>${folders}</t:FolderIds><t:EventTypes>` +
  '<t:EventType>NewMailEvent</t:EventType></t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>'
const SUBSCRIBE_TO_ALL =
  '<m:Subscribe><m:PullSubscriptionRequest SubscribeToAllFolders="true"><t:EventTypes>' +
  '<t:EventType>NewMailEvent</t:EventType></t:EventTypes><t:Timeout>10</t:Timeout>' +
  '</m:PullSubscriptionRequest></m:Subscribe>'

type Ids = Readonly<{ id: string; watermark: string }>

const getEvents = ({ id, watermark }: Ids) =>
  `<m:GetEvents><m:SubscriptionId>${id}</m:SubscriptionId><m:Watermark>${watermark}</m:Watermark></m:GetEvents>`
const unsubscribe = ({ id }: Ids) =>
  `<m:Unsubscribe><m:SubscriptionId>${id}</m:SubscriptionId></m:Unsubscribe>`
const stream = ({ id }: Ids) =>
  `<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>${id}</t:SubscriptionId></m:SubscriptionIds>` +
  '<m:ConnectionTimeout>1</m:ConnectionTimeout></m:GetStreamingEvents>'

/** Asks as Alice, in one of the roles. */
async function ask(server: GatewayTestServer, role: string, operation: string, address = ALICE) {
  const auth = server.client(role).key
  return (await server.post(envelope(address, operation), { auth })).text
}

/** Sends a request for a stream as Alice. Resolves when its response has begun. */
function openStream(server: GatewayTestServer, role: string, operation: string): Promise<Response> {
  const authorization = server.authorization(server.client(role).key) ?? ''
  const headers = { 'Content-Type': XML, Authorization: authorization }
  return fetch(server.url, { method: 'POST', headers, body: envelope(ALICE, operation) })
}

async function subscribed(
  server: GatewayTestServer,
  role: string,
  operation: string,
): Promise<Ids> {
  const text = await ask(server, role, operation)
  const [, id = ''] = /SubscriptionId>([^<]+)</.exec(text) ?? []
  const [, watermark = ''] = /Watermark>([^<]+)</.exec(text) ?? []
  return { id, watermark }
}

/** Gives a role another guard, or a DENY for more users. */
async function change(
  server: GatewayTestServer,
  role: string,
  mailboxes: Mailboxes,
  ...denied: string[]
) {
  const deny = await Promise.all(denied.map(address => server.userId(address)))
  await server.changeRole(role, {
    guard: { ...DEFAULT_GUARD, mailboxes },
    rules: [
      { id: 'allow', effect: 'ALLOW' },
      {
        id: 'deny',
        effect: 'DENY',
        targetUsers: [...deny, await server.userId('ceo@example.com')],
      },
    ],
  })
}

const addressOf = (name: string) => `${name}@example.com`

/** The Subscribe of a row. */
function subscribeOf({ watches, by }: WatchedRow, ids: ReadonlyMap<string, string>): string {
  if (by === 'all folders') return SUBSCRIBE_TO_ALL
  const folders = watches.map(name =>
    by === 'id' ? `<t:FolderId Id="${ids.get(name)}"/>` : inboxOf(addressOf(name)),
  )
  const blanks = by === 'late address' ? ' '.repeat(300_000) : ''
  return subscribe(folders.join('') || OWN_INBOX, blanks)
}

for (const [upstream, lenient] of [
  ['Exchange', false],
  ['grommunio', true],
] as const)
  t.test(`R15 a subscription is denied with any mailbox that it watches: ${upstream}`, async t => {
    const delegations = ['bob', 'carol'].map(name => ({ owner: addressOf(name), delegate: ALICE }))
    const server = await startGatewayTestServer(t, { roles: ROLES, delegations, lenient })
    const folder = /FolderId Id="([^"]+)"/.exec(
      await ask(server, 'permitted', GET_FOLDER, BOB),
    )?.[1]
    const folderIds = new Map([['bob', folder ?? '']])
    // The gateway learns whose the ID is.
    await ask(server, 'permitted', GET_FOLDER.replace(OWN_INBOX, inboxOf(BOB)))

    for (const row of WATCHED_ROWS) {
      const { what, as: role, after, deny, allowed } = row
      const ids = await subscribed(server, role, subscribeOf(row, folderIds))
      t.equal(codeOf(await ask(server, role, getEvents(ids))), 'NoError', what)

      await change(server, role, after, ...deny.map(addressOf))
      const executed = server.sandbox.executed.length
      // A denied user would hide the check of the subscription, so another user sends the request.
      const asWhom = deny.includes('alice') ? BOB : ALICE
      for (const operation of [getEvents(ids), ...(allowed ? [] : [unsubscribe(ids)])]) {
        const { result, decisions } = await tracesOf(server, () =>
          ask(server, role, operation, asWhom),
        )
        t.equal(codeOf(result), allowed ? 'NoError' : 'ErrorSubscriptionNotFound', what)
        t.match(decisions, [allowed ? { verdict: 'allow' } : { reason: 'foreign-subscription' }])
      }
      t.equal(server.sandbox.executed.length - executed, allowed ? 1 : 0, 'P1')

      await change(server, role, role)
      t.equal(codeOf(await ask(server, role, getEvents(ids))), 'NoError', `${what}, and back`)
    }

    const ids = await subscribed(server, 'permitted', subscribe(inboxOf(BOB)))
    await server.store.deleteUser(ORGANIZATION, await server.userId(BOB))
    const text = await ask(server, 'permitted', getEvents(ids))
    t.equal(codeOf(text), 'ErrorSubscriptionNotFound', 'and with a deleted user')
  })

t.test('R15 a stream ends with any mailbox that it watches', async t => {
  const server = await startGatewayTestServer(t, {
    roles: ROLES,
    delegations: [{ owner: BOB, delegate: ALICE }],
  })
  for (const [role, changed, denied] of [
    ['permitted', 'permitted', [BOB]],
    ['permitted', 'own', []],
    ['any', 'permitted', []],
  ] as const) {
    const ids = await subscribed(server, role, subscribeStream(inboxOf(BOB)))
    const { result, decisions, outcome } = await tracesOf(server, async () => {
      const response = await openStream(server, role, stream(ids))
      await change(server, role, changed, ...denied)
      return await response.text()
    })
    t.match(result, /<m:ConnectionStatus>Closed</, `${role}, then ${changed} and DENY ${denied}`)
    t.match(decisions, [{ verdict: 'allow' }, { verdict: 'deny', reason: 'foreign-subscription' }])
    t.match(outcome, { ended: 'complete' })
    await change(server, role, role)
  }
})

t.test(
  'R15 a subscription whose mailboxes were not determined is valid only under the guard any',
  async t => {
    const server = await startGatewayTestServer(t, {
      roles: ROLES,
      delegations: [{ owner: BOB, delegate: ALICE }],
    })
    for (const [role, code] of [
      ['own', 'ErrorSubscriptionNotFound'],
      ['permitted', 'ErrorSubscriptionNotFound'],
      ['any', 'NoError'],
    ] as const) {
      const ids = await subscribed(server, role, subscribe(OWN_INBOX))
      const idHash = hash('sha256', ids.id, 'base64url')
      const [found] = await server.store.subscriptions(ORGANIZATION, [idHash])
      if (found === undefined) throw new TypeError('It was not recorded')
      const { others: _, ...old } = found
      await server.store.putSubscription(old)
      t.equal(codeOf(await ask(server, role, getEvents(ids))), code, role)
    }
  },
)
