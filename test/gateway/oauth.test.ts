/**
 * The token endpoint, as OAuth clients use it.
 */

import t from 'tap'
import { ASSUME_ROLE, type PolicyDocument } from '../../src/model/iam.ts'
import { envelope, GET_FOLDER } from '../kit/corpus.ts'
import {
  type Answered,
  type Auth,
  basic,
  FULL,
  type GatewayTestServer,
  type Key,
  mayAssume,
  ORGANIZATION,
  READ_ONLY,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'
import { skippableTime } from '../kit/skip-time.ts'

const FORM = 'application/x-www-form-urlencoded'
const GRANT = { grant_type: 'client_credentials' }

type Asking = Readonly<{
  form?: Readonly<Record<string, string>> | string
  auth?: Auth
  headers?: Readonly<Record<string, string>>
  path?: string
}>

const ask = (
  server: GatewayTestServer,
  { form = GRANT, auth = null, headers = {}, path }: Asking,
) =>
  server.post(typeof form === 'string' ? form : String(new URLSearchParams(form)), {
    auth,
    path: path ?? '/oauth2/token',
    headers: { 'Content-Type': FORM, ...headers },
  })

const scope = (name: string) => ({ ...GRANT, scope: name })

const inBody = ({ id, secret }: Key) => ({ ...GRANT, client_id: id, client_secret: secret })

const errorOf = ({ text }: Answered) => (JSON.parse(text) as { error?: string }).error

t.test('POST /oauth2/token issues a token that the data plane accepts', async t => {
  const server = await startGatewayTestServer(t)
  const { full } = server.keys
  const { role, principal } = server.client(FULL.name)
  for (const [name, asking] of [
    ['Basic', { auth: full }],
    ['the body', { form: inBody(full) }],
    ['a scope by id', { auth: full, form: { ...GRANT, scope: role.id } }],
    ['a scope by name', { auth: full, form: { ...GRANT, scope: FULL.name } }],
    ['a scope in other letters', { auth: full, form: { ...GRANT, scope: 'MIGRATION-Full' } }],
    ['an empty scope', { auth: full, form: { ...GRANT, scope: '' } }],
    ['a role in the user name', { auth: { ...full, id: `${FULL.name}\\${full.id}` } }],
    ['client_id beside Basic', { auth: full, form: { ...GRANT, client_id: full.id } }],
    ['a charset', { auth: full, headers: { 'Content-Type': `${FORM}; charset=UTF-8` } }],
    ['another case of its path', { auth: full, path: '/OAuth2/Token' }],
    ['the client waiting for 100', { auth: full, headers: { Expect: '100-continue' } }],
  ] as const) {
    const answer = await ask(server, asking)
    t.equal(answer.status, 200, name)
    const granted = JSON.parse(answer.text)
    t.match(granted, { token_type: 'Bearer', expires_in: 900 }, name)
    t.match(answer.headers, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
    })
    const used = await server.post(envelope('alice@example.com', GET_FOLDER), {
      auth: `Bearer ${granted.access_token}`,
    })
    t.equal(used.status, 200, name)
  }
  const records = server.audit().filter(({ type }) => type === 'assume')
  t.equal(records.length, 11)
  for (const record of records)
    t.match(record, {
      verdict: 'allow',
      action: ASSUME_ROLE,
      organizationId: ORGANIZATION,
      principalId: principal.id,
      accessKeyId: full.id,
      roleId: role.id,
      roleName: role.name,
      roleType: role.type,
      sourceAddress: '127.0.0.1',
    })
  t.notMatch(JSON.stringify(server.audit()), /access_token|g2[\w-]{8}\./, 'P8 no token is recorded')
})

t.test('POST /oauth2/token rejects', async t => {
  const server = await startGatewayTestServer(t)
  const { full } = server.keys
  const admin = (await server.addPrincipal('admin', allowing(['*']))).key
  const many = (await server.addPrincipal('many', allowing([ASSUME_ROLE]))).key
  const disabled = await server.addPrincipal('disabled', mayAssume('any'))
  await server.store.putKey({ ...disabled.accessKey, enabled: false })
  const token = JSON.parse((await ask(server, { auth: full })).text).access_token as string
  const json = { 'Content-Type': 'application/json' }

  for (const [name, asking, status, error] of [
    ['no grant type', { auth: full, form: {} }, 400, 'invalid_request'],
    [
      'another grant type',
      { auth: full, form: { grant_type: 'password' } },
      400,
      'unsupported_grant_type',
    ],
    ['a parameter twice', { auth: full, form: 'scope=a&scope=b' }, 400, 'invalid_request'],
    ['JSON', { auth: full, form: '{}', headers: json }, 400, 'invalid_request'],
    ['two credentials', { auth: full, form: inBody(full) }, 400, 'invalid_request'],
    [
      'a mailbox in the user name, which a token would forget',
      { auth: { ...full, id: `alice@example.com|${full.id}` } },
      400,
      'invalid_request',
    ],
    ['no credentials', {}, 401, 'invalid_client'],
    ['no secret', { form: { ...GRANT, client_id: full.id } }, 401, 'invalid_client'],
    ['another secret', { form: inBody({ ...full, secret: 'x' }) }, 401, 'invalid_client'],
    ['the same by Basic', { auth: { ...full, secret: 'x' } }, 401, 'invalid_client'],
    ['an invented key', { form: inBody({ id: 'AKIA', secret: 'x' }) }, 401, 'invalid_client'],
    ['a disabled key', { auth: disabled.key }, 401, 'invalid_client'],
    ['R17 an administrator', { auth: admin }, 401, 'invalid_client'],
    ['a token', { auth: `Bearer ${token}` }, 401, 'invalid_client'],
    ['a token, and no more', { auth: `Bearer ${token}`, form: {} }, 400, 'invalid_request'],
    ['a choice of roles', { auth: many }, 400, 'invalid_scope'],
    ['an unknown role', { auth: many, form: { ...GRANT, scope: 'x' } }, 400, 'invalid_scope'],
    [
      'a role that is not the client’s',
      { auth: full, form: { ...GRANT, scope: READ_ONLY.name } },
      400,
      'unauthorized_client',
    ],
    [
      'R2 and one that does not exist',
      { auth: full, form: { ...GRANT, scope: 'x' } },
      400,
      'unauthorized_client',
    ],
  ] as const) {
    const answer = await ask(server, asking)
    t.equal(answer.status, status, name)
    t.equal(errorOf(answer), error, name)
    t.match(answer.headers, { 'cache-control': 'no-store', 'content-type': 'application/json' })
    const challenge = status === 401 ? 'Basic realm="EWS", charset="UTF-8"' : undefined
    t.equal(answer.headers['www-authenticate'], challenge, name)
  }
  const refused = server
    .audit()
    .filter(({ type, verdict }) => type === 'assume' && verdict === 'deny')
  t.match(
    refused.map(({ reason }) => reason),
    [
      'invalid_request',
      'invalid_scope',
      'invalid_scope',
      'unauthorized_client',
      'unauthorized_client',
    ],
  )
  t.match(refused.at(-2), {
    roleId: server.client(READ_ONLY.name).role.id,
    roleName: READ_ONLY.name,
    principalId: server.client(FULL.name).principal.id,
  })
  const wrong = server.audit().filter(({ reason }) => reason === 'credentials-refused')
  t.ok(wrong.some(({ accessKeyId }) => accessKeyId === full.id))
})

t.test('POST /oauth2/token explains a denial only as far as it is about the own role', async t => {
  const server = await startGatewayTestServer(t)
  const { store } = server
  const { role, principal } = server.client(FULL.name)
  const many = (await server.addPrincipal('many', allowing([ASSUME_ROLE]))).key
  const lock = (message?: string) =>
    store.lockRole(ORGANIZATION, role.id, message === undefined ? {} : { message })
  const notPermitted = 'The key may not assume this role.'
  const choose = 'Send the ID or name of a role as scope.'
  for (const [change, asking, error, text] of [
    [() => undefined, { auth: many }, 'invalid_scope', choose],
    [() => undefined, { auth: many, form: scope('x') }, 'invalid_scope', 'There is no such role.'],
    [() => undefined, { form: scope('x') }, 'unauthorized_client', notPermitted],
    [
      () => lock('Closed for "audit".'),
      {},
      'unauthorized_client',
      'The role is locked. Closed for',
    ],
    [() => lock(), {}, 'unauthorized_client', /^The role is locked\. $/],
    [
      async () => {
        await store.lockRole(ORGANIZATION, role.id, undefined)
        await server.changeRole(FULL.name, { notAfter: 1 })
      },
      {},
      'unauthorized_client',
      'The role is not valid at this time.',
    ],
    [
      () => store.putPrincipal({ ...principal, notAfter: 1 }),
      {},
      'unauthorized_client',
      'The principal is not valid at this time.',
    ],
  ] as const) {
    await change()
    const answer = await ask(server, { auth: 'full', ...asking })
    t.match(JSON.parse(answer.text), { error, error_description: text })
    t.match(server.audit().at(-1), { type: 'assume', verdict: 'deny', reason: error })
  }
})

t.test('R18 POST /oauth2/token limits guesses', async t => {
  const server = await startGatewayTestServer(t)
  const guess = basic({ ...server.keys.full, secret: 'x' })
  for (let i = 0; i < 10; i++) t.equal((await ask(server, { auth: guess })).status, 401)
  const answer = await ask(server, { auth: 'full' })
  t.equal(errorOf(answer), 'invalid_client')
  const seconds = Number(answer.headers['retry-after'])
  t.ok(seconds >= 1 && seconds <= 60, `${seconds} s`)
})

t.test('POST /oauth2/token names the limit of a body, with and without a length', async t => {
  const server = await startGatewayTestServer(t)
  for (const headers of [{}, { 'Transfer-Encoding': 'chunked' }]) {
    const { text } = await ask(server, { auth: 'full', form: 'a'.repeat(16_385), headers })
    t.match(JSON.parse(text), {
      error: 'invalid_request',
      error_description: 'The request exceeds the limit of 16384 bytes.',
    })
  }
})

t.test('POST /oauth2/token accepts no other method, and no query', async t => {
  const server = await startGatewayTestServer(t)
  for (const [method, path] of [
    ['GET', '/oauth2/token'],
    ['PUT', '/oauth2/token'],
    ['POST', '/oauth2/token?grant_type=client_credentials'],
    ['POST', '/oauth2/token/'],
  ] as const) {
    const { status } = await server.post('', { auth: 'full', method, path })
    t.equal(status, 404, `${method} ${path}`)
  }
})

t.test('P6 POST /oauth2/token issues no token without the store', async t => {
  const server = await startGatewayTestServer(t, {
    config: { propagation: { maxAgeSeconds: 300 } },
  })
  t.equal((await ask(server, { auth: 'full' })).status, 200)
  await server.store.close()
  t.equal((await ask(server, { auth: 'full' })).status, 200, 'what is known is fresh enough')
  skippableTime(t)(300_000)
  const answer = await ask(server, { auth: 'full' })
  t.equal(answer.status, 503)
  t.equal(errorOf(answer), 'temporarily_unavailable')
  t.equal(answer.headers['retry-after'], '1')
})

function allowing(Action: readonly string[]): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action, Resource: ['*'] }],
  }
}
