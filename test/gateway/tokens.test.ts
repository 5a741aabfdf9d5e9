/**
 * Tokens in the running data plane: what they open, and all that closes it again.
 */

import { randomUUID } from 'node:crypto'
import {
  ConnectingIdType,
  ExchangeService,
  ExchangeVersion,
  Folder,
  ImpersonatedUserId,
  OAuthCredentials,
  SoapFaultDetails,
  Uri,
  WellKnownFolderName,
} from 'ews-javascript-api'
import t, { type Test } from 'tap'
import { SigningKeys } from '../../src/credentials/signing-keys.ts'
import { SignedTokenIssuer } from '../../src/credentials/token.ts'
import type { Condition, PolicyDocument } from '../../src/model/iam.ts'
import { DEFAULT_GUARD, type RoleDraft, roleId } from '../../src/model/role.ts'
import { codeOf, createItem, END, envelope, GET_FOLDER, prologue } from '../kit/corpus.ts'
import {
  FULL,
  type GatewayTestServer,
  mayAssume,
  ORGANIZATION,
  READ_ONLY,
  type RoleSeed,
  startGatewayTestServer,
  XML,
} from '../kit/gateway-test-server.ts'
import { until, Wire } from '../kit/wire.ts'

const READ = envelope('alice@example.com', GET_FOLDER)
const WRITE = envelope('alice@example.com', createItem('Hello'))
const DENIED = 'ErrorImpersonateUserDenied'

/** A token of a role's client, from the token endpoint. */
async function tokenFor(
  server: GatewayTestServer,
  roleName: string,
  headers = {},
): Promise<string> {
  const { id, secret } = server.client(roleName).key
  const answer = await server.post(
    String(
      new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: id,
        client_secret: secret,
        scope: roleName,
      }),
    ),
    {
      auth: null,
      path: '/oauth2/token',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    },
  )
  const { access_token: token } = JSON.parse(answer.text) as { access_token?: string }
  if (token === undefined) throw new Error(`No token: ${answer.text}`)
  return token
}

/** The status, or the code of a fault. */
async function use(server: GatewayTestServer, token: string, body = READ, headers = {}) {
  const { status, text } = await server.post(body, { auth: `Bearer ${token}`, headers })
  return status === 500 ? codeOf(text) : status
}

t.test('a token lets its bearer act in its role', async t => {
  const server = await startGatewayTestServer(t)
  const [full, readOnly] = [
    await tokenFor(server, FULL.name),
    await tokenFor(server, READ_ONLY.name),
  ]
  t.equal(await use(server, full), 200)
  t.equal(await use(server, full, WRITE), 200)
  t.equal(await use(server, readOnly), 200)
  t.equal(await use(server, readOnly, WRITE), 'ErrorAccessDenied', 'P4')
  t.equal(await use(server, full, envelope('ceo@example.com', GET_FOLDER)), DENIED)
  t.equal(await use(server, readOnly, envelope('carol@example.com', GET_FOLDER)), DENIED)

  const { role, principal, accessKey } = server.client(READ_ONLY.name)
  const known = { principalId: principal.id, accessKeyId: accessKey.id, roleId: role.id }
  const decisions = server.audit().filter(({ type }) => type === 'decision')
  t.match(decisions.at(-1), { ...known, verdict: 'deny', reason: 'no-rule-allows' })
  t.ok(
    server.sandbox.seen.every(request => !JSON.stringify(request).includes(full)),
    'P8 the upstream sees no token',
  )
})

/** Everything after which a token is no longer good, or no longer enough. */
const ENDINGS: readonly (readonly [
  name: string,
  end: (server: GatewayTestServer, roleName: string) => Promise<unknown>,
  outcome: number | string,
])[] = [
  [
    'the tokens of the role are revoked',
    (server, name) => server.store.revokeTokens(ORGANIZATION, server.client(name).role.id),
    401,
  ],
  [
    'the tokens are revoked and the role is edited',
    async (server, name) => {
      await server.store.revokeTokens(ORGANIZATION, server.client(name).role.id)
      await server.changeRole(name, { description: 'Changed' })
    },
    401,
  ],
  [
    'the role is locked',
    (server, name) => server.store.lockRole(ORGANIZATION, server.client(name).role.id, {}),
    DENIED,
  ],
  [
    'the role is deleted',
    (server, name) => server.store.deleteRole(ORGANIZATION, server.client(name).role.id),
    DENIED,
  ],
  [
    'the role is deleted, and another one has its name',
    async (server, name) => {
      const { role } = server.client(name)
      await server.store.deleteRole(ORGANIZATION, role.id)
      await server.changeRole(name, { id: roleId(randomUUID()) })
    },
    DENIED,
  ],
  [
    'the role is deleted, and made again with its ID',
    async (server, name) => {
      await server.store.deleteRole(ORGANIZATION, server.client(name).role.id)
      await server.changeRole(name, {})
    },
    401,
  ],
  [
    'the key is deleted',
    (server, name) => server.store.deleteKey(ORGANIZATION, server.client(name).accessKey.id),
    401,
  ],
  [
    'the key is disabled',
    (server, name) => server.store.putKey({ ...server.client(name).accessKey, enabled: false }),
    401,
  ],
  [
    'the key has expired',
    (server, name) =>
      server.store.putKey({ ...server.client(name).accessKey, expiresAt: Date.now() }),
    401,
  ],
  [
    'the principal is deleted',
    (server, name) => server.store.deletePrincipal(ORGANIZATION, server.client(name).principal.id),
    401,
  ],
  [
    'the principal is disabled',
    (server, name) =>
      server.store.putPrincipal({ ...server.client(name).principal, enabled: false }),
    401,
  ],
  [
    'the policy names another role',
    (server, name) =>
      server.store.putPrincipal({ ...server.client(name).principal, policy: mayAssume('other') }),
    DENIED,
  ],
  [
    'the policy wants TLS',
    (server, name) =>
      server.store.putPrincipal(when(server, name, { Bool: { 'aws:SecureTransport': ['true'] } })),
    DENIED,
  ],
  [
    'the policy’s time is over',
    (server, name) =>
      server.store.putPrincipal(
        when(server, name, { DateLessThan: { 'aws:CurrentTime': ['2020-01-01'] } }),
      ),
    DENIED,
  ],
]

/** A client's principal whose policy has one condition more. */
function when(server: GatewayTestServer, roleName: string, condition: Condition) {
  const { principal, role } = server.client(roleName)
  const StringEquals = { 'workmail:ImpersonationRoleId': [role.id] }
  const [statement] = principal.policy.Statement
  if (!statement) throw new Error('No statement')
  const policy: PolicyDocument = {
    Version: '2012-10-17',
    Statement: [{ ...statement, Condition: { StringEquals, ...condition } }],
  }
  return { ...principal, policy }
}

t.test('R16 a token ends when', async t => {
  const roles = ENDINGS.map(([name]): RoleSeed => ({ name, type: 'FULL_ACCESS', allow: 'all' }))
  const server = await startGatewayTestServer(t, { roles })
  for (const [name, end, outcome] of ENDINGS) {
    const token = await tokenFor(server, name)
    t.equal(await use(server, token), 200)
    const before = server.sandbox.executed.length
    await end(server, name)
    t.equal(await use(server, token), outcome, name)
    t.equal(server.sandbox.executed.length, before, 'nothing went upstream')
  }
})

/** Edits after which a token issued before is as good as a new one. */
const EDITS: readonly (readonly [name: string, edit: Partial<RoleDraft>])[] = [
  ['its name', { name: 'another name' }],
  ['its description', { description: 'Changed' }],
  ['its rules', { rules: [{ id: 'alice-too', effect: 'ALLOW' }] }],
  ['its guard', { guard: { ...DEFAULT_GUARD, sending: false, mailboxes: 'any' } }],
]

t.test('R16 a token outlives an edit of its role', async t => {
  const roles = EDITS.map(([name]): RoleSeed => ({ name, type: 'FULL_ACCESS', allow: 'all' }))
  const server = await startGatewayTestServer(t, { roles })
  for (const [name, edit] of EDITS) {
    const token = await tokenFor(server, name)
    await server.changeRole(name, edit)
    t.equal(await use(server, token), 200, `${name} reads`)
    t.equal(await use(server, token, WRITE), 200, `${name} writes`)
  }
})

t.test('R16 a token is evaluated with the present rules and guard of its role', async t => {
  const server = await startGatewayTestServer(t)
  const token = await tokenFor(server, FULL.name)
  const send = WRITE.replace('SaveOnly', 'SendAndSaveCopy')
  t.equal(await use(server, token, send), 200)
  await server.changeRole(FULL.name, { guard: { ...DEFAULT_GUARD, sending: false } })
  t.equal(await use(server, token, send), 'ErrorAccessDenied', 'a switch of the guard')
  t.equal(await use(server, token), 200)

  const [alice, ceo] = await Promise.all(
    ['alice@example.com', 'ceo@example.com'].map(address => server.userId(address)),
  )
  const only = (user = alice) => ({
    rules: [{ id: 'only', effect: 'ALLOW' as const, targetUsers: user ? [user] : [] }],
  })
  await server.changeRole(FULL.name, only(ceo))
  t.equal(await use(server, token), DENIED, 'a rule that is gone')
  t.match(server.audit().at(-2), { reason: 'no-rule-allows' })
  t.equal(await use(server, token, envelope('ceo@example.com', GET_FOLDER)), 200, 'a new rule')
  await server.changeRole(FULL.name, only())
  t.equal(await use(server, token), 200, 'and a rule that is back')
})

t.test('R16 a token has the present type of its role', async t => {
  const types = ['FULL_ACCESS', 'READ_ONLY'] as const
  for (const issued of types)
    for (const present of types) {
      const name = `${issued} then ${present}`
      const server = await startGatewayTestServer(t, {
        roles: [{ name, type: issued, allow: 'all' }],
      })
      const token = await tokenFor(server, name)
      await server.changeRole(name, { type: present, description: 'Edited' })
      t.equal(await use(server, token), 200, `${name} reads`)
      const may = present === 'FULL_ACCESS'
      t.equal(await use(server, token, WRITE), may ? 200 : 'ErrorAccessDenied', `${name} writes`)
      t.match(server.audit().at(-2), { roleType: present }, `${name} is recorded`)

      const upload = createItem('Large', 'x'.repeat(400_000))
      const large = envelope('alice@example.com', upload)
      t.equal(await use(server, token, large), may ? 200 : 'ErrorAccessDenied', `${name} uploads`)
      await server.close()
    }
})

t.test('R16 a token works again after a lock, and never after a revocation', async t => {
  const server = await startGatewayTestServer(t)
  const { id } = server.client(FULL.name).role
  const token = await tokenFor(server, FULL.name)
  await server.store.lockRole(ORGANIZATION, id, { message: 'Ask the help desk' })
  const { text } = await server.post(READ, { auth: `Bearer ${token}` })
  t.match(text, 'Ask the help desk')
  t.match(server.audit().at(-2), { verdict: 'deny', reason: 'role-locked', roleId: id })
  await server.store.lockRole(ORGANIZATION, id, undefined)
  t.equal(await use(server, token), 200)

  await server.store.revokeTokens(ORGANIZATION, id)
  t.equal(await use(server, token), 401)
  const next = await tokenFor(server, FULL.name)
  t.equal(await use(server, next), 200, 'a token from after the revocation is good')
  t.equal((await server.post(READ)).status, 200, 'and so is the access key')
  const other = await tokenFor(server, READ_ONLY.name)
  await server.store.revokeTokens(ORGANIZATION, id)
  t.equal(await use(server, next), 401, 'each revocation ends what was issued since the last')
  t.equal(await use(server, other), 200, 'but no token of another role')
})

t.test('R16 a revoked token is rejected for every purpose', async t => {
  const server = await startGatewayTestServer(t)
  const token = await tokenFor(server, FULL.name)
  const { principal, role, accessKey } = server.client(FULL.name)
  const get = (path: string) =>
    server.post('', { auth: `Bearer ${token}`, method: 'GET', path: `/EWS/${path}` })
  for (const path of ['Exchange.asmx', 'types.xsd']) t.equal((await get(path)).status, 200, path)
  await server.store.revokeTokens(ORGANIZATION, role.id)
  for (const path of ['Exchange.asmx', 'types.xsd']) t.equal((await get(path)).status, 401, path)
  for (let i = 0; i < 3; i++) t.equal(await use(server, token), 401)
  t.match(
    server.audit().filter(({ reason }) => reason === 'credentials-refused'),
    [{ verdict: 'deny', principalId: principal.id, accessKeyId: accessKey.id, count: 1 }],
    'R31 it is recorded once a minute',
  )
})

t.test('R16 a deleted role does not get a 401', async t => {
  const server = await startGatewayTestServer(t)
  const token = await tokenFor(server, FULL.name)
  await server.store.deleteRole(ORGANIZATION, server.client(FULL.name).role.id)
  const { status, text } = await server.post(READ, { auth: `Bearer ${token}` })
  t.strictSame([status, codeOf(text)], [500, DENIED])
  t.match(server.audit().at(-2), { reason: 'role-unknown' })
})

t.test('R16 a token ends with the epoch, by itself, and when it is altered', async t => {
  const server = await startGatewayTestServer(t)
  const token = await tokenFor(server, FULL.name)
  t.equal(await use(server, `${token.slice(0, -1)}${token.endsWith('A') ? 'E' : 'A'}`), 401)
  t.equal(await use(server, token.slice(0, -1)), 401)

  const { role, principal, accessKey } = server.client(FULL.name)
  const { store, masterKey } = server
  const past = () => Date.now() - 900_001
  const keys = new SigningKeys({ store, masterKey, maxAgeMs: 300_000, now: Date.now })
  const late = await new SignedTokenIssuer(keys, store, past).issue(role, principal, accessKey)
  t.equal(await use(server, late.token), 401, 'after fifteen minutes')
  const good = await new SignedTokenIssuer(keys, store, Date.now).issue(role, principal, accessKey)
  t.equal(await use(server, good.token), 200, 'whichever gateway issued it')

  await store.newEpoch()
  t.equal(await use(server, token), 401, 'when the store was restored')
  t.equal(await use(server, await tokenFor(server, FULL.name)), 200, 'a new one is good')
})

t.test('an invalid token: 401, Basic first and then the error', async t => {
  const server = await startGatewayTestServer(t)
  const challenge = 'Basic realm="EWS", charset="UTF-8"'
  const token = await tokenFor(server, FULL.name)
  await server.store.revokeTokens(ORGANIZATION, server.client(FULL.name).role.id)
  for (const [name, auth, expected] of [
    ['none', null, `${challenge}, Bearer`],
    ['a wrong Basic', 'Basic QTpi', `${challenge}, Bearer`],
    ['no token', 'Bearer a.b.c', `${challenge}, Bearer error="invalid_token"`],
    ['a revoked one', `Bearer ${token}`, `${challenge}, Bearer error="invalid_token"`],
  ] as const) {
    const { status, headers, text } = await server.post(READ, { auth })
    t.equal(status, 401, name)
    t.equal(headers['www-authenticate'], expected, name)
    t.equal(text, '')
  }
  t.match(server.audit().at(-1), {
    reason: 'credentials-refused',
    accessKeyId: server.keys.full.id,
  })
})

t.test('a lock denies at once, with its message', async t => {
  const server = await startGatewayTestServer(t)
  const { role } = server.client(FULL.name)
  const token = await tokenFor(server, FULL.name)
  const message = `Closed <for> "audit" & more${'.'.repeat(300)}`
  await server.store.lockRole(ORGANIZATION, role.id, { message: message.slice(0, 256) })
  const fresh = await new SignedTokenIssuer(
    new SigningKeys({ ...server, maxAgeMs: 300_000, now: Date.now }),
    server.store,
    Date.now,
  ).issue(
    (await server.store.role(ORGANIZATION, role.id)) ?? role,
    server.client(FULL.name).principal,
    server.client(FULL.name).accessKey,
  )
  for (const auth of ['full', `Bearer ${token}`, `Bearer ${fresh.token}`]) {
    for (const whom of ['alice@example.com', 'ceo@example.com', 'nobody@example.com']) {
      const { status, text } = await server.post(envelope(whom, GET_FOLDER), { auth })
      t.equal(status, 500)
      t.equal(codeOf(text), DENIED)
      t.match(text, 'requested user. Closed &lt;for&gt; ')
      t.notMatch(text, '.'.repeat(257))
    }
  }
  t.match(server.audit().at(-2), { verdict: 'deny', reason: 'role-locked', roleId: role.id })
  t.equal(server.sandbox.executed.length, 0)

  await server.store.lockRole(ORGANIZATION, role.id, { expiresAt: Date.now() - 1 })
  t.equal((await server.post(READ)).status, 200, 'a lock that has expired is none')
})

t.test('R16 the policy is evaluated with the address of each request', async t => {
  const server = await startGatewayTestServer(t, { config: { trustedProxies: ['127.0.0.1'] } })
  const office = { IpAddress: { 'aws:SourceIp': ['192.0.2.0/24'] } }
  await server.store.putPrincipal(when(server, FULL.name, office))
  const from = (address: string) => ({ 'X-Forwarded-For': address })
  const token = await tokenFor(server, FULL.name, from('192.0.2.7'))
  t.equal(await use(server, token, READ, from('192.0.2.8')), 200)
  t.equal(await use(server, token, READ, from('198.51.100.7')), DENIED)
  t.equal(await use(server, token, READ, from('192.0.2.8')), 200)
  await t.rejects(tokenFor(server, FULL.name, from('198.51.100.7')), /unauthorized_client/)
})

/** Changes during an upload, and how it ends. */
const DURING: readonly (readonly [
  name: string,
  change: (server: GatewayTestServer) => Promise<unknown>,
  status: number,
  head: RegExp,
])[] = [
  ['an edit', server => server.changeRole(FULL.name, { description: 'Changed' }), 200, /text\/xml/],
  [
    'a narrower type',
    server => server.changeRole(FULL.name, { type: 'READ_ONLY' }),
    500,
    /text\/xml/,
  ],
  [
    'a revocation of its tokens',
    server => server.store.revokeTokens(ORGANIZATION, server.client(FULL.name).role.id),
    401,
    /error="invalid_token"/,
  ],
]

for (const [name, change, status, head] of DURING)
  t.test(`R8 R16 ${name} while an upload runs`, t => uploadDuring(t, change, status, head))

async function uploadDuring(
  t: Test,
  change: (server: GatewayTestServer) => Promise<unknown>,
  status: number,
  head: RegExp,
) {
  const server = await startGatewayTestServer(t)
  const token = await tokenFor(server, FULL.name)
  const body = `${prologue('alice@example.com')}${createItem('Large', 'x'.repeat(400_000))}${END}`
  const wire = new Wire(server.socket())
  await wire.send(
    `POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: gateway\r\nContent-Type: ${XML}\r\n` +
      `Authorization: Bearer ${token}\r\nContent-Length: ${body.length}\r\n\r\n`,
  )
  await wire.send(body.slice(0, 350_000))
  await until('the upload is in flight', () =>
    server.audit().some(({ verdict }) => verdict === 'pending'),
  )
  await change(server)
  await wire.send(body.slice(350_000))
  const answer = await wire.answer()
  t.equal(answer.status, status)
  t.match(answer.head, head)
  t.equal(server.sandbox.executed.length, status === 200 ? 1 : 0)
}

t.test('R16 a revocation while a request of Autodiscover arrives: 401', async t => {
  const server = await startGatewayTestServer(t)
  const token = await tokenFor(server, FULL.name)
  const schemas = 'http://schemas.microsoft.com/exchange/autodiscover/outlook'
  const question =
    `<Autodiscover xmlns="${schemas}/requestschema/2006"><Request>` +
    '<EMailAddress>alice@example.com</EMailAddress>' +
    `<AcceptableResponseSchema>${schemas}/responseschema/2006a</AcceptableResponseSchema>` +
    '</Request></Autodiscover>'
  const wire = new Wire(server.socket())
  await wire.send(
    `POST /autodiscover/autodiscover.xml HTTP/1.1\r\nHost: gateway\r\nContent-Type: ${XML}\r\n` +
      `Authorization: Bearer ${token}\r\nExpect: 100-continue\r\n` +
      `Content-Length: ${question.length}\r\n\r\n`,
  )
  await until('the credential is good', () => wire.text.includes('100 Continue'))
  await server.store.revokeTokens(ORGANIZATION, server.client(FULL.name).role.id)
  wire.text = ''
  await wire.send(question)
  const { status, head } = await wire.answer()
  t.equal(status, 401)
  t.match(head, /error="invalid_token"/)
  t.match(server.audit().at(-2), { verdict: 'deny', reason: 'credentials-refused' })
})

t.test('ews-javascript-api reads a mailbox with OAuthCredentials, until it is denied', async t => {
  const server = await startGatewayTestServer(t)
  const service = async () => {
    const service = new ExchangeService(ExchangeVersion.Exchange2010_SP2)
    service.Url = new Uri(server.url)
    service.Credentials = new OAuthCredentials(await tokenFor(server, FULL.name))
    const { SmtpAddress } = ConnectingIdType
    service.ImpersonatedUserId = new ImpersonatedUserId(SmtpAddress, 'alice@example.com')
    return service
  }
  const inbox = (of: ExchangeService) => Folder.Bind(of, WellKnownFolderName.Inbox)
  const client = await service()
  t.equal((await inbox(client)).DisplayName, 'Inbox')

  await server.changeRole(FULL.name, { description: 'Changed' })
  t.equal((await inbox(client)).DisplayName, 'Inbox')

  await server.store.revokeTokens(ORGANIZATION, server.client(FULL.name).role.id)
  const refused = await inbox(client).catch((error: unknown) => error)
  t.match(refused, { HttpStatusCode: 401 })
  const again = await service()
  t.equal((await inbox(again)).DisplayName, 'Inbox')

  await server.store.deleteRole(ORGANIZATION, server.client(FULL.name).role.id)
  await rejectsAs(t, inbox(again), DENIED)
})

async function rejectsAs(t: Test, attempt: Promise<unknown>, code: string) {
  const error = await attempt.catch((error: unknown) => error)
  t.ok(error instanceof SoapFaultDetails)
  t.equal(error instanceof SoapFaultDetails && error.FaultCode.split(':').at(-1), code)
}
