/**
 * Tests two users with the same mailbox at the upstream: both are denied, and the gateway reports it.
 */

import t, { type Test } from 'tap'
import {
  type Holder,
  type SharedMailboxChange,
  SharedMailboxes,
} from '../../src/gateway/shared-mailboxes.ts'
import { ANN, BOB, ORGANIZATION as MODEL, OFF } from '../decision/data.ts'
import { codeOf, envelope, GET_FOLDER } from '../kit/corpus.ts'
import {
  type GatewayTestServer,
  ORGANIZATION,
  type RoleSeed,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'
import { skippableTime } from '../kit/skip-time.ts'

const role = (name: string, guard: RoleSeed['guard'] = {}): RoleSeed => ({
  name,
  type: 'FULL_ACCESS',
  allow: 'all',
  guard,
})
const OWN = role('own')
const PERMITTED = role('permitted', { mailboxes: 'permitted' })
const ANY = role('any', { mailboxes: 'any' })

const inboxOf = (name: string) =>
  GET_FOLDER.replace(
    'Id="inbox"/>',
    `Id="inbox"><t:Mailbox><t:EmailAddress>${name}@example.com</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`,
  )
const folderById = (id: string) =>
  `<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds><t:FolderId Id="${id}"/></m:FolderIds></m:GetFolder>`

async function ask(
  server: GatewayTestServer,
  name: string,
  operation: string,
  { name: key }: RoleSeed = OWN,
) {
  const auth = server.client(key).key
  const body = envelope(`${name}@example.com`, operation)
  const { text, headers } = await server.post(body, { auth })
  const record = server.audit().find(({ decisionId }) => decisionId === headers['x-decision-id'])
  const id = /FolderId Id="([^"]*)"/.exec(text)?.[1] ?? ''
  return { id, code: codeOf(text), reason: record?.reason, verdict: record?.verdict }
}

const foreign = { code: 'ErrorAccessDenied', reason: 'foreign-mailbox', verdict: 'deny' }
const allowed = { code: 'NoError', reason: undefined, verdict: 'allow' }

/**
 * A gateway that knows two users, `user` and `alias`. The upstream knows both as addresses of one
 * mailbox, and opens it by either, as grommunio does.
 */
async function startShared(t: Test) {
  const server = await startGatewayTestServer(t, {
    roles: [OWN, PERMITTED, ANY],
    opaqueIds: 'refuse',
    lenient: true,
  })
  const user = {
    id: await server.userId('user@example.com'),
    primarySmtpAddress: 'user@example.com',
  }
  await server.store.putUser(ORGANIZATION, { ...user, aliases: [] })
  await server.store.releaseName(ORGANIZATION, 'address', 'alias@example.com')
  await server.store.putUser(ORGANIZATION, { primarySmtpAddress: 'alias@example.com', aliases: [] })
  return server
}

const holder = ({ id, primarySmtpAddress }: typeof ANN): Holder => ({
  userId: id,
  address: primarySmtpAddress,
})
const [ann, bob, off] = [holder(ANN), holder(BOB), holder(OFF)]

/** Shared mailboxes of an upstream that reports the holders of each GUID. */
function track(reported: Record<string, readonly Holder[]>) {
  const changes: SharedMailboxChange[] = []
  const asked: Holder[] = []
  const shared = new SharedMailboxes(change => changes.push(change))
  const holds = async (guid: string, { userId }: Holder) => {
    asked.push(...[ann, bob, off].filter(one => one.userId === userId))
    return reported[guid]?.some(one => one.userId === userId) ?? false
  }
  const state = (guid: string) =>
    [ann, bob, off]
      .map(({ userId }) => userId)
      .filter(user => shared.isShared(MODEL.id, guid) && shared.isConcerned(MODEL.id, user))
  return {
    state,
    changes: () => changes.splice(0).map(({ kind, users, count }) => ({ kind, users, count })),
    asked: () => asked.splice(0),
    claim: (guid: string, of: Holder, before?: Holder) =>
      shared.claim(MODEL.id, guid, of, before, holds),
    check: async ({ userId }: Holder) => [...(await shared.check(MODEL.id, userId, holds))],
  }
}

const idsOf = (...holders: readonly Holder[]) => holders.map(({ userId }) => userId)

t.test('SharedMailboxes.claim() reports a mailbox that two users hold', async t => {
  const reported = { a: [ann, bob], b: [bob] }
  const { claim, state, changes, asked } = track(reported)
  await claim('a', ann)
  await claim('a', ann, ann)
  t.strictSame([asked(), changes(), state('a')], [[], [], []], 'one user')
  await claim('b', bob, ann)
  t.strictSame([asked(), changes(), state('b')], [[ann], [], []], 'the other one lost it')
  await claim('a', bob, ann)
  t.strictSame(asked(), [ann])
  t.strictSame(changes(), [{ kind: 'shared', users: idsOf(ann, bob), count: 1 }])
  t.strictSame(state('a'), idsOf(ann, bob))
  await claim('a', bob)
  await claim('a', ann)
  t.strictSame([asked(), changes()], [[], []], 'they are known')
  await claim('a', off)
  t.strictSame(changes(), [{ kind: 'shared', users: idsOf(bob, ann, off), count: 1 }])
})

t.test('SharedMailboxes.check() returns who is left when one user holds a mailbox', async t => {
  const reported: Record<string, readonly Holder[]> = { a: [ann, bob], b: [ann, bob] }
  const { claim, check, state, changes, asked } = track(reported)
  await claim('a', bob, ann)
  await claim('b', bob, ann)
  t.strictSame(
    changes().map(({ count }) => count),
    [1, 2],
  )
  asked()
  t.strictSame(await check(off), [])
  t.strictSame(asked(), [], 'a user without a shared mailbox')
  t.strictSame(await check(ann), [])
  t.strictSame([changes(), state('a')], [[], idsOf(ann, bob)], 'nothing has changed')

  reported['a'] = [bob]
  t.strictSame(await check(ann), [['a', bob]])
  t.strictSame(changes(), [{ kind: 'settled', users: idsOf(ann, bob), count: 1 }])
  t.strictSame([state('a'), state('b')], [[], idsOf(ann, bob)])

  reported['b'] = []
  t.strictSame(await check(bob), [], 'no user is left')
  t.strictSame(changes(), [{ kind: 'settled', users: idsOf(ann, bob), count: 0 }])
  t.strictSame(state('b'), [])
})

t.test('SharedMailboxes.check() leaves a mailbox to two of three users', async t => {
  const reported: Record<string, readonly Holder[]> = { a: [ann, bob, off] }
  const { claim, check, state, changes } = track(reported)
  await claim('a', bob, ann)
  await claim('a', off)
  changes()
  reported['a'] = [bob, off]
  t.strictSame(await check(ann), [])
  t.strictSame([changes(), state('a')], [[], idsOf(bob, off)])
})

/** Time for which the result of a health check holds. A scrape runs the checks, too. */
const CHECKED_MS = 1_000

const gaugeOf = async (server: GatewayTestServer) =>
  /^ews_gateway_shared_mailboxes\{[^}]*\} (\d+)$/m.exec(await server.metrics())?.[1]
const readiness = async (server: GatewayTestServer) =>
  await (await fetch(`http://127.0.0.1:${server.gateway.opsPort}/readyz`)).json()

t.test('R3 two users with the same mailbox are denied in every way', async t => {
  const skip = skippableTime(t)
  const server = await startShared(t)
  const user = await ask(server, 'user', GET_FOLDER)
  const dave = await ask(server, 'alias', GET_FOLDER)
  t.equal(user.id, dave.id, 'it is one mailbox')
  t.equal(await gaugeOf(server), '0')
  t.match(await ask(server, 'user', folderById(user.id)), allowed, 'one of them is known')

  t.match(await ask(server, 'alias', folderById(user.id)), foreign)
  skip(CHECKED_MS)
  t.equal(await gaugeOf(server), '2', 'the archive, too')
  t.match(await readiness(server), {
    status: 'warn',
    checks: { mailboxes: { status: 'warn', message: /2 mailboxes to several users/ } },
  })
  server.sandbox.forget()
  for (const [name, operation, key] of [
    ['user', GET_FOLDER],
    ['alias', GET_FOLDER],
    ['user', folderById(user.id)],
    ['user', GET_FOLDER, ANY],
    ['alias', GET_FOLDER, PERMITTED],
    ['alice', inboxOf('user'), PERMITTED],
    ['alice', inboxOf('alias'), PERMITTED],
    ['alice', folderById(user.id), PERMITTED],
  ] as const)
    t.match(await ask(server, name, operation, key), foreign, `${name}: ${operation}`)
  await server.ownSubscription('of-user', PERMITTED.name, 'user@example.com')
  const events =
    '<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>of-user</t:SubscriptionId></m:SubscriptionIds>' +
    '<m:ConnectionTimeout>1</m:ConnectionTimeout></m:GetStreamingEvents>'
  t.match(await ask(server, 'alice', events, PERMITTED), {
    code: 'ErrorSubscriptionNotFound',
    reason: 'foreign-subscription',
  })
  t.match(await ask(server, 'alice', GET_FOLDER), allowed, 'nobody else is denied')
})
