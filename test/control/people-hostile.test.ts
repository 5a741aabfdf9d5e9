/** Attacks on the sign-in of people. None of them starts or continues a session. */

import { createHmac, generateKeyPairSync } from 'node:crypto'
import t, { type Test } from 'tap'
import { CLIENT, type Tampering, tokenOf } from '../kit/issuer.ts'
import { CONSOLE, PersonBrowser, startPeople } from '../kit/person.ts'

const MINUTE = 60_000
const SIGN_IN = '__Host-ews-gateway-sign-in'
const SESSION = '__Host-ews-gateway'

/** A person who is about to come back from the issuer, and another one in another browser. */
type Scene = Awaited<ReturnType<typeof startScene>>

async function startScene(test: Test) {
  const clock = { now: Date.now() }
  const people = await startPeople(test, { now: () => clock.now })
  const { control, issuer } = people
  const browser = new PersonBrowser(control, issuer)
  const other = new PersonBrowser(control, issuer)
  const path = await browser.atIssuer(await browser.begin(), { name: 'ann' })
  return { ...people, browser, other, path, clock }
}

/** Returns a path with another value of a parameter of its query. */
function having(path: string, name: string, value: string | undefined): string {
  const url = new URL(path, CONSOLE)
  if (value === undefined) url.searchParams.delete(name)
  else url.searchParams.set(name, value)
  return `${url.pathname}${url.search}`
}

/** Ways to come back that are not the way on which the browser left, and what the console says. */
const RESPONSES: Readonly<Record<string, readonly [string, (scene: Scene) => Promise<unknown>]>> = {
  'without state': [
    'expired',
    ({ browser, path }) => back(browser, having(path, 'state', undefined)),
  ],
  'with an empty state': [
    'expired',
    ({ browser, path }) => back(browser, having(path, 'state', '')),
  ],
  'with another state': [
    'expired',
    ({ browser, path }) => back(browser, having(path, 'state', 'A'.repeat(43))),
  ],
  'with two states': ['expired', ({ browser, path }) => back(browser, `${path}&state=a`)],
  'without the cookie': ['expired', ({ other, path }) => back(other, path)],
  'in another browser that has begun a sign-in': [
    'expired',
    async ({ other, path }) => {
      await other.begin()
      return await back(other, path)
    },
  ],
  'with a forged cookie': [
    'expired',
    ({ browser, path }) => {
      const cookie = browser.cookies.get(SIGN_IN) ?? ''
      browser.cookies.set(SIGN_IN, `${cookie.startsWith('A') ? 'B' : 'A'}${cookie.slice(1)}`)
      return back(browser, path)
    },
  ],
  'with the session cookie of a person as the cookie of the sign-in': [
    'expired',
    async ({ browser, other, path }) => {
      await other.signIn('bob')
      browser.cookies.set(SIGN_IN, other.cookies.get(SESSION) ?? '')
      return await back(browser, path)
    },
  ],
  'after ten minutes': [
    'expired',
    ({ browser, path, clock }) => {
      clock.now += 10 * MINUTE
      return back(browser, path)
    },
  ],
  'after a sign-in with an access key': [
    'expired',
    async ({ browser, path, control: { admin } }) => {
      const body = JSON.stringify({ accessKeyId: admin.id, secretAccessKey: admin.secret })
      await browser.send('POST', '/console/session', { body })
      return await back(browser, path)
    },
  ],
  'a second time': [
    'expired',
    async ({ browser, path }) => {
      await browser.send('GET', path)
      return await back(browser, path)
    },
  ],
  'a second time, with the cookie of the first time': [
    'rejected',
    async ({ browser, path }) => {
      const cookie = browser.cookies.get(SIGN_IN) ?? ''
      await browser.send('GET', path)
      browser.cookies.set(SIGN_IN, cookie)
      return await back(browser, path)
    },
  ],
  'with the code of another person': [
    'rejected',
    async ({ browser, other, path }) => {
      const stolen = await other.atIssuer(await other.begin(), { name: 'bob' })
      const code = new URL(stolen, CONSOLE).searchParams.get('code') ?? ''
      return await back(browser, having(path, 'code', code))
    },
  ],
  'with an error that the issuer did not send': [
    'rejected',
    ({ browser, path }) => back(browser, `${having(path, 'code', undefined)}&error=server_error`),
  ],
  'without code': [
    'rejected',
    ({ browser, path }) => back(browser, having(path, 'code', undefined)),
  ],
  'with two codes': ['rejected', ({ browser, path }) => back(browser, `${path}&code=a`)],
  'from another issuer': [
    'rejected',
    ({ browser, path }) => back(browser, having(path, 'iss', 'https://evil.example')),
  ],
  'without the issuer that the metadata promises': [
    'rejected',
    ({ browser, path }) => back(browser, having(path, 'iss', undefined)),
  ],
  'over a connection without TLS': [
    'expired',
    ({ browser, path }) =>
      back(browser, path, { 'x-forwarded-proto': 'http', 'x-forwarded-for': '127.0.0.1' }),
  ],
}

/** Brings a response back. @returns where the console leads, and whether there is a session */
async function back(browser: PersonBrowser, path: string, headers = {}) {
  browser.cookies.delete(SESSION)
  const { status, headers: got } = await browser.send('GET', path, { headers })
  return [status, got['location'], browser.cookies.has(SESSION)]
}

for (const [what, [problem, run]] of Object.entries(RESPONSES))
  t.test(`R24 a response ${what} signs no person in`, async t => {
    const scene = await startScene(t)
    t.strictSame(await run(scene), [303, `/console/?sign-in=${problem}`, false])
  })

const another = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const claiming =
  (change: Readonly<Record<string, unknown>>): Tampering =>
  ({ header, claims }, key) =>
    tokenOf({ header, claims: { ...claims, ...change } }, key)

/** ID tokens that the issuer would never send for this sign-in. */
const TOKENS: Readonly<Record<string, Tampering>> = {
  'with another nonce': claiming({ nonce: 'A'.repeat(43) }),
  'without nonce': claiming({ nonce: undefined }),
  'for another audience': claiming({ aud: 'another-client' }),
  'without audience': claiming({ aud: undefined }),
  'for two audiences, authorized for the other': claiming({
    aud: [CLIENT.id, 'another-client'],
    azp: 'another-client',
  }),
  'of another issuer': claiming({ iss: 'https://evil.example' }),
  'that has expired': claiming({ exp: Math.floor(Date.now() / 1_000) - 3_600 }),
  'that never expires': claiming({ exp: undefined }),
  'of nobody': claiming({ sub: undefined }),
  'with a list as its subject': claiming({ sub: ['ann'] }),
  'with alg none': ({ header, claims }) => tokenOf({ header: { ...header, alg: 'none' }, claims }),
  'with alg none and the signature of the issuer': ({ header, claims }, key) =>
    tokenOf({ header: { ...header, alg: 'none' }, claims }, key),
  'with alg HS256, signed with the client secret': ({ header, claims }) => {
    const text = tokenOf({ header: { ...header, alg: 'HS256' }, claims }).replace(/\.$/, '')
    return `${text}.${createHmac('sha256', CLIENT.secret).update(text).digest('base64url')}`
  },
  'that another key signed': parts => tokenOf(parts, another),
  'of an unknown key': ({ header, claims }, key) =>
    tokenOf({ header: { ...header, kid: 'two' }, claims }, key),
  'whose claims were changed after it was signed': (parts, key) => {
    const [header, , signature] = tokenOf(parts, key).split('.')
    const claims = { ...parts.claims, groups: ['administrators'] }
    const [, changed] = tokenOf({ header: {}, claims: { ...claims, sub: 'eve' } }).split('.')
    return `${header}.${changed}.${signature}`
  },
  'that is no token': () => 'no.token.here',
}

for (const [what, tamper] of Object.entries(TOKENS))
  t.test(`R24 an ID token ${what} signs no person in, and confirms no session`, async t => {
    const { issuer, browser, path, control, clock } = await startScene(t)
    issuer.tamper = tamper
    t.strictSame(await back(browser, path), [303, '/console/?sign-in=rejected', false])
    t.match(control.log(), /A sign-in was rejected/)
    t.notMatch(control.log(), CLIENT.secret)

    issuer.tamper = undefined
    await browser.signIn('ann')
    // A nonce belongs to one sign-in.
    if (/nonce/.test(what)) return
    issuer.tamper = tamper
    clock.now += 5 * MINUTE
    t.equal((await browser.call('WorkMailService.ListUsers')).status, 401)
  })

t.test('R24 the ID token of another person confirms no session', async t => {
  const { issuer, browser, path, clock } = await startScene(t)
  await browser.send('GET', path)
  issuer.tamper = claiming({ sub: 'bob' })
  clock.now += 5 * MINUTE
  t.equal((await browser.call('WorkMailService.ListUsers')).status, 401)
})

t.test('R24 only pages of the console begin a sign-in, and only at controlUrl', async t => {
  const { control, issuer } = await startPeople(t)
  for (const [what, headers] of [
    ['another site', { origin: 'https://evil.example' }],
    ['a page without an origin', { origin: 'null' }],
    ['no page', { origin: undefined }],
    ['a page that another site asked to send', { 'sec-fetch-site': 'cross-site' }],
    ['a page of a neighbor', { 'sec-fetch-site': 'same-site' }],
    ['a host that was pointed here', { host: 'evil.example', origin: 'https://evil.example' }],
    ['an address that is not controlUrl', { host: '127.0.0.1', origin: 'https://127.0.0.1' }],
  ] as const) {
    const browser = new PersonBrowser(control, issuer)
    const { status } = await browser.send('POST', '/console/sign-in', { headers })
    t.equal(status, 403, what)
    t.strictSame([...browser.cookies], [], `${what} sets no cookie`)
  }
})

t.test('R24 no header and no parameter changes where the issuer and the console lead', async t => {
  const { control, issuer } = await startPeople(t)
  const browser = new PersonBrowser(control, issuer)
  for (const headers of [
    { 'x-forwarded-host': 'evil.example' },
    { forwarded: 'host=evil.example' },
  ]) {
    const { body } = await browser.send('POST', '/console/sign-in', {
      headers,
      body: JSON.stringify({ redirect: 'https://evil.example' }),
    })
    const url = new URL(String(body['url']))
    t.equal(url.origin, issuer.url)
    t.equal(url.searchParams.get('redirect_uri'), `${CONSOLE}/console/sign-in/callback`)
  }
  for (const more of ['next', 'return', 'returnTo', 'redirect_uri', 'target', 'url'])
    for (const target of ['https://evil.example/', '//evil.example', '/\\evil.example']) {
      const path = await browser.atIssuer(await browser.begin(), { name: 'ann' })
      const { headers } = await browser.send('GET', `${path}&${more}=${encodeURIComponent(target)}`)
      t.equal(headers['location'], '/console/', `${more}=${target}`)
    }
})

t.test('R24 a callback at another host, or with another method, is rejected', async t => {
  const { browser, path } = await startScene(t)
  const evil = await browser.send('GET', path, { headers: { host: 'evil.example' } })
  t.equal(evil.status, 403)
  t.equal((await browser.send('POST', path)).status, 405)
  const longer = await browser.send('GET', path.replace('/callback', '/callback//evil.example'))
  t.equal(longer.headers['location'], undefined)
  t.strictSame(await back(browser, path), [303, '/console/', true])
})

t.test('R24 a planted session is not used, and a sign-in ends the present one', async t => {
  const { control, issuer } = await startPeople(t)
  const browser = new PersonBrowser(control, issuer)
  const planted = `${'A'.repeat(43)}.${'A'.repeat(43)}`
  browser.cookies.set(SESSION, planted)
  const { id: accessKeyId, secret: secretAccessKey } = control.admin
  const body = JSON.stringify({ accessKeyId, secretAccessKey })
  await browser.send('POST', '/console/session', { body })
  const ofKey = browser.cookies.get(SESSION)
  await browser.signIn('ann')
  const first = browser.cookies.get(SESSION)
  t.not(first, planted)
  await browser.signIn('bob')
  const second = browser.cookies.get(SESSION)
  t.not(second, first)
  for (const [cookie, status] of [
    [planted, 401],
    [ofKey, 401],
    [first, 401],
    [second, 200],
  ] as const) {
    browser.cookies.set(SESSION, cookie ?? '')
    t.equal((await browser.call('WorkMailService.ListUsers')).status, status)
  }
})

t.test('R24 a sign-in that does not succeed leaves the present session', async t => {
  const { control, issuer, browser, path } = await startScene(t)
  await browser.send('GET', path)
  const session = browser.cookies.get(SESSION)
  const state = new URL(await browser.begin()).searchParams.get('state') ?? ''
  const cancelled = new URLSearchParams({ error: 'access_denied', state, iss: issuer.url })
  const { headers } = await browser.send('GET', `/console/sign-in/callback?${cancelled}`)
  t.equal(headers['location'], '/console/?sign-in=cancelled')
  t.equal(browser.cookies.get(SESSION), session)
  t.equal((await browser.call('WorkMailService.ListUsers')).status, 200)
  t.strictSame(control.signIns, ['person allow', 'person deny'])
})

t.test('R24 other sites sign no person out', async t => {
  const { browser, path, control } = await startScene(t)
  await browser.send('GET', path)
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: undefined },
    { 'sec-fetch-site': 'cross-site' },
  ])
    t.equal((await browser.send('DELETE', '/console/session', { headers })).status, 403)
  const asPage = { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }
  t.equal((await browser.send('GET', '/console/session', { headers: asPage })).status, 200)
  t.equal((await browser.call('WorkMailService.ListUsers')).status, 200)
  t.equal(control.audit().filter(({ action }) => action === 'ewsgateway:SignOut').length, 0)
})

t.test('R24 a session of TLS is not valid without it, nor as that of an access key', async t => {
  const { browser, path } = await startScene(t)
  await browser.send('GET', path)
  const value = browser.cookies.get(SESSION) ?? ''
  browser.cookies.set('ews-gateway', value)
  const { status } = await browser.send('GET', '/console/session', {
    headers: { 'x-forwarded-proto': 'http', 'x-forwarded-for': '127.0.0.1' },
  })
  t.equal(status, 401)
})

t.test('R24 an issuer that calls itself otherwise signs no person in', async t => {
  const { control, issuer } = await startPeople(t, { path: '/' })
  const { status } = await new PersonBrowser(control, issuer).send('POST', '/console/sign-in')
  t.equal(status, 503)
  t.match(control.log(), /The issuer calls itself http:[^ ]+1:\d+, not http:[^ ]+1:\d+\//)
})
