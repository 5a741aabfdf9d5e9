/**
 * Sign-in by Basic with an account of a directory, from the client to the LDAP server.
 */

import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { PrincipalId } from '../../src/model/principal.ts'
import { DOMAIN, ldifOf, person, Writer } from '../directory/people.ts'
import { codeOf, envelope, GET_FOLDER } from '../kit/corpus.ts'
import {
  type Auth,
  FULL,
  type GatewayTestServer,
  ORGANIZATION,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'
import { lend } from '../kit/services/lend.ts'
import { BASE, noSlapd, READER, Slapd } from '../kit/services/slapd.ts'
import { skippableIntervals } from '../kit/skip-time.ts'
import { until, Wire } from '../kit/wire.ts'
import { CHUNKED_HEAD, record } from '../upstream/recorder.ts'
import { headOf } from './traces.ts'

const BODY = envelope('alice@example.com', GET_FOLDER)
const STREAM = envelope(
  'alice@example.com',
  '<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>abc</t:SubscriptionId>' +
    '</m:SubscriptionIds><m:ConnectionTimeout>30</m:ConnectionTimeout></m:GetStreamingEvents>',
)
const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

const svc = person('svc', 1104, { password: ['right', '1'] })
const other = person('other', 1105, { password: ['right', '1'] })
const ACCOUNT = {
  kind: 'directory-account',
  sid: `${DOMAIN}-1104`,
  names: ['svc@corp.example.com', 'CORP\\svc', 'svc@example.com'],
} as const

/** Passes connections on to an LDAP server, and counts them. */
async function counting(t: Test, to: string) {
  const counted = { connections: 0, open: 0, url: '' }
  const server: Server = createServer(client => {
    counted.connections += 1
    counted.open += 1
    client.on('close', () => {
      counted.open -= 1
    })
    const { hostname, port } = new URL(to)
    const upstream = connect(Number(port), hostname)
    client.on('error', () => upstream.destroy()).pipe(upstream)
    upstream.on('error', () => client.destroy()).pipe(client)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  counted.url = `ldap://127.0.0.1:${(server.address() as { port: number }).port}`
  return counted
}

async function start(t: Test, upstreamUrl?: string) {
  const slapd = await lend(t, Slapd.start({ ldif: ldifOf([svc, other]) }))
  const counted = await counting(t, slapd.url)
  const server = await startGatewayTestServer(t, {
    ...(upstreamUrl !== undefined && { upstreamUrl }),
    directory: {
      kind: 'ldap',
      url: counted.url,
      bindDn: READER.bindDn,
      password: { file: join(t.testdir({ password: READER.password }), 'password') },
      baseDn: BASE,
      intervalSeconds: 86_400,
    },
    config: { signIn: { directoryAccounts: { enabled: true } } },
  })
  const { principal } = server.client(FULL.name)
  const bind = (identities: readonly (typeof ACCOUNT)[], id: PrincipalId = principal.id) =>
    server.store.putIdentities(ORGANIZATION, id, identities)
  await bind([ACCOUNT])
  await until('the directory is read', () => counted.connections > 0 && counted.open === 0)
  const post = async (auth: Auth) => {
    const { status, text, headers } = await server.post(BODY, { auth })
    return { status, code: status === 500 ? codeOf(text) : undefined, headers }
  }
  return { slapd, server, counted, bind, post, principal }
}

t.test('an account signs in under each of its names', { skip: noSlapd }, async t => {
  const { server, post, bind } = await start(t)
  for (const user of [
    ...ACCOUNT.names,
    'SVC@Example.com',
    'corp\\Svc',
    `${FULL.name}\\svc@example.com`,
    `${FULL.name}\\CORP\\svc`,
    'alice@example.com|svc@example.com',
    'alice@example.com|CORP\\svc',
  ])
    t.equal((await post(basic(user, 'right'))).status, 200, user)
  t.match(
    server.audit().findLast(({ type }) => type === 'decision'),
    {
      principalId: server.client(FULL.name).principal.id,
      accessKeyId: undefined,
      identity: { kind: 'directory-account', sid: ACCOUNT.sid },
      userNameMailbox: 'alice@example.com',
      verdict: 'allow',
    },
  )
  t.match(await post(basic('nowhere\\svc@example.com', 'right')), {
    status: 500,
    code: 'ErrorImpersonateUserDenied',
  })
  t.equal((await post('full')).status, 200, 'keys still work')
  await bind([])
  t.equal((await post(basic('svc@example.com', 'right'))).status, 401, 'P5 without a binding')
})

t.test('R41 nothing but a registered name reaches the directory', { skip: noSlapd }, async t => {
  const { server, counted, post, principal } = await start(t)
  const { connections } = counted
  const answers = new Set<string>()
  for (const [user, password] of [
    ['other@example.com', 'right'],
    ['other@corp.example.com', 'right'],
    ['svc', 'right'],
    ['*@example.com', 'right'],
    ['svc@example.com', ''],
    ['svc@example.com', '\0'],
    ['svc@example.com', 'right\0'],
    ['svc@example.com)(objectClass=*', 'right'],
    ['OTHER\\svc', 'right'],
    ['', ''],
  ] as const) {
    const { status, headers } = await post(basic(user, password))
    answers.add(JSON.stringify([status, headers['www-authenticate'], headers['content-length']]))
  }
  t.equal(counted.connections, connections)
  const { status, headers } = await post(basic('svc@example.com', 'wrong'))
  answers.add(JSON.stringify([status, headers['www-authenticate'], headers['content-length']]))
  t.ok(counted.connections > connections)
  t.equal(answers.size, 1, 'R2 a wrong password gets the same response as an unknown name')
  t.match(
    server.audit().findLast(({ reason }) => reason === 'credentials-refused'),
    { principalId: principal.id, identity: { kind: 'directory-account', sid: ACCOUNT.sid } },
    'the audit has the account',
  )
  await server.store.putPrincipal({ ...principal, enabled: false })
  const before = counted.connections
  t.equal((await post(basic('svc@example.com', 'right'))).status, 401)
  t.equal(counted.connections, before, 'nor does the name of a disabled principal')
})

t.test('R41 100 wrong passwords cause two binds', { skip: noSlapd }, async t => {
  const { counted, post } = await start(t)
  t.equal((await post(basic('svc@example.com', 'right'))).status, 200)
  const before = counted.connections
  const statuses = await Promise.all(
    Array.from({ length: 100 }, (_, n) => post(basic('svc@example.com', `wrong ${n}`))),
  )
  t.strictSame(new Set(statuses.map(({ status }) => status)), new Set([401]))
  t.equal(counted.connections - before, 4, 'each by a search and a bind')
  t.equal((await post(basic('svc@example.com', 'right'))).status, 200, 'the tool still works')
})

t.test('P6 gateway keys work while the directory is down', { skip: noSlapd }, async t => {
  const { slapd, server, post } = await start(t)
  slapd.freeze()
  const answered = post(basic('svc@example.com', 'right'))
  t.equal((await post('full')).status, 200)
  t.match(await answered, { status: 500, code: 'ErrorServerBusy' })
  t.equal(
    server.audit().findLast(({ reason }) => reason !== undefined)?.reason,
    'policy-unavailable',
  )
  slapd.thaw()
})

t.test('R41 a name that goes to another account does not sign in', { skip: noSlapd }, async t => {
  const { slapd, post } = await start(t)
  const writer = await Writer.to(slapd, t)
  await writer.remove(svc)
  await writer.add({ ...svc, number: 1106 })
  t.equal((await post(basic('svc@example.com', 'right'))).status, 401)
})

/** Opens a stream that continues until the gateway ends it. */
async function openStream(server: GatewayTestServer): Promise<Wire> {
  await server.ownSubscription('abc')
  const client = new Wire(server.socket())
  const length = `Content-Length: ${Buffer.byteLength(STREAM)}`
  await client.send(headOf(server, [length], basic('svc@example.com', 'right')) + STREAM)
  await until('the head', () => client.text.includes('\r\n\r\n'))
  return client
}

const hasEnded = (stream: Wire) => stream.text.endsWith('0\r\n\r\n') || stream.closed

t.test(
  'P5 an open stream ends within 300 s of a change of its account',
  { skip: noSlapd },
  async t => {
    const skip = skippableIntervals(t)
    const upstream = await record(t, socket => socket.write(CHUNKED_HEAD))
    const { slapd, server, counted } = await start(t, upstream.url)
    const writer = await Writer.to(slapd, t)
    const quiet = () => until('the directory is read', () => counted.open === 0)
    /** Lets the checks of a time run. */
    const pass = async (ms: number) => {
      for (let left = ms; left > 0; left -= 30_000) {
        skip(30_000)
        await setImmediate()
        await quiet()
      }
    }
    for (const [what, change, restore] of [
      ['the account is disabled', { userAccountControl: ['514'] }, { userAccountControl: ['512'] }],
      ['its password is reset', { pwdLastSet: ['2'] }, { pwdLastSet: ['1'] }],
      ['it expires', { accountExpires: ['116444736000000001'] }, { accountExpires: ['0'] }],
    ] as const) {
      const stream = await openStream(server)
      t.match(stream.text, /^HTTP\/1.1 200 OK\r\n/)
      await pass(600_000)
      t.notOk(hasEnded(stream), 'it continues without a change')
      await writer.change(svc, change)
      await pass(240_000)
      await until(what, () => hasEnded(stream))
      t.match(
        server.audit().findLast(({ type }) => type === 'decision'),
        { verdict: 'deny', reason: 'credentials-refused' },
        what,
      )
      await writer.change(svc, restore)
    }
  },
)

t.test('P5 removing the binding ends an open stream', { skip: noSlapd }, async t => {
  const upstream = await record(t, socket => socket.write(CHUNKED_HEAD))
  const { server, bind, principal } = await start(t, upstream.url)
  for (const [what, end, restore] of [
    ['the binding is removed', () => bind([]), () => bind([ACCOUNT])],
    [
      'the principal is disabled',
      () => server.store.putPrincipal({ ...principal, enabled: false }),
      () => server.store.putPrincipal(principal),
    ],
  ] as const) {
    const stream = await openStream(server)
    t.match(stream.text, /^HTTP\/1.1 200 OK\r\n/)
    await end()
    await until('the end', () => hasEnded(stream))
    t.pass(what)
    await restore()
  }
})
