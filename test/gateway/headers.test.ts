/**
 * HTTP at the running gateway: none of a client's headers reaches the server but those that are
 * sealed or listed, however the request is framed.
 */

import type { Test } from 'tap'
import t from 'tap'
import { VERSION } from '../../src/app/version.ts'
import { ASSUME_ROLE } from '../../src/model/iam.ts'
import { codeOf, createItem, END, envelope, GET_FOLDER, prologue } from '../kit/corpus.ts'
import {
  basic,
  FULL,
  type GatewayTestServer,
  type PostOptions,
  startGatewayTestServer,
  XML,
} from '../kit/gateway-test-server.ts'
import {
  answerWith,
  type RawUpstream,
  type Received,
  rawUpstream,
  until,
  Wire,
} from '../kit/wire.ts'

const ALICE = 'alice@example.com'
const BODY = envelope(ALICE, GET_FOLDER)
const POST = 'POST /EWS/Exchange.asmx HTTP/1.1'
const PASSWORD = /^Basic [A-Za-z0-9+/]+=*$/

type Scene = Readonly<{ server: GatewayTestServer; upstream: RawUpstream }>

async function startScene(t: Test, answer?: (request: Received) => string): Promise<Scene> {
  const upstream = await rawUpstream(t, answer)
  const server = await startGatewayTestServer(t, {
    upstreamUrl: upstream.url,
    config: { trustedProxies: ['127.0.0.2'] },
  })
  return { server, upstream }
}

/** Returns the latest request that the upstream received. */
async function forwarded({ server, upstream }: Scene, options: PostOptions, body = BODY) {
  const before = upstream.requests().length
  const answered = await server.post(body, options)
  return { answered, requests: upstream.requests().slice(before) }
}

/** Every header of a request, but for the service account's password. */
function headersOf({ upstream }: Scene, { headers }: Received): Record<string, string> {
  const all = headers.map(([name, value]) => [
    name,
    PASSWORD.test(value) ? 'Basic' : value.replace(new URL(upstream.url).host, 'HOST'),
  ])
  const named = Object.fromEntries(all)
  return Object.keys(named).length === headers.length ? named : { twice: JSON.stringify(all) }
}

/** Headers that every request to the upstream has. */
const usual = (request: Received | undefined) => ({
  host: 'HOST',
  connection: 'keep-alive',
  'Content-Type': XML,
  Accept: 'text/xml',
  'Accept-Encoding': 'identity',
  'User-Agent': `ews-gateway/${VERSION}`,
  Authorization: 'Basic',
  'X-AnchorMailbox': ALICE,
  'content-length': String(request?.body.length),
})

t.test('R5 P8 every header to the server is the gateway’s own', async t => {
  const scene = await startScene(t)
  const { requests } = await forwarded(scene, {
    headers: {
      Accept: '*/*',
      'Accept-Language': 'de',
      Cookie: 'X-BEResource=evil@ex1.example.com~1; X-BackEndCookie=x; exchangecookie=y',
      Forwarded: 'for=127.0.0.1',
      From: 'ceo@example.com',
      'If-None-Match': '*',
      'Keep-Alive': 'timeout=5',
      'Proxy-Authorization': 'Basic eDp4',
      'Proxy-Connection': 'keep-alive',
      Range: 'bytes=0-1',
      Referer: 'http://x/',
      SOAPAction: '"http://schemas.microsoft.com/exchange/services/2006/messages/DeleteItem"',
      TE: 'trailers',
      'User-Agent': 'ceo',
      Via: '1.1 x',
      'X-AnchorMailbox': ['ceo@example.com', 'svc-gateway@example.com'],
      'X-BackEndOverrideCookie': 'EX1~1942062522',
      'X-BEResource': 'evil',
      'X-Forwarded-For': '127.0.0.1',
      'X-Forwarded-Host': 'x',
      'X-Forwarded-Proto': 'https',
      'X-HTTP-Method-Override': 'DELETE',
      'X-MS-CookieUri-Requested': 't',
      'X-MS-Exchange-Organization-Id': 'x',
      'X-Original-URL': '/ecp/',
      'X-PreferServerAffinity': 'TRUE',
      'X-Real-IP': '127.0.0.1',
      'X-User-Identity': 'ceo@example.com',
      'client-request-id': 'a b',
    },
  })
  t.equal(requests.length, 1)
  const [request] = requests
  t.equal(request?.line, 'POST /EWS/Exchange.asmx HTTP/1.1')
  t.strictSame(request && headersOf(scene, request), usual(request))
})

/** Headers of a client's request, and those that the gateway forwards. */
const PASSED: readonly (readonly [
  sent: Readonly<Record<string, string>>,
  passed: Readonly<Record<string, string>>,
  operation?: string,
])[] = [
  [{ 'client-request-id': 'a-{Z}_0.9' }, { 'client-request-id': 'a-{Z}_0.9' }],
  [{ 'Client-Request-Id': 'x'.repeat(64) }, { 'client-request-id': 'x'.repeat(64) }],
  [{ 'client-request-id': 'x'.repeat(65) }, {}],
  [{ 'client-request-id': 'x,y' }, {}],
  [{ 'client-request-id': '' }, {}],
  [{ 'X-PreferServerAffinity': 'true' }, { 'X-PreferServerAffinity': 'true' }],
  [{ 'X-PreferServerAffinity': 'true, true' }, {}],
  [{ 'X-PreferServerAffinity': '1' }, {}],
  [{ 'Accept-Encoding': 'gzip, deflate' }, { 'Accept-Encoding': 'gzip' }],
  [{ 'Accept-Encoding': 'br;q=1.0, gzip;q=0.5' }, { 'Accept-Encoding': 'gzip' }],
  [{ 'Accept-Encoding': 'gzip;q=0' }, {}],
  [{ 'Accept-Encoding': 'x-gzip' }, {}],
  [{ 'Accept-Encoding': 'br, *' }, {}],
  [
    { 'Accept-Encoding': 'gzip' },
    {},
    '<m:GetStreamingEvents><m:ConnectionTimeout>1</m:ConnectionTimeout></m:GetStreamingEvents>',
  ],
  [
    { 'Accept-Encoding': 'gzip' },
    {},
    '<m:Subscribe><m:StreamingSubscriptionRequest SubscribeToAllFolders="true"/></m:Subscribe>',
  ],
]

t.test('R5 only listed headers of a client are forwarded', async t => {
  const scene = await startScene(t)
  for (const [headers, passed, operation = GET_FOLDER] of PASSED) {
    const { requests } = await forwarded(scene, { headers }, envelope(ALICE, operation))
    const [request] = requests
    const expected = { ...usual(request), ...passed }
    t.strictSame(request && headersOf(scene, request), expected, JSON.stringify(headers))
  }
})

/** A request with a custom line. The line ends the head if nothing follows. */
type Shape = Readonly<{
  what: string
  /** Between request line and Authorization, and behind the head. */
  head: readonly string[]
  body: string
  line?: string
  /** Between lines of the head. */
  break?: string
  /** Statuses of the responses. Empty if the connection is closed. */
  answers: readonly number[]
  /** How many requests the server gets. */
  passes?: number
}>

const LENGTH = `Content-Length: ${BODY.length}`
const CHUNKED = 'Transfer-Encoding: chunked'
const chunks = (text: string, extension = '') =>
  `${text.length.toString(16)}${extension}\r\n${text}\r\n0\r\n\r\n`
const SMUGGLED = `${POST}\r\nHost: x\r\nContent-Type: text/xml\r\n${LENGTH}\r\n\r\n${BODY}`

const SHAPES: readonly Shape[] = [
  { what: 'Content-Length', head: [LENGTH], body: BODY, answers: [200], passes: 1 },
  { what: 'both lengths', head: [LENGTH, CHUNKED], body: chunks(BODY), answers: [400] },
  { what: 'both lengths, the other first', head: [CHUNKED, LENGTH], body: BODY, answers: [400] },
  {
    what: 'no length and chunks',
    head: ['Content-Length: 0', CHUNKED],
    body: chunks(BODY),
    answers: [400],
  },
  { what: 'the length twice', head: [LENGTH, LENGTH], body: BODY, answers: [400] },
  { what: 'two lengths', head: [LENGTH, 'Content-Length: 5'], body: BODY, answers: [400] },
  ...['+5', '-5', '5, 5', '0x5', '5 5', '5.0', '', '99999999999999999999'].map(length => ({
    what: `the length ${length}`,
    head: [`Content-Length: ${length}`],
    body: BODY,
    answers: [400],
  })),
  ...['identity', 'chunked, identity', 'x-chunked', '"chunked"', 'chunked\x0b', 'chunke'].map(
    coding => ({
      what: `the coding ${JSON.stringify(coding)}`,
      head: [`Transfer-Encoding: ${coding}`],
      body: chunks(BODY),
      answers: [400],
    }),
  ),
  {
    what: 'a length in a folded line',
    head: [`Content-Length:\r\n ${BODY.length}`],
    body: BODY,
    answers: [400],
  },
  {
    what: 'a folded line with a length in it',
    head: [LENGTH, 'X-Folded: x\r\n Content-Length: 0'],
    body: BODY,
    answers: [400],
  },
  { what: 'a blank before the colon', head: [`Content-Length : 5`], body: BODY, answers: [400] },
  { what: 'a name of other letters', head: [LENGTH, 'X-\xe9: x'], body: BODY, answers: [400] },
  { what: 'a line without a name', head: [LENGTH, ': x'], body: BODY, answers: [400] },
  { what: 'a line without a colon', head: [LENGTH, 'X'], body: BODY, answers: [400] },
  { what: 'a NUL in a value', head: [LENGTH, 'X: a\0b'], body: BODY, answers: [400] },
  {
    what: 'a bare CR in a value',
    head: [LENGTH, `X: a\rTransfer-Encoding: chunked`],
    body: BODY,
    answers: [400],
  },
  { what: 'bare line feeds', head: [LENGTH], body: BODY, break: '\n', answers: [400] },
  { what: 'two hosts', head: [LENGTH, 'Host: y'], body: BODY, answers: [400] },
  { what: 'no host', head: [LENGTH], body: BODY, line: `${POST}\r\nX: y`, answers: [400] },
  { what: 'too many headers', head: [`X: ${'x'.repeat(17_000)}`], body: '', answers: [431] },
  { what: 'another expectation', head: [LENGTH, 'Expect: x'], body: BODY, answers: [417] },
  { what: 'an upgrade', head: [LENGTH, 'Upgrade: h2c'], body: BODY, answers: [200], passes: 1 },
  { what: 'HTTP/2', head: [LENGTH], body: BODY, line: 'PRI * HTTP/2.0', answers: [400] },
  {
    what: 'HTTP/1.2',
    head: [LENGTH],
    body: BODY,
    line: 'POST /EWS/Exchange.asmx HTTP/1.2',
    answers: [400],
  },
  { what: 'CONNECT', head: [], body: '', line: 'CONNECT x:443 HTTP/1.1\r\nHost: x', answers: [] },
  { what: 'chunks', head: [CHUNKED], body: chunks(BODY), answers: [200], passes: 1 },
  {
    what: 'chunks with extensions',
    head: [CHUNKED],
    body: chunks(BODY, ';x="y";z'),
    answers: [200],
    passes: 1,
  },
  {
    what: 'chunks in HTTP/1.0',
    head: [CHUNKED],
    body: chunks(BODY),
    line: 'POST /EWS/Exchange.asmx HTTP/1.0\r\nHost: x',
    answers: [400],
  },
  ...['gzip, chunked', 'GZIP,chunked', 'x, chunked', 'chunked, chunked'].map(coding => ({
    what: `the coding ${coding}`,
    head: [`Transfer-Encoding: ${coding}`],
    body: chunks(BODY),
    answers: [400],
  })),
  {
    what: 'a coding before chunks in another line',
    head: ['Transfer-Encoding: gzip', CHUNKED],
    body: chunks(BODY),
    answers: [400],
  },
  {
    what: 'chunks of one byte',
    head: ['transfer-encoding: Chunked'],
    body: `${[...BODY].map(byte => `1\r\n${byte}\r\n`).join('')}0\r\n\r\n`,
    answers: [200],
    passes: 1,
  },
  {
    what: 'headers behind chunks',
    head: [CHUNKED],
    body: chunks(BODY).replace(/\r\n$/, 'X-AnchorMailbox: ceo@example.com\r\n\r\n'),
    answers: [200],
    passes: 1,
  },
  {
    what: 'a length behind chunks',
    head: [CHUNKED],
    body: chunks(BODY).replace(/\r\n$/, 'Content-Length: 1\r\n\r\n'),
    answers: [400],
  },
  {
    what: 'a chunk of a size beyond numbers',
    head: [CHUNKED],
    body: `FFFFFFFFFFFFFFFFF\r\n${BODY}`,
    answers: [400],
  },
  { what: 'a negative chunk', head: [CHUNKED], body: `-1\r\n${BODY}`, answers: [400] },
  {
    what: 'a chunk that ends with a line feed',
    head: [CHUNKED],
    body: `${BODY.length.toString(16)}\n${BODY}\n0\n\n`,
    answers: [400],
  },
  {
    what: 'a chunk longer than its size',
    head: [CHUNKED],
    body: chunks(BODY).replace(/^\w+/, '5'),
    answers: [400],
  },
  {
    what: 'no request behind a body that is cut short',
    head: [`Content-Length: ${prologue(ALICE).length}`],
    body: BODY,
    // The rest of the body is no request, which ends the connection before the record of the denial is written.
    answers: [400],
  },
  {
    what: 'a request without credentials in a pipeline',
    head: [LENGTH],
    body: `${BODY}${SMUGGLED}`,
    answers: [200, 401],
    passes: 1,
  },
  {
    what: 'a request behind chunks',
    head: [CHUNKED],
    body: `${chunks(BODY)}${SMUGGLED}`,
    answers: [200, 401],
    passes: 1,
  },
  {
    what: 'a request as the body of another that is not served',
    head: [`Content-Length: ${SMUGGLED.length}`],
    body: SMUGGLED,
    line: 'PUT /x HTTP/1.1\r\nHost: x',
    answers: [404],
  },
]

t.test('P2 R5 no form of a request smuggles another one', async t => {
  const scene = await startScene(t)
  const { server, upstream } = scene
  for (const shape of SHAPES) {
    const { what, head, body, line, break: end = '\r\n', answers, passes = 0 } = shape
    const before = upstream.requests().length
    const wire = new Wire(server.socket())
    const lines = [
      ...(line ? [line] : [POST, 'Host: x']),
      'Content-Type: text/xml',
      `Authorization: ${server.authorization('full')}`,
      ...head,
    ]
    await wire.send(`${lines.join(end)}${end}${end}${body}`)
    const got = answers.length === 0 ? [] : await wire.answers(answers.length)
    if (answers.length === 0) await wire.gone()
    t.strictSame(
      got.map(({ status }) => status),
      answers,
      `${what} is answered`,
    )
    const requests = upstream.requests().slice(before)
    t.equal(requests.length, passes, `${what} reaches the server or not`)
    for (const request of requests) {
      t.strictSame(headersOf(scene, request), usual(request), what)
      t.equal(request.body.split(ALICE).length, 2, `P1 ${what}`)
      t.ok(request.body.includes(GET_FOLDER))
    }
    wire.socket.destroy()
  }
  t.equal(upstream.all().split('POST /').length - 1, upstream.requests().length)
})

t.test('P2 R5 requests in a pipeline are answered in their order, each with its own', async t => {
  const { server, upstream } = await startScene(t, ({ body }) =>
    answerWith(`request-id: ${/<PrimarySmtpAddress>(\w+)/.exec(body)?.[1]}`),
  )
  const names = ['alice', 'bob', 'ceo', 'carol', 'nobody', 'user']
  const wire = new Wire(server.socket())
  const requests = names.map(name => {
    const body = envelope(`${name}@example.com`, GET_FOLDER)
    const head = `${POST}\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: ${body.length}`
    return `${head}\r\nAuthorization: ${server.authorization('full')}\r\n\r\n${body}`
  })
  await wire.send(requests.join(''))
  const answers = await wire.answers(names.length)
  t.strictSame(
    answers.map(({ head, text }) => /^request-id: (\w+)/m.exec(head)?.[1] ?? codeOf(text)),
    ['alice', 'bob', 'ErrorImpersonateUserDenied', 'carol', 'ErrorImpersonateUserDenied', 'user'],
  )
  t.equal(upstream.requests().length, 4)
})

t.test('R5 R7 a chunked body is read completely, decided on, and sent with its length', async t => {
  const scene = await startScene(t)
  const { server, upstream } = scene
  const large = `${prologue(ALICE)}${createItem('R7', 'x'.repeat(400_000))}`
  const open = async () => {
    const wire = new Wire(server.socket())
    await wire.send(
      `${POST}\r\nHost: x\r\nContent-Type: text/xml\r\n${CHUNKED}\r\n` +
        `Authorization: ${server.authorization('full')}\r\n\r\n`,
    )
    return wire
  }
  const sendChunk = (wire: Wire, text: string) =>
    wire.send(`${text.length.toString(16)}\r\n${text}\r\n`)

  const wire = await open()
  await sendChunk(wire, large)
  await sendChunk(wire, END)
  await server.post(BODY)
  t.notMatch(upstream.all(), 'CreateItem', 'nothing is forwarded before the last chunk')
  await wire.send('0\r\n\r\n')
  t.equal((await wire.answer()).status, 200)
  const request = upstream.requests().find(({ body }) => body.includes('CreateItem'))
  t.strictSame(request && headersOf(scene, request), usual(request))
  t.ok(request?.body.endsWith(`${large.slice(prologue(ALICE).length)}${END}`))

  const refused = await open()
  await sendChunk(refused, large)
  await sendChunk(refused, '<m:DeleteItem/>')
  await refused.send(`${chunks(END)}`)
  t.equal(codeOf((await refused.answer()).text), 'ErrorSchemaValidation')
  t.equal(upstream.requests().length, 2)
})

t.test('R7 R29 a body beyond the limit is rejected', async t => {
  const upstream = await rawUpstream(t)
  const server = await startGatewayTestServer(t, {
    upstreamUrl: upstream.url,
    config: { limits: { gatheredBytes: 100_000, bodyBytes: 500_000 } },
  })
  const headers = { 'Transfer-Encoding': 'chunked' }
  const body = envelope(ALICE, createItem('R7', 'x'.repeat(150_000)))
  const chunked = await server.post(body, { headers })
  t.equal(codeOf(chunked.text), 'ErrorMessageSizeExceeded')
  t.equal((await server.post(body)).status, 200, 'it may come with a length')
  t.equal((await server.post(BODY, { headers })).status, 200)
  const wire = new Wire(server.socket())
  await wire.send(
    `${POST}\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: 500001\r\n` +
      `Authorization: ${server.authorization('full')}\r\n\r\n`,
  )
  t.equal(codeOf((await wire.answer()).text), 'ErrorMessageSizeExceeded', 'before it is sent')
  await wire.gone()
  t.equal(upstream.requests().length, 2)
})

t.test('R5 Expect is answered after authentication, and not forwarded', async t => {
  const scene = await startScene(t)
  const { server, upstream } = scene
  const expect = async (authorization: string) => {
    const wire = new Wire(server.socket())
    await wire.send(
      `${POST}\r\nHost: x\r\nContent-Type: text/xml\r\n${LENGTH}\r\nExpect: 100-continue\r\n` +
        `Authorization: ${authorization}\r\n\r\n`,
    )
    await until('an answer', () => wire.text.includes('\r\n\r\n'))
    return wire
  }
  const wire = await expect(server.authorization('full') ?? '')
  t.match(wire.text, /^HTTP\/1\.1 100 Continue\r\n\r\n$/)
  await wire.send(BODY)
  t.equal((await wire.answer()).status, 200)
  const [request] = upstream.requests()
  t.strictSame(request && headersOf(scene, request), usual(request))

  const refused = await expect('Basic eDp4')
  t.match(refused.text, /^HTTP\/1\.1 401 [\s\S]*\r\nConnection: close\r\n/i, 'R29')
  await refused.gone()
})

const COOKIES = [
  'Set-Cookie: exchangecookie=abc123; Domain=example.com; path=/; HttpOnly',
  'Set-Cookie: X-BackEndCookie=S-1-5=u56Lnp2ejJ; expires=Wed, 21-Oct-2037 07:28:00 GMT; path=/EWS; secure',
  'Set-Cookie: X-BEResource=evil~1',
  'Set-Cookie: cadata=secret',
]

/** A test server whose upstream sets cookies, and the cookies that a client received. */
async function withCookies(t: Test) {
  const scene = await startScene(t, () =>
    answerWith(...COOKIES, 'Set-Cookie: X-BackEndOverrideCookie=EX1~1942062522; path=/'),
  )
  const { answered } = await forwarded(scene, {})
  const set = answered.headers['set-cookie'] ?? []
  const sealed = new Map(set.map(cookie => /^([^=]+)=([^;]*)/.exec(cookie)?.slice(1)).map(pairOf))
  /** The Cookie header that the server gets. */
  const given = async (headers: Readonly<Record<string, string>>, options: PostOptions = {}) => {
    const { requests } = await forwarded(scene, { ...options, headers })
    const cookies = requests[0]?.headers.filter(([name]) => /cookie/i.test(name)) ?? []
    return cookies.map(pair => pair.join(': ')).join('\n')
  }
  return { ...scene, set, sealed: (name: string) => sealed.get(name) ?? '', given }
}

const pairOf = (pair: string[] = []): [string, string] => [pair[0] ?? '', pair[1] ?? '']

t.test('R6 only affinity cookies of the server reach the client, and they are sealed', async t => {
  const { set, sealed, given } = await withCookies(t)
  t.strictSame(
    set.map(cookie => cookie.replace(/\.[\w-]+\.[\w-]{43}(?=;)/, '.MAC')),
    [
      'exchangecookie=abc123.MAC; Path=/; HttpOnly',
      'X-BackEndCookie=S-1-5=u56Lnp2ejJ.MAC; Path=/EWS; Expires=Wed, 21-Oct-2037 07:28:00 GMT; Secure',
      'X-BackEndOverrideCookie=EX1~1942062522.MAC; Path=/',
    ],
  )
  const cookie = ['exchangecookie', 'X-BackEndCookie']
    .map(name => `${name}=${sealed(name)}`)
    .join('; ')
  t.equal(
    await given({ Cookie: cookie }),
    'Cookie: exchangecookie=abc123; X-BackEndCookie=S-1-5=u56Lnp2ejJ',
  )
  t.equal(
    await given({ 'X-BackEndOverrideCookie': sealed('X-BackEndOverrideCookie') }),
    'Cookie: X-BackEndOverrideCookie=EX1~1942062522',
  )
})

t.test('R6 a cookie that was not sealed for this client is dropped', async t => {
  const { server, sealed, given } = await withCookies(t)
  const mine = sealed('exchangecookie')
  const [value = '', anchor = '', mac = ''] = mine.split('.')
  const ofBob = Buffer.from('bob@example.com').toString('base64url')
  const override = sealed('X-BackEndOverrideCookie')
  for (const [what, headers] of [
    ['bare', { Cookie: 'exchangecookie=abc123' }],
    ['of an empty MAC', { Cookie: `exchangecookie=${value}.${anchor}.` }],
    ['another value', { Cookie: `exchangecookie=abc124.${anchor}.${mac}` }],
    ['a longer value', { Cookie: `exchangecookie=x${mine}` }],
    ['an empty value', { Cookie: `exchangecookie=.${anchor}.${mac}` }],
    ['another anchor', { Cookie: `exchangecookie=${value}.${ofBob}.${mac}` }],
    ['no anchor', { Cookie: `exchangecookie=${value}.${mac}` }],
    ['another MAC', { Cookie: `exchangecookie=${value}.${anchor}.${'A'.repeat(43)}` }],
    ['half a MAC', { Cookie: `exchangecookie=${value}.${anchor}.${mac.slice(0, 20)}` }],
    ['two MACs', { Cookie: `exchangecookie=${mine}.${mac}` }],
    ['another name', { Cookie: `X-BackEndCookie=${mine}` }],
    ['the ProxyLogon cookie', { Cookie: `X-BEResource=${mine}` }],
    ['a header of another name', { 'X-BackEndOverrideCookie': mine }],
    ['a bare header', { 'X-BackEndOverrideCookie': 'EX1~1942062522' }],
    ['a header twice', { 'X-BackEndOverrideCookie': `${override}, ${override}` }],
    ['a header of the name', { exchangecookie: mine, 'X-BEResource': override }],
  ] as const)
    t.equal(await given(headers), '', what)

  const own = { Cookie: `exchangecookie=${mine}` }
  t.equal(await given(own), 'Cookie: exchangecookie=abc123')
  t.equal(await given(own, { auth: 'readOnly' }), '', 'of another principal and role')
  const { role } = server.client(FULL.name)
  const policy = server.client(FULL.name).principal.policy
  const another = await server.addPrincipal('another', policy)
  t.equal(await given(own, { auth: another.key }), '', 'of another principal in the same role')

  await server.addRole({ name: 'other', type: 'FULL_ACCESS', allow: 'all' })
  const both = await server.addPrincipal('both', {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: [ASSUME_ROLE], Resource: ['*'] }],
  })
  const as = (name: string) => ({ auth: basic({ ...both.key, id: `${name}\\${both.key.id}` }) })
  const { headers } = await server.post(BODY, as(role.name))
  const [first = ''] = headers['set-cookie'] ?? []
  const theirs = { Cookie: first.split(';')[0] ?? '' }
  t.equal(await given(theirs, as(role.name)), 'Cookie: exchangecookie=abc123')
  t.equal(await given(theirs, as('other')), '', 'of another role of the same principal')
})

t.test('R6 only one cookie of each name is forwarded', async t => {
  const { sealed, given } = await withCookies(t)
  const mine = sealed('exchangecookie')
  const override = sealed('X-BackEndOverrideCookie')
  t.equal(
    await given({ Cookie: `exchangecookie=x; exchangecookie=${mine}; exchangecookie=${mine}` }),
    'Cookie: exchangecookie=abc123',
  )
  t.equal(
    await given({ Cookie: `exchangecookie=${mine}; ExchangeCookie=${mine}` }),
    'Cookie: exchangecookie=abc123',
    'whatever its letters',
  )
  t.equal(
    await given({
      Cookie: `X-BackEndOverrideCookie=${override}`,
      'X-BackEndOverrideCookie': override,
    }),
    'Cookie: X-BackEndOverrideCookie=EX1~1942062522',
  )
})

/** Values of X-Forwarded-For from a trusted peer, and the resulting client address. `400` if rejected. */
const FORWARDED_FOR: readonly (readonly [header: string | readonly string[], address: string])[] = [
  ['203.0.113.7', '203.0.113.7'],
  ['2001:db8::7', '2001:db8::7'],
  ['198.51.100.1, 203.0.113.7', '203.0.113.7'],
  ['198.51.100.1,203.0.113.7 ,127.0.0.9', '203.0.113.7'],
  [['198.51.100.1', '203.0.113.7'], '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['203.0.113.7, ::ffff:127.0.0.9', '203.0.113.7'],
  ['127.0.0.8, 127.0.0.9', '127.0.0.8'],
  ['unknown', '400'],
  ['', '400'],
  ['203.0.113.7,', '400'],
  [',203.0.113.7', '400'],
  ['x, 203.0.113.7', '400'],
  ['203.0.113.7:443', '400'],
  ['[2001:db8::7]', '400'],
  ['203.0.113.07', '400'],
  ['203.0.113', '400'],
  ['for=203.0.113.7', '400'],
]

t.test('R23 X-Forwarded-For is used from a trusted peer', async t => {
  const server = await startGatewayTestServer(t, { config: { trustedProxies: ['127.0.0.0/8'] } })
  for (const [header, address] of FORWARDED_FOR) {
    const before = server.audit().length
    const { status } = await server.post(BODY, { headers: { 'X-Forwarded-For': header } })
    const recorded = server.audit()[before]?.['sourceAddress']
    t.equal(status === 400 ? '400' : recorded, address, JSON.stringify(header))
  }
  for (const proto of ['HTTPS', 'http,https', 'https, https', 'x', ''])
    t.equal((await server.post(BODY, { headers: { 'X-Forwarded-Proto': proto } })).status, 400)
  const served = FORWARDED_FOR.filter(([, address]) => address !== '400')
  t.equal(server.sandbox.seen.length, served.length, 'what is refused reaches no server')
})

t.test('R23 X-Forwarded-For is ignored from any other peer', async t => {
  const server = await startGatewayTestServer(t, {
    config: { trustedProxies: ['127.0.0.2', '10.0.0.0/8'] },
  })
  for (const [header] of FORWARDED_FOR) {
    const headers = { 'X-Forwarded-For': header, 'X-Forwarded-Proto': 'HTTPS' }
    t.equal((await server.post(BODY, { headers })).status, 200, JSON.stringify(header))
  }
  const sources = server.audit().flatMap(({ sourceAddress = [] }) => sourceAddress)
  t.strictSame([...new Set(sources as string[])], ['127.0.0.1'])
})

t.test('R16 R23 policy conditions use the client’s address and transport', async t => {
  for (const trusted of [true, false]) {
    const server = await startGatewayTestServer(t, {
      config: { trustedProxies: trusted ? ['127.0.0.1'] : [] },
    })
    const { role } = server.client(FULL.name)
    const { key } = await server.addPrincipal('conditions', {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: [ASSUME_ROLE],
          Resource: ['*'],
          Condition: {
            StringEquals: { 'workmail:ImpersonationRoleId': [role.id] },
            IpAddress: { 'aws:SourceIp': ['203.0.113.0/24'] },
            Bool: { 'aws:SecureTransport': ['true'] },
          },
        },
      ],
    })
    const ask = async (address: string, proto: string) => {
      const headers = { 'X-Forwarded-For': address, 'X-Forwarded-Proto': proto }
      return (await server.post(BODY, { auth: key, headers })).status
    }
    const good = trusted ? 200 : 500
    t.equal(await ask('203.0.113.7', 'https'), good)
    t.equal(await ask('::ffff:203.0.113.7', 'https'), good)
    t.equal(await ask('::ffff:cb00:7107', 'https'), good)
    t.equal(await ask('203.0.113.7', 'http'), 500)
    t.equal(await ask('203.0.114.7', 'https'), 500)
    t.equal(await ask('203.0.113.7, 203.0.114.7', 'https'), 500)
    const reasons = server.audit().flatMap(({ reason = [] }) => reason)
    t.strictSame([...new Set(reasons)], ['role-not-permitted'])
  }
})
