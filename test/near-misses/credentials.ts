/**
 * Near misses in credentials and at the data plane.
 *
 * @module
 */

import { writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { isKeyId } from '../../src/credentials/access-key.ts'
import { BasicAuthenticator } from '../../src/credentials/basic.ts'
import { ConnectionAuthenticator } from '../../src/credentials/connection-authenticator.ts'
import { StoredConsoleSessions } from '../../src/credentials/console-sessions.ts'
import { IssuerAuthenticator } from '../../src/credentials/issuer-tokens.ts'
import { loadOrMakeMasterKey, MasterKeyError } from '../../src/credentials/master-key-file.ts'
import { SchemeAuthenticator } from '../../src/credentials/schemes.ts'
import { SigningKeys } from '../../src/credentials/signing-keys.ts'
import { payloadProblem, readSigned } from '../../src/credentials/sigv4-form.ts'
import { BearerAuthenticator, SignedTokenIssuer } from '../../src/credentials/token.ts'
import { readToken, writeToken } from '../../src/credentials/token-text.ts'
import type { Allowed } from '../../src/gateway/context.ts'
import { upstreamRequest } from '../../src/gateway/forward.ts'
import { checkHeaders } from '../../src/gateway/read.ts'
import { SignInOffers } from '../../src/gateway/sign-in.ts'
import { organizationId } from '../../src/model/identity.ts'
import { principalId } from '../../src/model/principal.ts'
import { DEFAULT_OFFER } from '../../src/model/sign-in.ts'
import { assumesOnly } from '../../src/policy/iam.ts'
import { ADDRESS, anonymous, openFixture, T } from '../credentials/fixture.ts'
import type { Auth, GatewayTestServer } from '../kit/gateway-test-server.ts'
import { around, before, makeFolder, passes, rowsOf } from './row.ts'

const fixture = await openFixture()
const { store, masterKey, rateLimiter, watch } = fixture
const keys = new SigningKeys({ store, masterKey, maxAgeMs: 300_000, now: () => T })
const bearer = new BearerAuthenticator({
  keys,
  credentials: store,
  roles: store,
  watch,
  rateLimiter,
})
const issuers = new IssuerAuthenticator({
  issuers: [],
  identities: store,
  rateLimiter,
  assumesOnly,
})
const basic = new BasicAuthenticator({ credentials: store, masterKey, rateLimiter, assumesOnly })
const { token } = await new SignedTokenIssuer(keys, store, () => T).issue(
  fixture.role,
  fixture.principal,
  fixture.key,
)
const pair = Buffer.from(`${fixture.key.id}:${fixture.secret}`).toString('base64')
const { usage } = fixture
const sessions = new StoredConsoleSessions({ store, masterKey, usage, accessKeys: true })
const { cookie } = await sessions.begin({ key: fixture.key, principal: fixture.principal }, true, T)

const isAuthenticated = async (authorization: string) => {
  const { kind } = await bearer.authenticate({ authorization, sourceAddress: ADDRESS, at: T })
  return kind === 'authenticated'
}

/** Whether a header goes to the authenticator of tokens. */
async function isBearer(authorization: string) {
  const missing = { authenticate: async () => ({ kind: 'missing' }) as const }
  const { usage } = fixture
  const authenticator = new SchemeAuthenticator({ basic: missing, bearer, rateLimiter, usage })
  return (await authenticator.authenticate({ ...anonymous(), authorization })).kind !== 'missing'
}

/** Whether a header goes to the authenticator of tokens of trusted issuers. */
const isJwt = (authorization: string) =>
  issuers.authenticate({ authorization, sourceAddress: ADDRESS, at: T }) !== undefined

/** Whether a header has a message for the connection. */
function isMessage(authorization: string) {
  const unexpected = () => ({ kind: 'missing' }) as const
  const connections = new ConnectionAuthenticator({
    scheme: 'Basic',
    begin: () => undefined,
    unexpected,
    checkAgain: unexpected,
  })
  return connections.authenticate({ ...anonymous(), authorization }) !== undefined
}

const keyFile = join(makeFolder(), 'master.key')
async function isMasterKey(text: string) {
  writeFileSync(keyFile, text, { mode: 0o600 })
  const loading = loadOrMakeMasterKey({ file: keyFile }, false, () => undefined)
  return await loading.then(
    () => true,
    error => !(error instanceof MasterKeyError),
  )
}

const CLAIMS = {
  organizationId: fixture.role.organizationId,
  principalId: fixture.principal.id,
  accessKeyId: fixture.key.id,
  roleId: fixture.role.id,
  roleVersion: 1,
  roleType: 'READ_ONLY',
  epoch: '0123456789abcdef',
  expiresAt: T,
} as const
const writes = (claims: object) =>
  passes(
    () => writeToken({ id: 'abcdefgh', secret: Buffer.alloc(32) }, { ...CLAIMS, ...claims }),
    TypeError,
  )

const DATE = '20261124T120000Z'
const SIGNED =
  'AWS4-HMAC-SHA256 Credential=AKIAABCDEFGHIJKLMNOP/20261124/us-east-1/workmail/aws4_request, ' +
  `SignedHeaders=host;x-amz-date;x-amz-target, Signature=${'0'.repeat(64)}`
const signedForm = (authorization: string, date = DATE) =>
  readSigned({
    method: 'POST',
    url: '/',
    headers: [
      ['Host', '127.0.0.1:8081'],
      ['X-Amz-Date', date],
      ['X-Amz-Target', 'x'],
      ['Authorization', authorization],
    ],
    secure: true,
    sourceAddress: ADDRESS,
    at: T,
  }).kind

const payload = (hash: string) =>
  payloadProblem(new Map([['x-amz-content-sha256', hash]]), Buffer.alloc(0))

export const CREDENTIAL_ROWS = [
  ...rowsOf('credentials/access-key.ts', [fixture.key.id, around('A'), isKeyId]),
  ...rowsOf('credentials/basic.ts', [
    `Basic ${pair}`,
    around('Bearer x, ', '!'),
    text => basic.recognizes(text),
  ]),
  ...rowsOf('credentials/connection-authenticator.ts', [
    'Basic AA==',
    around('x ', '!'),
    isMessage,
  ]),
  ...rowsOf('credentials/session-cookie.ts', [
    cookie.split('.')[1] ?? '',
    around('~'),
    mac => sessions.recognizes({ cookie: `${cookie.split('.')[0]}.${mac}`, secure: true }),
  ]),
  ...rowsOf('credentials/master-key-file.ts', [
    `${Buffer.alloc(32, 7).toString('base64')}`,
    around('A', 'A'),
    isMasterKey,
  ]),
  ...rowsOf('credentials/issuer-tokens.ts', ['Bearer eyJx.e30.x', around('X', ' x'), isJwt]),
  ...rowsOf('credentials/schemes.ts', ['Bearer x', before('Basic '), isBearer]),
  ...rowsOf(
    'credentials/sigv4-form.ts',
    [`Basic ${pair}`, before('X'), text => signedForm(text) === 'basic'],
    [SIGNED, around('X', '0'), text => signedForm(text) === 'signed'],
    [DATE, around('x', 'x'), date => signedForm(SIGNED, date) === 'signed'],
    ['UNSIGNED-PAYLOAD', before('X'), hash => payload(hash)?.includes('Unsigned')],
  ),
  ...rowsOf(
    'credentials/token-text.ts',
    [token, around('g3', 'A'), readToken],
    [CLAIMS.organizationId, around('x', '0'), id => writes({ organizationId: organizationId(id) })],
    [CLAIMS.principalId, around('0'), id => writes({ principalId: principalId(id) })],
  ),
  ...rowsOf('credentials/token.ts', [`Bearer ${token}`, around('X', ' x'), isAuthenticated]),
]

const headersTo = (headers: Readonly<Record<string, string>>) =>
  upstreamRequest(
    {
      actAs: 'ann@example.com',
      role: fixture.role,
      read: {
        caller: { principal: fixture.principal },
        prologue: { requestElement: 'GetItem' },
        context: {
          request: { headers },
          server: {
            ports: {
              cookies: { unseal: () => new Map() },
              settings: { timeouts: { upstreamMs: 1_000 } },
            },
          },
        },
      },
    } as unknown as Allowed,
    { body: Buffer.alloc(0), contentLength: 0 },
  )

const takesType = (type: string) =>
  passes(() => checkHeaders({ headers: { 'content-type': type } } as IncomingMessage, 1))

const countMissing = async (server: GatewayTestServer) =>
  Number(/kind="missing"[^}]*} (\d+)/.exec(await server.metrics())?.[1] ?? 0)

/** Rows that need a running gateway. */
export function gatewayRows(server: GatewayTestServer) {
  const isToken = async (auth: string) =>
    /invalid_token/.test(String((await server.post('', { auth })).headers['www-authenticate']))
  const asks = (headers: Readonly<Record<string, string>>, auth: Auth) =>
    server.post('grant_type=client_credentials', { path: '/oauth2/token', headers, auth })
  const FORM = 'application/x-www-form-urlencoded'
  return [
    ...rowsOf('gateway/authenticate.ts', ['Bearer x', ['xBearer x'], isToken]),
    ...rowsOf(
      'gateway/oauth.ts',
      [
        `${FORM};charset=utf-8`,
        [`x${FORM}`, `${FORM};charset=utf-8x`, `${FORM}x`],
        async type => (await asks({ 'Content-Type': type }, 'full')).status === 200,
      ],
      // A token is not a client: the request counts as one without credentials.
      [
        'Bearer x',
        ['xBearer x'],
        async auth => {
          const count = await countMissing(server)
          await asks({ 'Content-Type': FORM }, auth)
          return (await countMissing(server)) > count
        },
      ],
    ),
  ]
}

const offers = new SignInOffers(new Map([['a', { ...DEFAULT_OFFER }]]))
const isListed = (host: string) =>
  offers.of({ headers: { host } } as IncomingMessage, { isProxied: false }) !== DEFAULT_OFFER

export const GATEWAY_ROWS = [
  ...rowsOf('gateway/sign-in.ts', ['a:1', ['a:1:', 'a:1x'], isListed]),
  ...rowsOf(
    'gateway/forward.ts',
    ['{id-1}', around(' '), id => headersTo({ 'client-request-id': id }).clientRequestId],
    ['gzip', ['xgzip', 'gzipx'], encoding => headersTo({ 'accept-encoding': encoding }).compress],
    [
      'gzip;q=0.5',
      ['gzip;q=0', 'gzip;q=0.0,br'],
      it => headersTo({ 'accept-encoding': it }).compress,
    ],
  ),
  ...rowsOf('gateway/read.ts', ['text/xml;charset=utf-8', around('x'), takesType]),
]
