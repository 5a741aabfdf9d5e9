/** Tokens of an issuer: which claims and keys count, and what an audit record says of them. */

import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import {
  errors,
  type JWTHeaderParameters,
  type JWTPayload,
  type JWTVerifyGetKey,
  SignJWT,
} from 'jose'
import t from 'tap'
import type { Authentication } from '../../src/credentials/credentials.ts'
import { IssuerAuthenticator, subjectsIn } from '../../src/credentials/issuer-tokens.ts'
import { proofOf, subjectReference, type TokenSubject } from '../../src/model/external-identity.ts'
import { principalId } from '../../src/model/principal.ts'
import { assumesOnly } from '../../src/policy/iam.ts'
import { ADDRESS, ORGANIZATION, openFixture, T } from './fixture.ts'

const ISSUER = 'https://issuer.example.com'
const NOW = T / 1_000
const ends = { exp: NOW + 600 }
const CLAIMS = { iss: ISSUER, aud: 'gateway', sub: 'tool', ...ends }
const pair = generateKeyPairSync('ed25519')
const stranger = generateKeyPairSync('ed25519')
const subject = (claim: TokenSubject['claim'], name: string) =>
  ({ kind: 'token-subject', issuer: ISSUER, claim, subject: name }) as const
const TOOL = subject('sub', 'tool')

const tokenOf = (
  payload: JWTPayload = CLAIMS,
  {
    key = pair.privateKey,
    ...header
  }: Partial<JWTHeaderParameters> & { key?: KeyObject | Uint8Array } = {},
) => new SignJWT(payload).setProtectedHeader({ alg: 'EdDSA', ...header }).sign(key)

async function open(keys: JWTVerifyGetKey = async () => pair.publicKey) {
  const { store, rateLimiter, principal } = await openFixture()
  t.teardown(() => store.close())
  await store.putIdentities(ORGANIZATION, principal.id, [TOOL])
  const calls = { keys: 0 }
  const authenticator = new IssuerAuthenticator({
    issuers: [
      { issuer: 'https://other.example.com', audience: 'gateway', algorithms: ['EdDSA'], keys },
      {
        issuer: ISSUER,
        audience: 'gateway',
        algorithms: ['EdDSA'],
        keys: (...parts) => {
          calls.keys += 1
          return keys(...parts)
        },
      },
    ],
    identities: store,
    rateLimiter,
    assumesOnly,
  })
  const ask = async (token: string, at = T): Promise<Authentication | undefined> =>
    await authenticator.authenticate({
      authorization: `Bearer ${token}`,
      sourceAddress: ADDRESS,
      at,
    })
  return { store, principal, ask, calls }
}

const WRONG = { kind: 'wrong', signIn: { scheme: 'Bearer' }, record: true, count: 1 } as const

t.test('R31 authenticate() tells who signed a token, and which one it is', async t => {
  const { principal, ask } = await open()
  for (const [payload, header, told] of [
    [{}, {}, {}],
    [{}, { kid: 'first' }, { kid: 'first' }],
    [{ jti: 'one' }, {}, { jti: 'one' }],
    [{ jti: 'one' }, { kid: 'first' }, { kid: 'first', jti: 'one' }],
  ] as const) {
    const answer = await ask(await tokenOf({ ...CLAIMS, ...payload }, header))
    t.strictSame(answer, {
      kind: 'authenticated',
      caller: {
        principal: { ...principal },
        credential: {
          kind: 'issuer-token',
          issuer: ISSUER,
          claim: 'sub',
          subject: 'tool',
          ...told,
        },
        proof: {
          kind: 'identity',
          reference: subjectReference(ISSUER, 'sub', 'tool'),
          identity: proofOf(TOOL),
          expiresAt: T + 630_000,
        },
        signIn: { scheme: 'Bearer' },
      },
    })
  }
})

t.test('authenticate() rejects tokens that the issuer did not sign for this gateway', async t => {
  const secret = Buffer.alloc(32, 1)
  const { sub: _, ...anonymous } = CLAIMS
  const { exp: __, ...endless } = CLAIMS
  const { iss: ___, ...unsigned } = CLAIMS
  for (const [what, token] of [
    ['another issuer', await tokenOf({ ...CLAIMS, iss: `${ISSUER}/` })],
    ['no issuer', await tokenOf(unsigned)],
    ['a key of another issuer', await tokenOf(CLAIMS, { key: stranger.privateKey })],
    ['another algorithm', await tokenOf(CLAIMS, { alg: 'HS256', key: secret })],
    ['no end', await tokenOf(endless)],
    ['an end in the past', await tokenOf({ ...CLAIMS, exp: NOW - 30 })],
    ['a beginning in the future', await tokenOf({ ...CLAIMS, nbf: NOW + 31 })],
    ['another audience', await tokenOf({ ...CLAIMS, aud: 'other' })],
    ['no subject', await tokenOf(anonymous)],
    ['another subject', await tokenOf({ ...CLAIMS, sub: 'Tool' })],
    ['no header', 'eyJx.e30.x'],
    ['no claims', 'eyJhbGciOiJFZERTQSJ9.e3.x'],
    ['claims that are no object', 'eyJhbGciOiJFZERTQSJ9.MQ.x'],
  ] as const)
    t.strictSame(await (await open()).ask(token), WRONG, what)
})

t.test('authenticate() accepts clocks that differ by 30 seconds', async t => {
  const { ask } = await open()
  for (const payload of [{ exp: NOW - 29 }, { nbf: NOW + 30 }, { aud: ['other', 'gateway'] }])
    t.match(await ask(await tokenOf({ ...CLAIMS, ...payload })), { kind: 'authenticated' })
})

t.test('authenticate() verifies a token again after a minute', async t => {
  const { ask, calls } = await open()
  const token = await tokenOf()
  for (const [afterMs, expected] of [
    [0, 1],
    [59_999, 1],
    [60_000, 2],
    [119_999, 2],
    [120_000, 3],
  ] as const) {
    t.equal((await ask(token, T + afterMs))?.kind, 'authenticated')
    t.equal(calls.keys, expected, `after ${afterMs} ms`)
  }
})

t.test('authenticate() verifies a token of more than 8,192 characters each time', async t => {
  const { ask, calls } = await open()
  for (const [length, padding, kid, expected] of [
    [8_192, 5_957, 1, 1],
    [8_193, 5_957, 2, 2],
  ] as const) {
    const payload = { ...CLAIMS, padding: 'x'.repeat(padding) }
    const token = await tokenOf(payload, { kid: 'x'.repeat(kid) })
    t.equal(token.length, length)
    calls.keys = 0
    for (const _ of [1, 2]) t.equal((await ask(token))?.kind, 'authenticated')
    t.equal(calls.keys, expected, `${length} characters`)
  }
})

t.test('R31 authenticate() reports the principal of a token that can do more', async t => {
  const everything = { Effect: 'Allow', Action: ['*'], Resource: ['*'] } as const
  const { store, principal, ask } = await open()
  const identity = { kind: 'issuer-token', issuer: ISSUER, claim: 'sub', subject: 'tool' } as const
  const owner = { organizationId: ORGANIZATION, principalId: principal.id }
  const token = await tokenOf()
  await store.putPrincipal({ ...principal, enabled: false })
  t.strictSame(await ask(token), { ...WRONG, identity, owner })
  await store.putPrincipal({
    ...principal,
    policy: { ...principal.policy, Statement: [everything] },
  })
  t.strictSame(await ask(token), { ...WRONG, identity, owner, record: false, count: 0 })
})

t.test('authenticate() rejects a token whose claims belong to several principals', async t => {
  const { store, principal, ask } = await open()
  const other = { ...principal, id: principalId('5f1c7f0e-3a0b-4a55-8a83-0d2c1e0f9a12') }
  await store.putPrincipal({ ...other, name: 'other' })
  await store.putIdentities(ORGANIZATION, other.id, [subject('oid', '2')])
  await store.putIdentities(ORGANIZATION, principal.id, [TOOL, subject('appid', 'a')])
  for (const [payload, claim] of [
    [{}, 'sub'],
    [{ oid: '1' }, 'sub'],
    [{ oid: '2' }, 'wrong'],
    [{ oid: '2', sub: 'x' }, 'oid'],
    [{ oid: '2', appid: 'a', sub: 'x' }, 'wrong'],
    [{ appid: 'a' }, 'appid'],
    [{ appid: 'a', scp: 'user' }, 'sub'],
    [{ appid: 'a', scp: 'user', sub: 'x' }, 'wrong'],
  ] as const) {
    const answer = await ask(await tokenOf({ ...CLAIMS, ...payload }))
    const { credential } = answer?.kind === 'authenticated' ? answer.caller : {}
    const found = credential?.kind === 'issuer-token' ? credential.claim : answer?.kind
    t.equal(found, claim, JSON.stringify(payload))
  }
})

t.test('subjectsIn() returns the claims that name the caller', async t => {
  const all = { appid: 'a', oid: 'o', sub: 's' }
  const namesIn = (payload: JWTPayload) => subjectsIn(payload).map(({ claim }) => claim)
  t.strictSame(namesIn({ iss: ISSUER, ...all }), ['appid', 'oid', 'sub'])
  t.strictSame(namesIn({ iss: ISSUER, ...all, scp: 'user' }), ['oid', 'sub'])
  t.strictSame(namesIn({ iss: ISSUER, ...all, oid: 1, sub: ['s'] } as unknown as JWTPayload), [
    'appid',
  ])
  t.strictSame(namesIn(all), [])
})

t.test('P6 authenticate() distinguishes a wrong token from keys that cannot be read', async t => {
  const token = await tokenOf()
  for (const [error, isWrong] of [
    [new errors.JWKSNoMatchingKey(), true],
    [new errors.JWKSMultipleMatchingKeys(), true],
    [new errors.JWKSTimeout(), false],
    [new errors.JWKSInvalid('x'), false],
    [new errors.JOSEError('Expected 200 OK from the JSON Web Key Set HTTP response'), false],
    [new TypeError('fetch failed'), false],
  ] as const) {
    const { ask } = await open(() => Promise.reject(error))
    if (isWrong) t.strictSame(await ask(token), WRONG, error.name)
    else
      await t.rejects(ask(token), {
        name: 'Failure',
        reason: 'policy-unavailable',
        message: `Cannot read the keys of the issuer ${ISSUER}`,
        cause: error,
      })
  }
})

t.test('authenticate() leaves other headers to others', async t => {
  const { ask } = await open()
  for (const text of ['g3abcdefgh.x.y', 'eyJx', 'eyJx.e30', ''])
    t.equal(await ask(text), undefined, text)
})
