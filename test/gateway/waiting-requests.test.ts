/**
 * Tests requests that wait for a connection to the upstream when the policy changes.
 */

import type { Socket } from 'node:net'
import t, { type Test } from 'tap'
import { type OpenRequest, Reevaluations } from '../../src/gateway/reevaluations.ts'
import { codeOf, createItem, envelope, GET_FOLDER } from '../kit/corpus.ts'
import {
  FULL,
  type GatewayTestServer,
  ORGANIZATION,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'
import { messagesTo } from '../kit/responses.ts'
import { until } from '../kit/wire.ts'
import { answerOf, OK, record } from '../upstream/recorder.ts'
import { tracesOf } from './traces.ts'

/** Starts a gateway whose only connection to the upstream is in use until it is freed. */
async function startOccupied(t: Test, response = OK) {
  const held: Socket[] = []
  const upstream = await record(t, (socket, number) => {
    if (number === 0) held.push(socket)
    else socket.write(response)
  })
  const server = await startGatewayTestServer(t, {
    upstreamUrl: upstream.url,
    organization: { upstream: { connections: 1 } } as never,
  })
  const first = server.post(envelope('bob@example.com', GET_FOLDER))
  await until('the connection is in use', () => held.length > 0)
  const free = async () => {
    held[0]?.write(OK)
    await first
  }
  return { upstream, server, free }
}

/** Sends a request. Resolves when it is allowed, so that it waits for the connection. */
async function sendWaiting(server: GatewayTestServer, operation: string) {
  const answered = server.post(envelope('alice@example.com', operation))
  await until('it is allowed', () => server.audit().length === 2)
  return { answered }
}

/** Returns the number of times so far that an open request was decided on again, and allowed. */
function countRenewals(t: Test): () => number {
  const { add } = Reevaluations.prototype
  let count = 0
  t.capture(Reevaluations.prototype, 'add', function (this: Reevaluations, request: OpenRequest) {
    const reevaluate = async (isOpen: () => boolean) => {
      const dueAt = await request.reevaluate(isOpen)
      count += 1
      return dueAt
    }
    return add.call(this, { ...request, reevaluate })
  })
  return () => count
}

const CHANGES: readonly (readonly [
  what: string,
  change: (server: GatewayTestServer) => Promise<unknown>,
  reason: string,
])[] = [
  [
    'a rule',
    async server =>
      server.changeRole(FULL.name, {
        rules: [
          { id: 'all', effect: 'ALLOW' },
          { id: 'deny', effect: 'DENY', targetUsers: [await server.userId('alice@example.com')] },
        ],
      }),
    'rule-denies',
  ],
  [
    'a lock',
    server => server.store.lockRole(ORGANIZATION, server.client(FULL.name).role.id, {}),
    'role-locked',
  ],
  [
    'a key',
    server => server.store.deleteKey(ORGANIZATION, server.client(FULL.name).accessKey.id),
    'role-not-permitted',
  ],
]

const STREAM =
  `<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>${FULL.name}</t:SubscriptionId>` +
  '</m:SubscriptionIds><m:ConnectionTimeout>30</m:ConnectionTimeout></m:GetStreamingEvents>'
const UPLOAD = createItem('P5', 'x'.repeat(400_000))

t.test('P5 P10 a waiting request is not sent if it is no longer allowed', async t => {
  for (const [what, change, reason] of CHANGES)
    for (const operation of what === 'a rule'
      ? [GET_FOLDER, createItem('P5'), STREAM, UPLOAD]
      : [GET_FOLDER]) {
      const { upstream, server, free } = await startOccupied(t)
      await server.ownSubscription(FULL.name)
      const { answered } = await sendWaiting(server, operation)
      const { result, decisions, outcome } = await tracesOf(server, async () => {
        await change(server)
        return await answered
      })
      t.equal(codeOf(result.text), 'ErrorImpersonateUserDenied', what)
      const verdict = operation === UPLOAD ? 'pending' : 'allow'
      t.match(server.audit()[1], { verdict, decisionId: outcome.decisionId })
      t.match(decisions, [{ verdict: 'deny', reason }], what)
      t.match(outcome, { ended: 'fault', outcome: 'DENIED' }, what)
      await free()
      t.equal(upstream.requests.length, 1, `the upstream never had it: ${what}`)
    }
})

t.test('a waiting request is sent if it is still allowed', async t => {
  const { upstream, server, free } = await startOccupied(t)
  const { answered } = await sendWaiting(server, GET_FOLDER)
  await server.changeRole(FULL.name, { description: 'changed' })
  await free()
  t.equal((await answered).status, 200)
  t.equal(upstream.requests.length, 2)
  const decisions = server.audit().filter(({ type }) => type === 'decision')
  t.match(decisions, [{ verdict: 'allow' }, { verdict: 'allow' }])
})

t.test(
  'P5 the response to a waiting request is filtered by the profile that the role has then',
  async t => {
    const folderIn = (name: string) =>
      `<m:ResponseCode>NoError</m:ResponseCode><m:Folders><t:Folder><t:DisplayName>${name}</t:DisplayName></t:Folder></m:Folders>`
    const response = answerOf(
      '200 OK',
      ['Content-Type: text/xml; charset=utf-8'],
      messagesTo('GetFolder', [folderIn('Mail of Alice'), folderIn('Dates of Alice')]),
    )
    const renewals = countRenewals(t)
    const { server, free } = await startOccupied(t, response)
    const { answered } = await sendWaiting(
      server,
      '<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>' +
        '<t:DistinguishedFolderId Id="inbox"/><t:DistinguishedFolderId Id="calendar"/></m:FolderIds></m:GetFolder>',
    )
    const before = renewals()
    await server.changeRole(FULL.name, { profile: { name: 'calendar-read' } })
    await until('it is decided on again', () => renewals() > before)
    await free()
    const { text } = await answered
    t.match(text, 'Dates of Alice')
    t.notMatch(text, 'Mail of Alice')
    t.match(text, 'ErrorFolderNotFound')
  },
)
