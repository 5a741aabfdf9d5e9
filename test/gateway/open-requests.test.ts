/**
 * Tests streams and uploads that are in flight when the policy changes.
 */

import t, { type Test } from 'tap'
import { Journal } from '../../src/audit/journal.ts'
import { SigningKeys, TOKEN_TTL_MS } from '../../src/credentials/signing-keys.ts'
import { SignedTokenIssuer } from '../../src/credentials/token.ts'
import { CLOSED_ENVELOPE } from '../../src/ews/stream-end.ts'
import {
  codeOf,
  createItem,
  decisionIn,
  END,
  envelope,
  GET_FOLDER,
  prologue,
} from '../kit/corpus.ts'
import {
  type Client,
  FULL,
  type GatewayTestServer,
  mayAssume,
  ORGANIZATION,
  READ_ONLY,
  type RoleSeed,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'
import { skippableIntervals, skippableTime } from '../kit/skip-time.ts'
import { Upload } from '../kit/upload.ts'
import { until, Wire } from '../kit/wire.ts'
import { CHUNKED_HEAD, chunk, record } from '../upstream/recorder.ts'
import { headOf, metricOf, tracesOf } from './traces.ts'

/** A request for the events of the subscription that has a role's name. */
const streamOf = (id: string) =>
  envelope(
    'alice@example.com',
    `<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>${id}</t:SubscriptionId>` +
      '</m:SubscriptionIds><m:ConnectionTimeout>30</m:ConnectionTimeout></m:GetStreamingEvents>',
  )
const EVENT = '<Envelope><Body><m:ConnectionStatus>OK</m:ConnectionStatus></Body></Envelope>'
const END_OF_CHUNKS = '0\r\n\r\n'

type StreamingOptions = Readonly<{ maxAgeSeconds?: number; roles?: readonly RoleSeed[] }>

/** An upstream that begins every answer and ends none. */
async function startStreaming(t: Test, { maxAgeSeconds = 300, roles = [] }: StreamingOptions = {}) {
  const upstream = await record(t, socket => socket.write(`${CHUNKED_HEAD}${chunk(EVENT)}`))
  const config = { propagation: { maxAgeSeconds } }
  return {
    upstream,
    server: await startGatewayTestServer(t, { upstreamUrl: upstream.url, config, roles }),
  }
}

async function openStream(
  server: GatewayTestServer,
  role = FULL.name,
  authorization = server.authorization(server.client(role).key),
) {
  await server.ownSubscription(role, role)
  const client = new Wire(server.socket())
  const stream = streamOf(role)
  const length = `Content-Length: ${Buffer.byteLength(stream)}`
  await client.send(headOf(server, [length], authorization) + stream)
  await until('the first event', () => client.text.includes(EVENT))
  return client
}

const denyAlice = async (server: GatewayTestServer) => ({
  rules: [
    { id: 'all', effect: 'ALLOW' as const },
    {
      id: 'deny',
      effect: 'DENY' as const,
      targetUsers: [await server.userId('alice@example.com')],
    },
  ],
})

t.test('P5 an open stream ends when it is no longer allowed', async t => {
  const { server } = await startStreaming(t)
  const changes: readonly [string, (server: GatewayTestServer) => Promise<unknown>, string][] = [
    ['a rule', async () => server.changeRole(FULL.name, await denyAlice(server)), 'rule-denies'],
    [
      'a lock',
      () => server.store.lockRole(ORGANIZATION, server.client(FULL.name).role.id, {}),
      'role-locked',
    ],
    [
      'an access control rule',
      () => server.store.deleteAccessControlRule(ORGANIZATION, 'Default'),
      'access-control-denies',
    ],
  ]
  for (const [what, change, reason] of changes) {
    const client = await openStream(server)
    const { decisions, outcome } = await tracesOf(server, async () => {
      await change(server)
      await until('the end', () => client.text.endsWith(END_OF_CHUNKS))
    })
    t.match(client.text, CLOSED_ENVELOPE, `${what}: with an envelope that says so`)
    t.match(decisions, [{ verdict: 'deny', reason }], `${what} is recorded`)
    t.match(outcome, { ended: 'complete', outcome: 'DENIED', cause: undefined })
    await server.store.putAccessControlRule(ORGANIZATION, {
      name: 'Default',
      effect: 'ALLOW',
      description: '',
    })
    await server.store.lockRole(ORGANIZATION, server.client(FULL.name).role.id, undefined)
    await server.changeRole(FULL.name, {})
    client.socket.destroy()
  }
})

t.test('P5 a change while the record of a request is written prevents the request', async t => {
  const upload = envelope('alice@example.com', createItem('P5', 'x'.repeat(400_000)))
  for (const [what, body, verdicts] of [
    ['a stream', streamOf(FULL.name), ['allow']],
    ['a read', envelope('alice@example.com', GET_FOLDER), ['allow']],
    ['an upload', upload, ['pending', 'allow']],
  ] as const) {
    const upstream = await record(t)
    const server = await startGatewayTestServer(t, { upstreamUrl: upstream.url })
    await server.ownSubscription(FULL.name)
    const change = await denyAlice(server)
    const { written } = Journal.prototype
    t.teardown(() => Object.assign(Journal.prototype, { written }))
    let records = 0
    Journal.prototype.written = async function () {
      records += 1
      if (records === verdicts.length) {
        Object.assign(Journal.prototype, { written })
        await server.changeRole(FULL.name, change)
      }
      await written.call(this)
    }
    const { result, decisions, outcome } = await tracesOf(server, () => server.post(body))
    t.equal(codeOf(result.text), 'ErrorImpersonateUserDenied', what)
    const recorded = decisions.map(({ verdict }) => verdict)
    t.strictSame(recorded, [...verdicts, 'deny'], what)
    t.match(outcome, { ended: 'fault', outcome: 'DENIED' })
    await upstream.quiet()
    t.strictSame(upstream.requests, [], `the upstream never had ${what}`)
  }
})

/** Changes of a caller that end its streams, each with its reason. */
const CALLER_CHANGES: readonly (readonly [
  what: string,
  change: (server: GatewayTestServer, client: Client) => Promise<unknown>,
  reason: string,
])[] = [
  [
    'its key is disabled',
    ({ store }, { accessKey }) => store.putKey({ ...accessKey, enabled: false }),
    'role-not-permitted',
  ],
  [
    'its key is deleted',
    ({ store }, { accessKey }) => store.deleteKey(ORGANIZATION, accessKey.id),
    'role-not-permitted',
  ],
  [
    'its principal is disabled',
    ({ store }, { principal }) => store.putPrincipal({ ...principal, enabled: false }),
    'role-not-permitted',
  ],
  [
    'its policy names another role',
    ({ store }, { principal }) =>
      store.putPrincipal({
        ...principal,
        policy: mayAssume('9f0b0f3e-7b0a-4a33-b8a5-2f6d0e5a7c11'),
      }),
    'role-unknown',
  ],
  [
    'its role is deleted',
    ({ store }, { role }) => store.deleteRole(ORGANIZATION, role.id),
    'role-unknown',
  ],
]

t.test('P5 P7 an open stream ends, with the reason in its record, when', async t => {
  const roles = CALLER_CHANGES.map(([name]): RoleSeed => ({ ...FULL, name }))
  const { server } = await startStreaming(t, { roles })
  for (const [what, change, reason] of CALLER_CHANGES) {
    const { accessKey, principal } = server.client(what)
    const stream = await openStream(server, what)
    const { decisions, outcome, counted } = await tracesOf(server, async () => {
      await change(server, server.client(what))
      await until('the end', () => stream.text.endsWith(END_OF_CHUNKS))
    })
    t.match(stream.text, CLOSED_ENVELOPE, what)
    const caller = { principalId: principal.id, accessKeyId: accessKey.id }
    t.match(decisions, [{ verdict: 'deny', reason, operation: 'GetStreamingEvents', ...caller }])
    t.equal(decisions.length, 1)
    t.equal(decisions[0]?.['roleId'], undefined, 'no role is assumed any more')
    t.match(outcome, { ended: 'complete', status: 200 })
    t.strictSame(counted, [`GetStreamingEvents deny ${reason}`])
  }
})

t.test('R16 a stream ends with the epoch and the lifetime of its token', async t => {
  const skip = skippableIntervals(t)
  const { server } = await startStreaming(t, { maxAgeSeconds: 120 })
  const { role, principal, accessKey } = server.client(FULL.name)
  const keys = new SigningKeys({ ...server, maxAgeMs: 120_000, now: Date.now })
  const tokenFor = async (leftMs: number) => {
    const now = () => Date.now() + leftMs - TOKEN_TTL_MS
    return (await new SignedTokenIssuer(keys, server.store, now).issue(role, principal, accessKey))
      .token
  }
  for (const [what, leftMs, change, afterMs] of [
    ['another epoch', TOKEN_TTL_MS, () => server.store.newEpoch(), 1_000],
    ['its time', 60_000, () => undefined, 60_000],
  ] as const) {
    const stream = await openStream(server, FULL.name, `Bearer ${await tokenFor(leftMs)}`)
    const { decisions } = await tracesOf(server, async () => {
      await change()
      skip(afterMs)
      await until('the end', () => stream.text.endsWith(END_OF_CHUNKS))
    })
    t.match(stream.text, CLOSED_ENVELOPE, what)
    t.match(decisions, [{ verdict: 'deny', reason: 'credentials-refused' }])
  }
})

t.test('P5 an open stream continues through changes that leave it allowed', async t => {
  const { server, upstream } = await startStreaming(t)
  const [full, other] = [await openStream(server), await openStream(server, READ_ONLY.name)]
  await server.changeRole(FULL.name, { description: 'Another' })
  await server.store.deleteKey(ORGANIZATION, server.client(READ_ONLY.name).key.id as never)
  await until('the other one ends', () => other.text.endsWith(END_OF_CHUNKS))
  for (const socket of upstream.sockets) socket.write(chunk('<more/>'))
  await until('this one continues', () => full.text.includes('<more/>'))
  t.notMatch(full.text, CLOSED_ENVELOPE)
})

t.test('R16 an edit leaves a stream open, and a revocation ends it', async t => {
  const { server, upstream } = await startStreaming(t)
  const { role, principal, accessKey } = server.client(FULL.name)
  const keys = new SigningKeys({ ...server, maxAgeMs: 300_000, now: Date.now })
  const issuer = new SignedTokenIssuer(keys, server.store, Date.now)
  const { token } = await issuer.issue(role, principal, accessKey)
  const byToken = await openStream(server, FULL.name, `Bearer ${token}`)
  const byKey = await openStream(server)
  await server.changeRole(FULL.name, { description: 'Another' })
  for (const socket of upstream.sockets) socket.write(chunk(EVENT))
  await until('it continues', () => byToken.text.split(EVENT).length === 3)

  const { outcome } = await tracesOf(server, async () => {
    await server.store.revokeTokens(ORGANIZATION, role.id)
    await until('the end', () => byToken.text.endsWith(END_OF_CHUNKS))
  })
  t.match(byToken.text, CLOSED_ENVELOPE)
  t.match(outcome, { ended: 'complete' })
  for (const socket of upstream.sockets) if (!socket.destroyed) socket.write(chunk(EVENT))
  await until('the stream of the key continues', () => byKey.text.split(EVENT).length === 4)
  t.notMatch(byKey.text, CLOSED_ENVELOPE)
})

t.test('R31 a reevaluated credential is not a failed attempt', async t => {
  const { server } = await startStreaming(t)
  const { role, principal, accessKey } = server.client(FULL.name)
  const keys = new SigningKeys({ ...server, maxAgeMs: 300_000, now: Date.now })
  const issuer = new SignedTokenIssuer(keys, server.store, Date.now)
  const { token } = await issuer.issue(role, principal, accessKey)
  const streams: Wire[] = []
  for (let i = 0; i < 14; i++)
    streams.push(await openStream(server, FULL.name, i % 4 ? undefined : `Bearer ${token}`))
  await server.store.putKey({ ...accessKey, enabled: false })
  await until('all end', () => streams.every(({ text }) => text.endsWith(END_OF_CHUNKS)))
  await server.store.putKey(accessKey)
  const { status } = await server.post(envelope('ceo@example.com', GET_FOLDER))
  t.equal(status, 500, 'R18 the key is not limited: its role denies')
  await server.close()
  const failed = server.audit().filter(({ count }) => count !== undefined)
  t.strictSame(failed, [], 'nor is any failure recorded')
})

t.test('P5 a denied stream is truncated within its envelope', async t => {
  const { server, upstream } = await startStreaming(t)
  const client = await openStream(server)
  for (const socket of upstream.sockets) socket.write(chunk('<half>'))
  await until('it is here', () => client.text.includes('<half>'))
  const { outcome } = await tracesOf(server, async () => {
    await server.changeRole(FULL.name, await denyAlice(server))
    await client.gone()
  })
  t.notOk(client.text.endsWith(END_OF_CHUNKS))
  t.match(outcome, { ended: 'cut' })
})

t.test('P6 an open stream ends when its policy data is no longer fresh', async t => {
  const skip = skippableIntervals(t)
  const { server } = await startStreaming(t, { maxAgeSeconds: 60 })
  const client = await openStream(server)
  await server.store.close()
  skip(120_000)
  await until('the end', () => client.text.endsWith(END_OF_CHUNKS))
  t.match(client.text, CLOSED_ENVELOPE)
})

t.test('P5 an open stream ends soon after its key expires, without any change', async t => {
  const skip = skippableIntervals(t)
  // Longer than from one look at the store to the next: with less, every look finds a gap.
  const { server } = await startStreaming(t, { maxAgeSeconds: 120 })
  const { accessKey } = server.client(FULL.name)
  await server.store.putKey({ ...accessKey, expiresAt: Date.now() + 60_000 })
  const client = await openStream(server)
  skip(60_000)
  const { status } = await server.post(envelope('alice@example.com', GET_FOLDER))
  t.equal(status, 401, 'the key has ended')
  skip(60_000)
  await until('the end', () => client.text.endsWith(END_OF_CHUNKS))
  t.match(client.text, CLOSED_ENVELOPE)
})

const IN_EXCEPTION = 'its exception from protection ends'

/** Ends that the time alone brings: what has one, and the reason of the denial. */
const ENDS: readonly (readonly [
  what: string,
  change: (server: GatewayTestServer, client: Client, notAfter: number) => Promise<unknown>,
  reason: string,
])[] = [
  [
    'its role ends',
    (server, { role }, notAfter) => server.changeRole(role.name, { notAfter }),
    'role-expired',
  ],
  [
    'its principal ends',
    ({ store }, { principal }, notAfter) => store.putPrincipal({ ...principal, notAfter }),
    'principal-expired',
  ],
  [
    'its rule ends',
    (server, { role }, notAfter) =>
      server.changeRole(role.name, { rules: [{ id: 'timed', effect: 'ALLOW', notAfter }] }),
    'no-rule-allows',
  ],
  [
    'a DENY rule begins',
    (server, { role }, notBefore) =>
      server.changeRole(role.name, {
        rules: [
          { id: 'all', effect: 'ALLOW' },
          { id: 'later', effect: 'DENY', notBefore },
        ],
      }),
    'rule-denies',
  ],
  [
    'its key ends',
    ({ store }, { accessKey }, expiresAt) => store.putKey({ ...accessKey, expiresAt }),
    'role-not-permitted',
  ],
  [
    // Last, because the mailbox is then protected from all roles.
    IN_EXCEPTION,
    async (server, { role }, notAfter) =>
      server.store.putProtection(ORGANIZATION, {
        users: [await server.userId('alice@example.com')],
        groups: [],
        exceptions: [{ roleId: role.id, notAfter, reason: 'Investigation 7' }],
      }),
    'mailbox-protected',
  ],
]

t.test('P5 an open stream ends at the time when', async t => {
  const skip = skippableTime(t)
  const roles = ENDS.map(([name]): RoleSeed => ({ ...FULL, name }))
  const { server, upstream } = await startStreaming(t, { roles })
  for (const [what, change, reason] of ENDS) {
    await change(server, server.client(what), Date.now() + 60_000)
    const stream = await openStream(server, what)
    skip(50_000)
    for (const socket of upstream.sockets) if (!socket.destroyed) socket.write(chunk(EVENT))
    await until('it continues before', () => stream.text.split(EVENT).length === 3)
    const { decisions } = await tracesOf(server, async () => {
      skip(10_000)
      await until('the end', () => stream.text.endsWith(END_OF_CHUNKS))
    })
    t.match(stream.text, CLOSED_ENVELOPE, what)
    t.match(decisions, [{ verdict: 'deny', reason }])
    const allowed = server
      .audit()
      .find(({ roleName, verdict }) => roleName === what && verdict === 'allow')
    t.equal(allowed?.['protectionException'] ?? false, what === IN_EXCEPTION)
  }
  const counter = 'ews_gateway_protection_exception_requests_total'
  t.equal(await metricOf(server, `${counter}{organization="${ORGANIZATION}"}`), 1)
})

t.test('P5 an upload ends at the time when', async t => {
  const skip = skippableTime(t)
  const roles = ENDS.map(([name]): RoleSeed => ({ ...FULL, name }))
  const upstream = await record(t)
  const server = await startGatewayTestServer(t, { upstreamUrl: upstream.url, roles })
  const body = Buffer.from(
    `${prologue('alice@example.com')}${createItem('P5', 'x'.repeat(400_000))}${END}`,
  )
  for (const [what, change, reason] of ENDS) {
    await change(server, server.client(what), Date.now() + 60_000)
    const upload = new Upload(server, body, server.authorization(server.client(what).key))
    await upload.sendTo(300_000)
    const isPending = ({ roleName, verdict }: Record<string, unknown>) =>
      roleName === what && verdict === 'pending'
    await until('it is forwarded', () => server.audit().some(isPending))
    const { decisions } = await tracesOf(server, async () => {
      skip(60_000)
      t.equal(codeOf((await upload.wire.answer()).text), 'ErrorImpersonateUserDenied', what)
    })
    t.match(decisions, [{ verdict: 'deny', reason }], what)
  }
  await upstream.quiet()
  t.equal(upstream.requests.length, 0, 'the server never had one whole')
})

t.test('P5 an upload is denied while it is in flight', async t => {
  const body = Buffer.from(
    `${prologue('alice@example.com')}${createItem('P5', 'x'.repeat(400_000))}${END}`,
  )
  const upstream = await record(t)
  const server = await startGatewayTestServer(t, { upstreamUrl: upstream.url })
  const upload = new Upload(server, body)
  await upload.sendTo(300_000)
  await until('it continues', () => upstream.partial() > 200_000)
  const { decisions } = await tracesOf(server, async () => {
    await server.changeRole(FULL.name, await denyAlice(server))
    const { text } = await upload.wire.answer()
    t.equal(codeOf(text), 'ErrorImpersonateUserDenied')
    t.match(
      server.audit().map(({ decisionId }) => decisionId),
      [decisionIn(text)],
    )
  })
  t.match(decisions, [{ verdict: 'deny', reason: 'rule-denies' }])
  await upstream.quiet()
  t.equal(upstream.requests.length, 0, 'the server never had it whole')
})

t.test('P7 nothing is recorded of a stream that ended while it was reevaluated', async t => {
  const { server } = await startStreaming(t)
  const { snapshot } = server.store
  const client = await openStream(server)
  const reading = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  server.store.snapshot = async read => {
    reading.resolve()
    await held.promise
    return await snapshot(read)
  }
  const { decisions, outcome } = await tracesOf(server, async () => {
    await server.changeRole(FULL.name, await denyAlice(server))
    await reading.promise
    client.socket.destroy()
  })
  t.strictSame([decisions, outcome['ended']], [[], 'client-gone'])
  held.resolve()
  server.store.snapshot = snapshot
  const { status } = await server.post(envelope('alice@example.com', GET_FOLDER))
  t.equal(status, 500, 'a later decision has been made')
  const records = server.audit().filter(({ decisionId }) => decisionId === outcome.decisionId)
  t.match(records, [{ verdict: 'allow' }, { type: 'outcome' }])
  t.equal(records.length, 2)
})
