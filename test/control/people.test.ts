/** Sign-in of people to the console at a real issuer. */

import t from 'tap'
import { StoredConsoleSessions } from '../../src/credentials/console-sessions.ts'
import { KeyUsage } from '../../src/credentials/key-usage.ts'
import { hashOf } from '../../src/credentials/session-cookie.ts'
import { organizationId } from '../../src/model/identity.ts'
import { accessKeyId } from '../../src/model/principal.ts'
import { isOfPerson } from '../../src/store/store.ts'
import { Health } from '../../src/telemetry/health.ts'
import { ask, callWith, signIn } from '../kit/browser.ts'
import { ORGANIZATION, startControlTestServer } from '../kit/control-test-server.ts'
import { CLIENT, type TestIssuer, tokenOf } from '../kit/issuer.ts'
import { CONSOLE, OWN_PAGE, PersonBrowser, startPeople } from '../kit/person.ts'

const MINUTE = 60_000

t.test('a person signs in at the issuer, and has the policy of the grant', async t => {
  const { control, issuer } = await startPeople(t)
  const browser = new PersonBrowser(control, issuer)
  const options = await browser.send('GET', '/console/sign-in')
  t.match(options, { status: 200, body: { accessKeys: true, issuerName: 'Test issuer' } })

  const url = new URL(await browser.begin())
  t.equal(url.origin, issuer.url)
  t.match(Object.fromEntries(url.searchParams), {
    client_id: 'ews-gateway',
    redirect_uri: `${CONSOLE}/console/sign-in/callback`,
    scope: 'openid profile',
    response_type: 'code',
    code_challenge_method: 'S256',
    state: /^[\w-]{43}$/,
    nonce: /^[\w-]{43}$/,
    code_challenge: /^[\w-]{43}$/,
  })
  const back = await browser.send('GET', await browser.atIssuer(url.href, { name: 'bob' }))
  t.match(back, { status: 303, headers: { location: '/console/' } })
  t.match(back.headers['set-cookie'], [
    /^__Host-ews-gateway=[\w-]{43}\.[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
    /^__Host-ews-gateway-sign-in=; Max-Age=0;/,
  ])
  t.strictSame([...browser.cookies.keys()], ['__Host-ews-gateway'])

  const { body } = await browser.send('GET', '/console/session')
  t.match(body, {
    principalName: 'Bob Example',
    principalId: /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
    accessKeyId: undefined,
    breakGlass: undefined,
    issuerName: 'Test issuer',
    organizationId: ORGANIZATION,
  })
  const allowed = body['allowedActions'] as string[]
  t.ok(allowed.includes('workmail:ListUsers'))
  t.notOk(allowed.includes('workmail:CreateImpersonationRole'))
  t.equal((await browser.call('WorkMailService.ListUsers')).status, 200)
  const role = { Name: 'mine', Type: 'READ_ONLY', Rules: [] }
  t.match(await browser.call('WorkMailService.CreateImpersonationRole', role), {
    status: 403,
    body: { Message: /^User: Bob Example/ },
  })
  const who = { issuer: issuer.url, subject: 'bob', displayName: 'Bob Example' }
  t.match(control.audit(), [
    { type: 'assume', action: 'ewsgateway:SignIn', verdict: 'allow', ...who },
    { type: 'change', action: 'workmail:CreateImpersonationRole', verdict: 'deny', ...who },
  ])
  t.strictSame(control.signIns, ['person allow'])
})

t.test('a change of a person is recorded with issuer, subject, and display name', async t => {
  const { control, issuer } = await startPeople(t)
  const browser = new PersonBrowser(control, issuer)
  await browser.signIn('ann')
  const { status } = await browser.call('WorkMailService.CreateImpersonationRole', {
    Name: 'mine',
    Type: 'READ_ONLY',
    Rules: [],
  })
  t.equal(status, 200)
  const change = control.audit().find(({ type }) => type === 'change')
  t.match(change, {
    action: 'workmail:CreateImpersonationRole',
    verdict: 'allow',
    issuer: issuer.url,
    subject: 'ann',
    displayName: 'Ann Example',
    accessKeyId: undefined,
  })
})

t.test('a lock by a person has their name', async t => {
  const { control, issuer } = await startPeople(t)
  const ImpersonationRoleId = await control.createRole('role')
  const browser = new PersonBrowser(control, issuer)
  await browser.signIn('ann')
  await browser.call('EwsGateway.LockImpersonationRole', { ImpersonationRoleId })
  const { body } = await browser.call('EwsGateway.DescribeImpersonationRole', {
    ImpersonationRoleId,
  })
  t.match(body, { State: 'LOCKED', Lock: { LockedBy: { Name: 'Ann Example' } } })
})

t.test('a person without a grant has no access, and the record says who it was', async t => {
  const { control, issuer } = await startPeople(t)
  const browser = new PersonBrowser(control, issuer)
  const back = await browser.signIn('carol')
  t.match(back, { status: 303, headers: { location: '/console/?sign-in=no-access' } })
  t.strictSame([...browser.cookies], [], 'and gets no session')
  t.match(control.audit(), [
    {
      action: 'ewsgateway:SignIn',
      verdict: 'deny',
      reason: 'AccessDeniedException',
      issuer: issuer.url,
      subject: 'carol',
      displayName: 'carol',
      organizationId: undefined,
    },
  ])
  t.strictSame(control.signIns, ['person deny'])
})

t.test('a person can cancel at the issuer', async t => {
  const { control, issuer } = await startPeople(t)
  const browser = new PersonBrowser(control, issuer)
  const path = await browser.atIssuer(await browser.begin(), { cancel: 'yes' })
  const back = await browser.send('GET', path)
  t.match(back, { status: 303, headers: { location: '/console/?sign-in=cancelled' } })
  t.strictSame(control.audit(), [])
})

for (const [what, change, isOver] of [
  ['the issuer confirms it', () => undefined, false],
  [
    'the issuer removes the group',
    ({ accounts }) => accounts.set('ann', { name: 'Ann Example', groups: ['staff'] }),
    true,
  ],
  [
    'the issuer adds another group with a grant',
    ({ accounts }) => accounts.set('ann', { groups: ['administrators', 'auditors'] }),
    true,
  ],
  ['the issuer removes the person', ({ accounts }) => accounts.delete('ann'), true],
] as const satisfies readonly (readonly [string, (issuer: TestIssuer) => unknown, boolean])[])
  t.test(`a session follows the issuer within 5 minutes if ${what}`, async t => {
    let now = Date.now()
    const { control, issuer } = await startPeople(t, { now: () => now })
    const browser = new PersonBrowser(control, issuer)
    await browser.signIn('ann')
    change(issuer)
    now += 4 * MINUTE - 1
    t.equal((await browser.call('WorkMailService.ListUsers')).status, 200)
    t.equal(issuer.tokenRequests.length, 1, 'the issuer is not asked for each request')
    now += MINUTE + 1
    const [one, other] = await Promise.all([
      browser.call('WorkMailService.ListUsers'),
      browser.call('WorkMailService.ListUsers'),
    ])
    t.strictSame([one.status, other.status], isOver ? [401, 401] : [200, 200])
    t.equal(issuer.tokenRequests.length, 2, 'requests at the same time ask once')
    t.equal((await browser.send('GET', '/console/session')).status, isOver ? 401 : 200)
    now += 5 * MINUTE
    t.equal((await browser.call('WorkMailService.ListUsers')).status, isOver ? 401 : 200)
    t.equal(issuer.tokenRequests.length, isOver ? 2 : 3, 'with the refresh token of the last time')
  })

t.test('a session without a refresh token ends after four minutes', async t => {
  let now = Date.now()
  const { control, issuer } = await startPeople(t, {
    now: () => now,
    issuer: { issueRefreshToken: async () => false },
  })
  const browser = new PersonBrowser(control, issuer)
  await browser.signIn('ann')
  now += 4 * MINUTE - 1
  t.equal((await browser.call('WorkMailService.ListUsers')).status, 200)
  now += 1
  t.equal((await browser.call('WorkMailService.ListUsers')).status, 401)
})

t.test(
  'a session of a person ends when it is idle for half an hour, and after 12 hours',
  async t => {
    let now = Date.now()
    const { control, issuer } = await startPeople(t, { now: () => now })
    const browser = new PersonBrowser(control, issuer)
    await browser.signIn('ann')
    now += 30 * MINUTE
    t.equal((await browser.call('WorkMailService.ListUsers')).status, 401)
    await browser.signIn('ann')
    const began = now
    for (; now < began + 12 * 60 * MINUTE; now += 20 * MINUTE)
      t.equal((await browser.call('WorkMailService.ListUsers')).status, 200)
    t.equal((await browser.call('WorkMailService.ListUsers')).status, 401)
  },
)

t.test('without the issuer nobody signs in, and sessions pause after 5 minutes', async t => {
  let now = Date.now()
  const health = new Health(() => now)
  const { control, issuer } = await startPeople(t, { now: () => now, options: { health } })
  const [browser, other] = [1, 2].map(() => new PersonBrowser(control, issuer)) as [
    PersonBrowser,
    PersonBrowser,
  ]
  await browser.signIn('ann')
  const path = await other.atIssuer(await other.begin(), { name: 'bob' })
  await issuer.stop()
  t.match((await health.report('ready')).status, 'pass')
  t.match(await other.send('GET', path), {
    status: 303,
    headers: { location: '/console/?sign-in=unavailable' },
  })
  now += 5 * MINUTE - 1
  t.equal((await browser.call('WorkMailService.ListUsers')).status, 200)
  now += 1
  for (let attempt = 0; attempt < 2; attempt++)
    t.match(await browser.call('WorkMailService.ListUsers'), {
      status: 503,
      body: { __type: 'ServiceUnavailableException', Message: /^The issuer at which people sign/ },
    })
  t.match(await health.report('ready'), { status: 'warn', checks: { issuer: { status: 'warn' } } })
  const local = await signIn(control, control.admin, OWN_PAGE)
  t.equal(local.status, 200, 'access keys break the glass')

  await issuer.start()
  t.equal((await browser.call('WorkMailService.ListUsers')).status, 200)
  now += MINUTE
  t.match((await health.report('ready')).status, 'pass')
  const lines = control.log().match(/"msg":"The issuer [^"]*"/g)
  t.equal(lines?.length, 1, 'the log has one line about the failure')
  t.strictSame(control.signIns, ['person allow', 'person error', 'break-glass allow'])
})

t.test('a sign-in that begins while the issuer is down says so', async t => {
  const { control, issuer } = await startPeople(t)
  await issuer.stop()
  const answer = await new PersonBrowser(control, issuer).send('POST', '/console/sign-in')
  t.match(answer, { status: 503, body: { Message: /^The issuer at which people sign in/ } })
  t.strictSame(control.signIns, ['person error'])
  await issuer.start()
})

t.test('an access key that signs in beside an issuer raises an alert', async t => {
  const { control } = await startPeople(t)
  const wrong = await signIn(control, { ...control.admin, secret: 'wrong' }, OWN_PAGE)
  t.equal(wrong.status, 401)
  const { status, body } = await signIn(control, control.admin, OWN_PAGE)
  t.match([status, body], [200, { breakGlass: true }])
  t.strictSame(control.signIns, ['break-glass deny', 'break-glass allow'])
  t.match(control.audit().at(-1), {
    type: 'assume',
    action: 'ewsgateway:SignIn',
    verdict: 'allow',
    accessKeyId: control.admin.id,
    breakGlass: true,
  })
  t.match(control.log(), /"name":"admin".*An access key signed in to the console, although people/)
})

t.test('without an issuer, an access key that signs in raises no alert', async t => {
  const control = await startControlTestServer(t)
  const { status, body } = await signIn(control, control.admin)
  t.match([status, body], [200, { breakGlass: undefined }])
  t.equal(control.audit()[0]?.['breakGlass'], undefined)
  t.strictSame(control.signIns, ['access-key allow'])
  t.equal(control.log(), '')
  t.match(await ask(control, { path: '/console/sign-in' }), { body: { accessKeys: true } })
  t.match(await ask(control, { method: 'POST', path: '/console/sign-in', body: '{}' }), {
    status: 403,
    body: { Message: /^No issuer is configured/ },
  })
})

t.test('access keys can be switched off for the console, and not for the API', async t => {
  const { control } = await startPeople(t, { accessKeys: false })
  t.match(await signIn(control, control.admin, OWN_PAGE), {
    status: 403,
    body: { Message: /^Access keys can't sign in to this console/ },
  })
  const key = await control.store.credential(accessKeyId(control.admin.id))
  if (key === undefined) throw new Error('The key is missing')
  const { store, masterKey } = control
  const usage = new KeyUsage(store, () => undefined)
  const keys = new StoredConsoleSessions({ store, masterKey, usage, accessKeys: true })
  const { cookie } = await keys.begin(key, true, Date.now())
  const former = await callWith(control, `__Host-ews-gateway=${cookie}`, undefined, OWN_PAGE)
  t.equal(former.status, 401, 'a session from before ends')
  t.equal((await control.call('ListUsers', { OrganizationId: ORGANIZATION })).status, 200)
})

t.test('a sign-out ends the session here, and leads to the issuer', async t => {
  const { control, issuer } = await startPeople(t)
  const browser = new PersonBrowser(control, issuer)
  await browser.signIn('ann')
  const cookies = new Map(browser.cookies)
  const { status, body } = await browser.send('DELETE', '/console/session')
  t.equal(status, 200)
  const url = new URL(String(body['url']))
  t.equal(`${url.origin}${url.pathname}`, `${issuer.url}/session/end`)
  t.match(Object.fromEntries(url.searchParams), {
    client_id: 'ews-gateway',
    id_token_hint: /^[\w-]+\.[\w-]+\.[\w-]+$/,
    post_logout_redirect_uri: `${CONSOLE}/console/`,
  })
  for (const [name, value] of cookies) browser.cookies.set(name, value)
  t.equal((await browser.call('WorkMailService.ListUsers')).status, 401)
  t.match(control.audit().at(-1), { action: 'ewsgateway:SignOut', subject: 'ann' })
  t.equal((await browser.send('DELETE', '/console/session')).status, 204)
})

t.test('a sign-out works without the issuer', async t => {
  let now = Date.now()
  const { control, issuer } = await startPeople(t, { now: () => now })
  const browser = new PersonBrowser(control, issuer)
  await browser.signIn('ann')
  await issuer.stop()
  now += 6 * MINUTE
  const cookies = new Map(browser.cookies)
  t.ok([200, 204].includes((await browser.send('DELETE', '/console/session')).status))
  for (const [name, value] of cookies) browser.cookies.set(name, value)
  t.equal((await browser.call('WorkMailService.ListUsers')).status, 401)
  await issuer.start()
})

t.test('P3 a person acts in no role, and gives no more than their own policy allows', async t => {
  const { control, issuer } = await startPeople(t, {
    grants: [
      {
        value: 'administrators',
        policy: {
          Version: '2012-10-17',
          Statement: { Effect: 'Allow', Action: '*', Resource: '*' },
        },
      },
      { value: 'auditors', policy: 'administer' },
    ],
  })
  const role = await control.createRole('everyone', [{ ImpersonationRuleId: 'a', Effect: 'ALLOW' }])
  const browser = new PersonBrowser(control, issuer)
  await browser.signIn('ann')
  t.match(
    await browser.call('WorkMailService.AssumeImpersonationRole', { ImpersonationRoleId: role }),
    { status: 403, body: { Message: /people can't act in roles/ } },
  )
  const bob = new PersonBrowser(control, issuer)
  await bob.signIn('bob')
  const { body } = await bob.send('GET', '/console/session')
  t.notOk((body['allowedActions'] as string[]).includes('workmail:AssumeImpersonationRole'))
  const Policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }],
  }
  t.match(await bob.call('EwsGateway.CreatePrincipal', { Name: 'more', Policy }), {
    status: 403,
    body: { Message: /cannot grant more than its own policy allows/ },
  })
})

t.test('P8 the store holds no token of the issuer in clear', async t => {
  const { control, issuer } = await startPeople(t)
  const tokens: string[] = []
  issuer.tamper = (parts, key) => {
    const token = tokenOf(parts, key)
    tokens.push(token)
    return token
  }
  const browser = new PersonBrowser(control, issuer)
  await browser.signIn('ann')
  const [id = ''] = browser.cookies.get('__Host-ews-gateway')?.split('.') ?? []
  const session = await control.store.consoleSession(hashOf(id))
  if (session === undefined || !isOfPerson(session)) throw new Error('Ann has no session')
  const sealed = Buffer.from(session.sealedTokens).toString('latin1')
  t.equal(tokens.length, 1)
  t.ok(sealed.length > tokens.join().length, 'it has the tokens')
  for (const part of tokens.flatMap(token => token.split('.'))) t.notOk(sealed.includes(part))
  const written = JSON.stringify(control.audit()) + control.log()
  for (const secret of [...tokens, CLIENT.secret, id]) t.notOk(written.includes(secret))
})

t.test('an issuer that does not accept the client secret counts as unavailable', async t => {
  const { control, issuer } = await startPeople(t, { clientSecret: 'not-the-secret' })
  const back = await new PersonBrowser(control, issuer).signIn('ann')
  t.equal(back.headers['location'], '/console/?sign-in=unavailable')
  t.match(control.log(), /invalid_client/)
  t.notMatch(control.log(), /not-the-secret/)
})

t.test('a denied call of a person is recorded with the person', async t => {
  const Statement = { Effect: 'Allow', Action: 'workmail:ListUsers', Resource: '*' }
  const grants = [{ value: 'auditors', policy: { Version: '2012-10-17', Statement } }]
  const { control, issuer } = await startPeople(t, { grants })
  const browser = new PersonBrowser(control, issuer)
  await browser.signIn('bob')
  for (let attempt = 0; attempt < 2; attempt++)
    t.equal((await browser.call('WorkMailService.ListGroups')).status, 403)
  t.match(control.audit().slice(1), [
    {
      type: 'call',
      action: 'workmail:ListGroups',
      verdict: 'deny',
      count: 1,
      issuer: issuer.url,
      subject: 'bob',
      displayName: 'Bob Example',
    },
  ])
})

t.test('other grants apply without a restart', async t => {
  let at = Date.now()
  const { control, issuer, config, replaceGrants } = await startPeople(t, { now: () => at })
  const { oidc } = config.console
  if (oidc === undefined) throw new TypeError('There is an issuer')
  const replace = (...grants: typeof oidc.grants) =>
    replaceGrants?.({
      ...config,
      console: { ...config.console, oidc: { ...oidc, grants } },
    })
  const [ann, bob, carol] = ['ann', 'bob', 'carol'].map(() => new PersonBrowser(control, issuer))
  await Promise.all([ann?.signIn('ann'), bob?.signIn('bob')])
  const statusOf = async (person: PersonBrowser | undefined) =>
    (await person?.send('GET', '/console/session'))?.status
  t.strictSame([await statusOf(ann), await statusOf(bob)], [200, 200])

  const [auditors, staff] = ['auditors', 'staff'].map(value => ({
    claim: 'groups',
    value,
    policy: 'read' as const,
  }))
  if (!auditors || !staff) throw new TypeError('There are two')
  replace(auditors)
  t.strictSame([await statusOf(ann), await statusOf(bob)], [401, 200], 'a removed grant')
  replace(auditors, staff)
  await carol?.signIn('carol')
  t.equal(await statusOf(carol), 200, 'an added grant')
  replace({ ...staff, value: 'auditors', claim: 'groups', policy: 'administer' }, auditors)
  t.equal(await statusOf(bob), 200)
  at += 5 * MINUTE
  t.equal(await statusOf(bob), 401, 'another grant that matches')

  const elsewhere = organizationId('m-ffffffffffffffffffffffffffffffff')
  t.throws(
    () => replace({ ...staff, organization: elsewhere }),
    /To add the organization m-f+, restart the gateway/,
  )
  replaceGrants?.({ ...config, console: { accessKeys: true } })
  t.equal(await statusOf(carol), 401, 'no issuer is configured')
})
