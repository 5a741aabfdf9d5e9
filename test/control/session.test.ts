import t, { type Test } from 'tap'
import { accessKeyId } from '../../src/model/principal.ts'
import { ask, callWith, cookieOf, signIn } from '../kit/browser.ts'
import {
  type ControlTestServer,
  type ControlTestServerOptions,
  ELSEWHERE,
  ORGANIZATION,
  startControlTestServer,
} from '../kit/control-test-server.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const reading = (...Action: string[]) => [{ Effect: 'Allow', Action, Resource: ['*'] }] as const

const session = (control: ControlTestServer, cookie: string, method = 'GET', headers = {}) =>
  ask(control, { method, path: '/console/session', headers: { cookie, ...headers } })

/** Starts a test server with the session cookie of a user who may list users. */
async function signedIn(t: Test, options: ControlTestServerOptions = {}) {
  const control = await startControlTestServer(t, options)
  const key = await control.addPrincipal('auditor', reading('workmail:ListUsers'))
  const { cookie } = await signIn(control, key)
  return { control, key, cookie }
}

t.test(
  'a session starts with a key, returns its permissions, and replaces a signature',
  async t => {
    const now = 1_700_000_000_000
    const control = await startControlTestServer(t, { now: () => now })
    const key = await control.addPrincipal(
      'auditor',
      reading('workmail:List*', 'ewsgateway:GetRoleShadow', 'ewsgateway:PutRoleGuard'),
    )
    const { status, headers, body, cookie } = await signIn(control, key)
    t.equal(status, 200)
    t.match(headers['set-cookie'], [
      /^ews-gateway=[\w-]{43}\.[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
    ])
    t.equal(headers['cache-control'], 'no-store')
    const { allowedActions, allowedParts, ...rest } = body
    t.strictSame(rest, {
      principalId: key.principalId,
      principalName: 'auditor',
      accessKeyId: key.id,
      organizationId: ORGANIZATION,
      organizationAlias: 'example',
      expiresAt: (now + 30 * MINUTE) / 1_000,
    })
    t.ok((allowedActions as string[]).includes('workmail:ListUsers'))
    t.ok((allowedActions as string[]).includes('ewsgateway:GetRoleShadow'))
    t.notOk((allowedActions as string[]).includes('ewsgateway:PutRoleShadow'))
    t.strictSame(allowedParts, ['ewsgateway:PutRoleGuard'])

    t.strictSame((await session(control, cookie)).body, body)
    const users = await callWith(control, cookie)
    t.equal(users.status, 200)
    t.ok(Array.isArray(users.body['Users']))

    const refused = await callWith(
      control,
      cookie,
      'EwsGateway.DeletePrincipal',
      {},
      {
        OrganizationId: ORGANIZATION,
        PrincipalId: key.principalId,
      },
    )
    t.match(refused, { status: 403, body: { __type: 'AccessDeniedException' } })
    const [signed, change] = control.audit()
    const who = { principalId: key.principalId, accessKeyId: key.id, sourceAddress: '127.0.0.1' }
    t.match(signed, { type: 'assume', action: 'ewsgateway:SignIn', verdict: 'allow', ...who })
    t.match(change, {
      type: 'change',
      action: 'ewsgateway:DeletePrincipal',
      verdict: 'deny',
      ...who,
    })
  },
)

t.test('R18 P8 a wrong secret is rejected, limited, recorded once, never written', async t => {
  const { control, key } = await signedIn(t)
  const secret = 'a-secret-that-is-wrong-0123456789012345678'
  for (let attempt = 1; attempt <= 10; attempt++) {
    const { status, body, cookie } = await signIn(control, { id: key.id, secret })
    t.match([status, body, cookie], [401, { __type: 'UnrecognizedClientException' }, ''])
  }
  const braked = await signIn(control, key)
  t.match(braked, { status: 401, body: { Message: /^Too many requests with this key failed/ } })
  const wrong = control.audit().filter(({ reason }) => reason === 'credentials-refused')
  t.match(wrong, [{ verdict: 'deny', accessKeyId: key.id, count: 1 }])
  const written = JSON.stringify(control.audit()) + control.log()
  t.notMatch(written, secret)
  t.notMatch(written, key.secret)
})

for (const [what, body] of [
  [
    'another key’s id',
    (key: { secret: string }) => ({
      accessKeyId: 'AKIAAAAAAAAAAAAAAAAA',
      secretAccessKey: key.secret,
    }),
  ],
  [
    'a role before the id',
    (key: { id: string; secret: string }) => ({
      accessKeyId: `m|${key.id}`,
      secretAccessKey: key.secret,
    }),
  ],
  ['nothing', () => ({ accessKeyId: '', secretAccessKey: '' })],
] as const)
  t.test(`sign-in with ${what} is rejected`, async t => {
    const { control, key } = await signedIn(t)
    const answer = await ask(control, {
      method: 'POST',
      path: '/console/session',
      body: JSON.stringify(body(key)),
    })
    t.match(answer, { status: 401, body: { __type: 'UnrecognizedClientException' } })
    t.equal(answer.headers['set-cookie'], undefined)
  })

for (const [what, body, headers] of [
  ['no object', '[]', {}],
  ['another member', '{"accessKeyId":"a","secretAccessKey":"b","more":1}', {}],
  ['a number', '{"accessKeyId":"a","secretAccessKey":5}', {}],
  ['a form, which any page can send', '{}', { 'content-type': 'text/plain' }],
] as const)
  t.test(`P8 sign-in with ${what} is an error that quotes no value`, async t => {
    const { control } = await signedIn(t)
    const answer = await ask(control, { method: 'POST', path: '/console/session', body, headers })
    t.equal(answer.status, 400)
    t.notMatch(answer.bytes.toString(), /"b"|5/)
  })

t.test('R24 a session is valid only from the console’s own page, at its own address', async t => {
  const { control, key, cookie } = await signedIn(t)
  const { port } = control.server
  const own = { host: `127.0.0.1:${port}`, origin: `http://127.0.0.1:${port}` }
  const evil = { host: `evil.example:${port}`, origin: `http://evil.example:${port}` }
  for (const [what, headers, allowed] of [
    ['its own page', {}, true],
    ['its own page by name', { host: 'localhost:9', origin: 'http://localhost:9' }, true],
    ['its own page by IPv6', { host: `[::1]:${port}`, origin: `http://[::1]:${port}` }, true],
    ['another site', { origin: evil.origin }, false],
    ['another port of the same host', { origin: 'http://127.0.0.1:1' }, false],
    ['another name of the same machine', { origin: `http://localhost:${port}` }, false],
    ['TLS, which this is not', { origin: `https://127.0.0.1:${port}` }, false],
    ['a page without an origin', { origin: 'null' }, false],
    ['no page at all', { origin: undefined }, false],
    ['a name that was pointed here (DNS rebinding)', evil, false],
    ['such a name as a suffix', { ...own, host: `127.0.0.1.evil.example:${port}` }, false],
    ['a page that another site asked to send', { 'sec-fetch-site': 'cross-site' }, false],
    ['a page of a neighbour', { 'sec-fetch-site': 'same-site' }, false],
  ] as const) {
    const { status } = await callWith(control, cookie, undefined, headers)
    t.equal(status, allowed ? 200 : 403, `a call from ${what}`)
    const body = JSON.stringify({ accessKeyId: key.id, secretAccessKey: key.secret })
    const into = { method: 'POST', path: '/console/session', headers, body }
    t.equal((await ask(control, into)).status, allowed ? 200 : 403, `signing in from ${what}`)
  }
  for (const headers of [evil, { origin: evil.origin }, { 'sec-fetch-site': 'cross-site' }])
    t.equal((await session(control, cookie, 'GET', headers)).status, 403)
  t.equal((await session(control, cookie, 'DELETE', { origin: evil.origin })).status, 403)
  t.equal((await session(control, cookie)).status, 200, 'and nobody else signed anybody out')
})

t.test('controlUrl sets the host name of the console', async t => {
  const control = await startControlTestServer(t, {
    controlUrl: 'https://ews-admin.example.com',
    trustedProxies: ['127.0.0.1'],
  })
  const key = await control.addPrincipal('auditor', reading('workmail:ListUsers'))
  const body = JSON.stringify({ accessKeyId: key.id, secretAccessKey: key.secret })
  const from = (name: string, proto: string) =>
    ask(control, {
      method: 'POST',
      path: '/console/session',
      headers: {
        host: name,
        origin: `https://${name}`,
        'x-forwarded-proto': proto,
        'x-forwarded-for': '192.0.2.7',
      },
      body,
    })
  const answer = await from('ews-admin.example.com', 'https')
  t.equal(answer.status, 200)
  t.match(answer.headers['set-cookie'], [
    /^__Host-ews-gateway=\S+; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
  ])
  t.equal((await from('other.example.com', 'https')).status, 403)
  t.equal((await from('ews-admin.example.com', 'http')).status, 403, 'not in clear')

  const [, value] = cookieOf(answer).split('=')
  const secure = {
    'x-forwarded-proto': 'https',
    origin: 'https://ews-admin.example.com',
    host: 'ews-admin.example.com',
  }
  t.equal((await callWith(control, `__Host-ews-gateway=${value}`, undefined, secure)).status, 200)
  for (const name of ['__Host-ews-gateway', 'ews-gateway'])
    t.not(
      (await callWith(control, `${name}=${value}`)).status,
      200,
      `a session of TLS is none in clear, as ${name}`,
    )
})

t.test('a secret from another machine is rejected without TLS', async t => {
  const control = await startControlTestServer(t, { trustedProxies: ['127.0.0.1'] })
  const answer = await ask(control, {
    method: 'POST',
    path: '/console/session',
    headers: { 'x-forwarded-for': '192.0.2.7' },
    body: JSON.stringify({ accessKeyId: control.admin.id, secretAccessKey: control.admin.secret }),
  })
  t.match(answer, { status: 403, body: { Message: /^The gateway accepts secrets only over TLS/ } })
})

t.test('a session ends at sign-out, and cannot be replayed', async t => {
  const { control, key, cookie } = await signedIn(t)
  const other = (await signIn(control, key)).cookie
  t.not(other, cookie, 'every session is a new one')
  const out = await session(control, cookie, 'DELETE')
  t.equal(out.status, 204)
  t.match(out.headers['set-cookie'], [
    /^ews-gateway=; Max-Age=0; Path=\/; HttpOnly; SameSite=Strict$/,
  ])
  t.match(await callWith(control, cookie), {
    status: 401,
    body: { __type: 'ExpiredTokenException' },
  })
  t.equal((await session(control, cookie)).status, 401)
  t.equal((await session(control, cookie, 'DELETE')).status, 204, 'once more changes nothing')
  t.equal((await callWith(control, other)).status, 200, 'another browser stays signed in')
  const actions = control.audit().map(({ action }) => action)
  t.strictSame(actions, ['ewsgateway:SignIn', 'ewsgateway:SignIn', 'ewsgateway:SignOut'])
})

t.test('sign-in ignores a foreign session, and ends the previous one', async t => {
  const { control, key, cookie } = await signedIn(t)
  const planted = `ews-gateway=${'A'.repeat(43)}.${'A'.repeat(43)}`
  const body = JSON.stringify({ accessKeyId: key.id, secretAccessKey: key.secret })
  const into = (cookie: string) =>
    ask(control, { method: 'POST', path: '/console/session', headers: { cookie }, body })
  t.not(cookieOf(await into(planted)), planted)
  t.equal((await callWith(control, planted)).status, 401)
  t.equal((await into(cookie)).status, 200)
  t.equal((await callWith(control, cookie)).status, 401)
})

t.test('a foreign cookie is not a session', async t => {
  const { control, cookie } = await signedIn(t)
  const [id, mac] = cookie.replace('ews-gateway=', '').split('.')
  for (const value of [
    '',
    id,
    `${id}.`,
    `${id}.${mac}.${mac}`,
    `${mac}.${id}`,
    `${id?.replace(/^./, x => (x === 'A' ? 'B' : 'A'))}.${mac}`,
    `${id}.${mac?.replace(/^./, x => (x === 'A' ? 'B' : 'A'))}`,
    'x'.repeat(4_000),
  ])
    t.match(await callWith(control, `ews-gateway=${value}`), {
      status: 401,
      body: { __type: 'ExpiredTokenException' },
    })
  t.equal((await callWith(control, `${cookie}; ${cookie}`)).status, 401, 'one of two was planted')
  t.equal((await callWith(control, `a=b; ${cookie}; c=d`)).status, 200)
  t.match(await callWith(control, 'a=b'), {
    status: 403,
    body: { __type: 'MissingAuthenticationTokenException' },
  })
})

t.test('a session ends when it is idle, and after its maximum duration', async t => {
  let now = 1_700_000_000_000
  const { control, key, cookie } = await signedIn(t, { now: () => now })
  now += 29 * MINUTE
  t.equal((await session(control, cookie)).status, 200)
  now += MINUTE
  t.equal((await session(control, cookie)).status, 401, 'asking is not doing')

  const { cookie: busy, body } = await signIn(control, key)
  const began = now
  while (now < began + 12 * HOUR - 20 * MINUTE) {
    now += 20 * MINUTE
    t.equal((await callWith(control, busy)).status, now < began + 12 * HOUR ? 200 : 401)
  }
  t.equal(body['expiresAt'], (began + 30 * MINUTE) / 1_000)
  now = began + 12 * HOUR - 1
  t.match(await session(control, busy), {
    status: 200,
    body: { expiresAt: (began + 12 * HOUR) / 1_000 },
  })
  now += 1
  t.equal((await callWith(control, busy)).status, 401)
})

for (const [what, end, back] of [
  [
    'its key is deleted',
    (control, { id }) => control.store.deleteKey(ORGANIZATION, accessKeyId(id)),
  ],
  [
    'its principal is deleted',
    (control, { principalId }) => control.store.deletePrincipal(ORGANIZATION, principalId),
  ],
  [
    'its key is disabled',
    (control, key) => changeKey(control, key, false),
    (control, key) => changeKey(control, key, true),
  ],
  [
    'its principal is disabled',
    (control, key) => changePrincipal(control, key, { enabled: false }),
    (control, key) => changePrincipal(control, key, { enabled: true }),
  ],
  [
    'its principal’s policy changes',
    (control, key) =>
      changePrincipal(control, key, {
        policy: { Version: '2012-10-17', Statement: reading('workmail:*') },
      }),
  ],
] as readonly [string, Step, Step?][])
  t.test(`R24 a session ends permanently when ${what}`, async t => {
    const { control, key, cookie } = await signedIn(t)
    t.equal((await callWith(control, cookie)).status, 200)
    await end(control, key)
    t.match(await callWith(control, cookie), {
      status: 401,
      body: { __type: 'ExpiredTokenException' },
    })
    await back?.(control, key)
    t.equal((await callWith(control, cookie)).status, 401)
  })

t.test('R19 a session belongs to one organization; others do not exist for it', async t => {
  const { control, cookie } = await signedIn(t)
  const elsewhere = await callWith(control, cookie, undefined, {}, { OrganizationId: ELSEWHERE })
  t.match(elsewhere, { status: 400, body: { __type: 'OrganizationNotFoundException' } })
})

t.test('a renamed principal stays signed in', async t => {
  const { control, key, cookie } = await signedIn(t)
  await changePrincipal(control, key, { name: 'another' })
  t.match(await session(control, cookie), { status: 200, body: { principalName: 'another' } })
})

t.test('P6 without its store the console is busy, and keeps sessions', async t => {
  const { control, cookie } = await signedIn(t)
  await control.store.close()
  t.match(await callWith(control, cookie), {
    status: 503,
    body: { __type: 'ServiceUnavailableException' },
  })
})

type Person = Awaited<ReturnType<ControlTestServer['addPrincipal']>>
type Step = (control: ControlTestServer, key: Person) => Promise<unknown>

async function changeKey({ store }: ControlTestServer, { id }: Person, enabled: boolean) {
  const credential = await store.credential(accessKeyId(id))
  if (credential) await store.putKey({ ...credential.key, enabled })
}

async function changePrincipal(
  { store }: ControlTestServer,
  { principalId }: Person,
  change: object,
) {
  const principal = await store.principal(ORGANIZATION, principalId)
  if (principal) await store.putPrincipal({ ...principal, ...change })
}
