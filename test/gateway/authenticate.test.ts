/**
 * Credentials at the running gateway: who is let in, as what role, and what everybody else gets.
 */

import type { Test } from 'tap'
import t from 'tap'
import { ASSUME_ROLE, type PolicyDocument } from '../../src/model/iam.ts'
import { codeOf, createItem, envelope, GET_FOLDER } from '../kit/corpus.ts'
import {
  type Answered,
  basic,
  FULL,
  type GatewayTestServer,
  type Key,
  mayAssume,
  ORGANIZATION,
  READ_ONLY,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'
import { Wire } from '../kit/wire.ts'
import { metricOf } from './traces.ts'

const BODY = envelope('alice@example.com', GET_FOLDER)

const text = (user: string, secret: string, encoding: BufferEncoding = 'utf8') =>
  `Basic ${Buffer.from(`${user}:${secret}`, encoding).toString('base64')}`

const allow = (...actions: string[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: actions, Resource: ['*'] }],
})

/** The role that a request was decided under, or why it was not. */
function roleOf(server: GatewayTestServer, { status, headers }: Answered): string {
  if (status === 401) return '401'
  const id = headers['x-decision-id']
  const record = server.audit().find(it => it.decisionId === id && it.type === 'decision')
  return String(record?.reason ?? record?.['roleName'])
}

t.test('R17 the user name names key and role', async t => {
  const server = await startGatewayTestServer(t, {
    roles: [
      { name: 'Rôle', type: 'READ_ONLY', allow: 'all' },
      { name: 'a:b', type: 'READ_ONLY', allow: 'all' },
      { name: 'dom\\ain', type: 'READ_ONLY', allow: 'all' },
    ],
  })
  const idOf = (name: string) => server.client(name).role.id
  const many = await server.addPrincipal('many', allow(ASSUME_ROLE))
  const { id, secret } = many.key
  const one = server.keys.full

  for (const [authorization, expected] of [
    [text(one.id, one.secret), FULL.name],
    [text(`${one.id}@example.com`, one.secret), FULL.name],
    [text(`${one.id}@`, one.secret), FULL.name],
    [text(`${FULL.name}\\${one.id}`, one.secret), FULL.name],
    [text(`${idOf(FULL.name)}\\${one.id}@x@y`, one.secret), FULL.name],
    [text(`\\${one.id}`, one.secret), FULL.name],
    [text(`${READ_ONLY.name}\\${one.id}`, one.secret), 'role-not-permitted'],
    [text(`nothing\\${one.id}`, one.secret), 'role-unknown'],
    [text(id, secret), 'role-ambiguous'],
    [text(`\\${id}`, secret), 'role-ambiguous'],
    [text(`${FULL.name}\\${id}`, secret), FULL.name],
    [text(`${FULL.name.toUpperCase()}\\${id}`, secret), FULL.name],
    [text(`${idOf(READ_ONLY.name)}\\${id}`, secret), READ_ONLY.name],
    [text(`Rôle\\${id}`, secret), 'Rôle'],
    [text(`Rôle\\${id}`, secret, 'latin1'), 'Rôle'],
    [text(`Ro\u0302le\\${id}`, secret), 'Rôle'],
    [text(`dom\\ain\\${id}`, secret), 'dom\\ain'],
    [text(`ain\\${id}`, secret), 'role-unknown'],
    [text(`a:b\\${id}`, secret), '401'],
    [text(`${idOf('a:b')}\\${id}`, secret), 'a:b'],
    [text(`${FULL.name}/${id}`, secret), '401'],
    [text(`${id}\\${FULL.name}`, secret), '401'],
    [text(id.toLowerCase(), secret), '401'],
    [text(` ${id}`, secret), '401'],
    [text(`${id}\0`, secret), '401'],
    [text(`x${id}`, secret), '401'],
    [text(`@${id}`, secret), '401'],
  ] as const) {
    const answered = await server.post(BODY, { auth: authorization })
    const name = Buffer.from(authorization.slice('Basic '.length), 'base64').toString()
    t.equal(roleOf(server, answered), expected, JSON.stringify(name.slice(0, -secret.length - 1)))
  }
})

t.test('R17 if a policy names not exactly one role, the error says how to name one', async t => {
  const server = await startGatewayTestServer(t)
  const message =
    'Name the role in the user name, as role\\access-key-id, because the policy of this key does not name exactly one role.'
  for (const [name, policy] of [
    ['all roles', allow(ASSUME_ROLE)],
    ['no role', { ...allow(), Statement: [] }],
    ['two roles', mayAssume('one', 'two')],
  ] as const) {
    const { key } = await server.addPrincipal(name, policy)
    const { text, status } = await server.post(BODY, { auth: key })
    t.strictSame([status, codeOf(text)], [500, 'ErrorImpersonateUserDenied'], name)
    t.match(text, message)
  }
})

t.test('R17 a principal with more permissions than assuming roles cannot use Basic', async t => {
  const server = await startGatewayTestServer(t)
  for (const policy of [
    allow('*'),
    allow('workmail:*'),
    allow(ASSUME_ROLE, 'workmail:ListUsers'),
    allow('workmail:Assume*'),
    allow('ewsgateway:CreatePrincipal'),
  ]) {
    const { key } = await server.addPrincipal(crypto.randomUUID(), policy)
    const { role } = server.client(FULL.name)
    const auth = { id: `${role.id}\\${key.id}`, secret: key.secret }
    t.equal((await server.post(BODY, { auth })).status, 401, JSON.stringify(policy.Statement))
  }
  t.strictSame(server.sandbox.seen, [])
})

t.test('R17 the policy is evaluated for each request', async t => {
  const server = await startGatewayTestServer(t)
  const { role, principal, key } = server.client(FULL.name)
  const ask = async (auth: Key = key) => roleOf(server, await server.post(BODY, { auth }))
  const named = { id: `${role.id}\\${key.id}`, secret: key.secret }
  t.equal(await ask(), FULL.name)
  await server.store.putPrincipal({ ...principal, policy: mayAssume(role.id, 'another') })
  t.equal(await ask(), 'role-ambiguous')
  t.equal(await ask(named), FULL.name)
  const past = { DateLessThan: { 'aws:CurrentTime': ['2020-01-01T00:00:00Z'] } }
  const [statement] = mayAssume(role.id).Statement
  for (const [what, policy] of [
    ['a condition that fails', { ...statement, Condition: { ...statement?.Condition, ...past } }],
    ['another organization', { ...statement, Resource: ['arn:aws:workmail:*:*:organization/m-1'] }],
  ] as const) {
    const document = { ...principal.policy, Statement: [policy] } as PolicyDocument
    await server.store.putPrincipal({ ...principal, policy: document })
    t.equal(await ask(named), 'role-not-permitted', what)
  }
  await server.store.putPrincipal(principal)
  t.equal(await ask(), FULL.name)
  await server.store.deleteRole(ORGANIZATION, role.id)
  t.equal(await ask(), 'role-unknown')
})

/** Checks that every 401 has the same form, except for the error about a token. */
function check401(t: Test, { status, headers, text }: Answered, what: string, error = ''): void {
  const { date: _, 'x-decision-id': id, ...others } = headers
  t.strictSame(
    [status, text, others],
    [
      401,
      '',
      {
        'www-authenticate': `Basic realm="EWS", charset="UTF-8", Bearer${error}`,
        'content-length': '0',
        connection: 'keep-alive',
        'keep-alive': 'timeout=120',
      },
      // The challenges are lines of their own; node:http joins them.
    ],
    what,
  )
  t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
}

t.test('R18 every invalid credential gets the same 401', async t => {
  const server = await startGatewayTestServer(t)
  const { key, accessKey } = server.client(FULL.name)
  const other = server.keys.readOnly
  const disabled = await server.addPrincipal('disabled', mayAssume('x'))
  await server.store.putKey({ ...disabled.accessKey, enabled: false })
  const expired = await server.addPrincipal('expired', mayAssume('x'))
  await server.store.putKey({ ...expired.accessKey, expiresAt: Date.now() - 1 })
  const stopped = await server.addPrincipal('stopped', mayAssume('x'))
  await server.store.putPrincipal({ ...stopped.principal, enabled: false })
  const removed = await server.addPrincipal('removed', mayAssume('x'))
  await server.store.deleteKey(ORGANIZATION, removed.accessKey.id)

  for (const [what, auth] of [
    ['none', null],
    ['an empty one', ''],
    ['Basic alone', 'Basic'],
    ['Basic and a blank', 'Basic '],
    ['no base64', 'Basic !!!'],
    ['no colon', `Basic ${Buffer.from(key.id).toString('base64')}`],
    ['two schemes', `Basic ${Buffer.from('x').toString('base64')}, ${basic(key)}`],
    ['an unknown scheme', `Digest username="${key.id}"`],
    ['NTLM', 'NTLM TlRMTVNTUAABAAAA'],
    ['Negotiate', 'Negotiate YII='],
    ['a token that is none', 'Bearer x.y.z'],
    ['a key as a token', `Bearer ${key.secret}`],
    ['an unknown key', text('AKIAAAAAAAAAAAAAAAAA', key.secret)],
    ['no key', text('alice@example.com', 'password')],
    ['an empty secret', text(key.id, '')],
    ['a wrong secret', text(key.id, 'x')],
    ['half a secret', text(key.id, key.secret.slice(0, -1))],
    ['a longer secret', text(key.id, `${key.secret}x`)],
    ['a secret in other letters', text(key.id, key.secret.toUpperCase())],
    ["another key's secret", text(key.id, other.secret)],
    ["a secret's hash", text(key.id, Buffer.from(accessKey.secretHash).toString('base64url'))],
    ['a disabled key', disabled.key],
    ['an expired key', expired.key],
    ["a disabled principal's key", stopped.key],
    ['a deleted key', removed.key],
  ] as const) {
    const error = String(auth).startsWith('Bearer') ? ' error="invalid_token"' : ''
    check401(t, await server.post(BODY, { auth }), what, error)
  }

  t.strictSame(server.sandbox.seen, [])
  const outcomes = server.audit().filter(({ type }) => type === 'outcome')
  t.strictSame(outcomes, [], 'a 401 has no outcome')
  t.equal((await server.post(BODY)).status, 200)
  const wrong = server.audit().filter(({ reason }) => reason === 'credentials-refused')
  const keys = wrong.map(({ accessKeyId }) => accessKeyId)
  t.equal(new Set(keys).size, keys.length, 'R31 one record for each key')
  t.notMatch(JSON.stringify(server.audit()), key.secret, 'P8')
})

t.test('sign-ins are counted by the scheme of their header', async t => {
  const server = await startGatewayTestServer(t)
  const { key } = server.client(FULL.name)
  for (const [auth, scheme, result] of [
    [basic(key), 'Basic', 'authenticated'],
    [basic(key).replace('Basic', 'bAsIc'), 'Basic', 'authenticated'],
    [text(key.id, 'x'), 'Basic', 'wrong'],
    ['Bearer x.y.z', 'Bearer', 'wrong'],
    ['Digest x', 'none', 'wrong'],
    [null, 'none', 'missing'],
  ] as const) {
    const metric = `ews_gateway_sign_ins_total{scheme="${scheme}",result="${result}"}`
    const before = (await metricOf(server, metric)) || 0
    await server.post(BODY, { auth })
    t.equal(await metricOf(server, metric), before + 1, metric)
  }
})

t.test('R18 the challenges are two lines, Basic first', async t => {
  const server = await startGatewayTestServer(t)
  const wire = new Wire(server.socket())
  await wire.send('POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n')
  const { head } = await wire.answer()
  const challenges = head.split('\r\n').filter(line => /^www-authenticate/i.test(line))
  t.strictSame(challenges, [
    'WWW-Authenticate: Basic realm="EWS", charset="UTF-8"',
    'WWW-Authenticate: Bearer',
  ])
})

t.test('R18 R29 a body without credentials is discarded, and the connection continues', async t => {
  const server = await startGatewayTestServer(t)
  const body = envelope('alice@example.com', createItem('x', 'x'.repeat(500_000)))
  const head = `POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: ${body.length}\r\n`
  const wire = new Wire(server.socket())
  await wire.send(`${head}\r\n${body}`)
  await wire.send(`${head}Authorization: ${server.authorization('full')}\r\n\r\n${body}`)
  const answers = await wire.answers(2)
  t.strictSame(
    answers.map(({ status }) => status),
    [401, 200],
  )
  t.match(server.sandbox.executed, [{ operation: 'CreateItem', as: 'alice@example.com' }])
})

t.test(
  'P10 R29 a client that asks to close its connection gets the response, and the connection ends after its body',
  async t => {
    const server = await startGatewayTestServer(t)
    const body = envelope('alice@example.com', createItem('x', 'x'.repeat(500_000)))
    const readOnly = `Authorization: ${server.authorization('readOnly')}\r\n`
    for (const [method, version, headers, status] of [
      ['POST', '1.1', 'Connection: close\r\n', 401],
      ['POST', '1.1', `Connection: Close\r\n${readOnly}`, 500],
      ['POST', '1.0', readOnly, 500],
      ['GET', '1.1', `Connection: close\r\n${readOnly}`, 200],
    ] as const) {
      const wire = new Wire(server.socket())
      const head = `${method} /EWS/Exchange.asmx HTTP/${version}\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: ${body.length}\r\n`
      await wire.send(`${head}${headers}\r\n${body.slice(0, 400_000)}`)
      const answer = await wire.answer()
      t.equal(answer.status, status)
      t.match(answer.head, /^connection: close/im, 'so that it sends no other request')
      await server.post(BODY)
      t.notOk(wire.closed, 'a client that still sends is not cut off')
      await wire.send(body.slice(400_000))
      await wire.gone()
    }
  },
)

t.test('R18 the rate limiter limits a pair of address and key, and no other', async t => {
  const server = await startGatewayTestServer(t, { config: { trustedProxies: ['127.0.0.1'] } })
  const { full, readOnly } = server.keys
  const ask = async (auth: Key | null, address: string, secret?: string) => {
    const headers = { 'X-Forwarded-For': address }
    const key = auth && secret !== undefined ? { ...auth, secret } : auth
    return (await server.post(BODY, { auth: key, headers })).status
  }
  for (let guess = 0; guess < 30; guess++) {
    t.equal(await ask(null, '203.0.113.1'), 401)
    t.equal(await ask({ id: 'AKIAAAAAAAAAAAAAAAAA', secret: 'x' }, '203.0.113.1'), 401)
  }
  t.equal(await ask(full, '203.0.113.1'), 200, 'an invented key ID limits no client')

  for (let guess = 0; guess < 9; guess++) t.equal(await ask(full, '203.0.113.1', 'x'), 401)
  t.equal(await ask(full, '203.0.113.1'), 200, 'nine failures are forgiven')
  for (let guess = 0; guess < 10; guess++) t.equal(await ask(full, '203.0.113.1', 'x'), 401)
  t.equal(await ask(full, '203.0.113.1'), 401, 'ten are not')
  t.equal(await ask(full, '::ffff:203.0.113.1'), 401, 'R23 however the address is written')
  t.equal(await ask(full, '203.0.113.2'), 200, 'from elsewhere the key is good')
  t.equal(await ask(readOnly, '203.0.113.1'), 200, 'another key is good')

  for (let guess = 0; guess < 10; guess++) await ask(full, `2001:db8:0:1::${guess}`, 'x')
  t.equal(await ask(full, '2001:db8:0:1::ffff'), 401, 'a network of IPv6 is one address')
  t.equal(await ask(full, '2001:db8:0:2::1'), 200)
  const records = server
    .audit()
    .filter(({ accessKeyId, reason }) => accessKeyId === full.id && reason)
  t.equal(records.length, 2, 'R31 one record for each pair and minute')
})
