/** Rotation of the keys of an issuer, with a real one. */

import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { mock } from 'node:test'
import t from 'tap'
import { keysOfIssuer } from '../../src/credentials/issuer-keys.ts'
import { IssuerAuthenticator } from '../../src/credentials/issuer-tokens.ts'
import { assumesOnly } from '../../src/policy/iam.ts'
import { makeCertificates } from '../kit/certificates.ts'
import { AUDIENCE, Issuer, makeKey } from '../kit/services/issuer.ts'
import { lend } from '../kit/services/lend.ts'
import { ADDRESS, ORGANIZATION, openFixture } from './fixture.ts'

t.test('authenticate() follows the keys of the issuer', async t => {
  const { store, rateLimiter, principal } = await openFixture()
  const issuer = await lend(t, Issuer.start(await makeKey('first')))
  await store.putIdentities(ORGANIZATION, principal.id, [
    { kind: 'token-subject', issuer: issuer.url, claim: 'sub', subject: 'tool' },
  ])
  const gateway = (maxAgeMs: number, cooldownMs: number) =>
    new IssuerAuthenticator({
      issuers: [
        {
          issuer: issuer.url,
          audience: AUDIENCE,
          algorithms: ['RS256'],
          keys: keysOfIssuer({ jwksUrl: issuer.jwksUrl, maxAgeMs, cooldownMs }),
        },
      ],
      identities: store,
      rateLimiter,
      assumesOnly,
    })
  const ask = async (of: IssuerAuthenticator, token: string, at = Date.now(), latest = at) => {
    const presented = { authorization: `Bearer ${token}`, sourceAddress: ADDRESS, at, latest }
    return (await of.authenticate(presented))?.kind
  }

  const [eager, patient, unlimited] = [
    gateway(300_000, 0),
    gateway(300_000, 300_000),
    gateway(0, 0),
  ]
  const first = await issuer.token()
  for (const one of [eager, patient, unlimited]) t.equal(await ask(one, first), 'authenticated')
  issuer.signWith(await makeKey('second'))
  const second = await issuer.token()
  t.equal(await ask(eager, second), 'authenticated', 'an unknown key makes it read the keys')
  t.equal(await ask(patient, second), 'wrong', 'not more often than allowed')
  t.equal(await ask(patient, first), 'authenticated')
  t.equal(await ask(unlimited, first), 'authenticated', 'verified less than a minute ago')
  const setBack = [Date.now() - 60_000, Date.now() + 60_000] as const
  t.equal(await ask(unlimited, first, ...setBack), 'wrong', 'P5 the key is gone')
  t.equal(await ask(unlimited, first, Date.now() + 60_000), 'wrong')
  t.equal(await ask(eager, second, Date.now() + 900_000), 'wrong', 'expired')
  const [, payload = ''] = second.split('.')
  const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp: number }
  const endsAt = (exp + 30) * 1_000
  t.equal(await ask(eager, second, endsAt - 1, endsAt), 'wrong', 'R46 expired, and known')
  t.equal(
    await ask(gateway(300_000, 0), second, endsAt - 1, endsAt),
    'wrong',
    'R46 expired, and new',
  )
  const other = gateway(300_000, 0)
  t.equal(await ask(other, second, endsAt - 1), 'authenticated', 'clocks can differ by 30 seconds')
  for (const one of [other, gateway(300_000, 0)])
    t.equal(await ask(one, second, endsAt), 'wrong', 'and by no more')

  const requests = issuer.keyRequests
  for (let n = 0; n < 20; n += 1) t.equal(await ask(patient, `${second}x`), 'wrong')
  t.equal(issuer.keyRequests, requests, 'wrong tokens do not flood the issuer')
  await issuer.stop()
  t.equal(await ask(eager, second), 'authenticated')
  await t.rejects(ask(unlimited, second), { name: 'Failure', message: /Cannot read the keys/ })
})

t.test(
  'authenticate() rejects a principal that is disabled or can do more than assume',
  async t => {
    const { store, rateLimiter, principal } = await openFixture()
    const issuer = await lend(t, Issuer.start(await makeKey('first')))
    await store.putIdentities(ORGANIZATION, principal.id, [
      { kind: 'token-subject', issuer: issuer.url, claim: 'sub', subject: 'tool' },
    ])
    let isTool = true
    const authenticator = new IssuerAuthenticator({
      issuers: [
        {
          issuer: issuer.url,
          audience: AUDIENCE,
          algorithms: ['RS256'],
          keys: keysOfIssuer({ jwksUrl: issuer.jwksUrl, maxAgeMs: 300_000, cooldownMs: 0 }),
        },
      ],
      identities: store,
      rateLimiter,
      assumesOnly: () => isTool,
    })
    const authorization = `Bearer ${await issuer.token()}`
    const ask = async () =>
      await authenticator.authenticate({ authorization, sourceAddress: ADDRESS, at: Date.now() })
    t.match(await ask(), { kind: 'authenticated', caller: { principal: { id: principal.id } } })
    isTool = false
    t.equal((await ask())?.kind, 'wrong')
    isTool = true
    await store.putPrincipal({ ...principal, enabled: false })
    t.equal((await ask())?.kind, 'wrong')
  },
)

t.test('P5 keysOfIssuer() reads the keys again if the clock is set back', async t => {
  const issuer = await lend(t, Issuer.start(await makeKey('first')))
  const maxAgeMs = 300_000
  let passedMs = 0
  const elapsed = () => passedMs
  const find = keysOfIssuer({ jwksUrl: issuer.jwksUrl, maxAgeMs, cooldownMs: 0, elapsed })
  const ask = async () => await find({ kid: 'first', alg: 'RS256' }, { payload: '', signature: '' })
  await ask()
  issuer.signWith(await makeKey('second'))
  const { now } = Date
  const clock = mock.method(Date, 'now', () => now() - 3_600_000)
  t.teardown(() => clock.mock.restore())
  passedMs = maxAgeMs - 1
  t.match(await ask(), { type: 'public' })
  t.equal(issuer.keyRequests, 1)
  passedMs = maxAgeMs
  await t.rejects(ask, { code: 'ERR_JWKS_NO_MATCHING_KEY' })
})

t.test('keysOfIssuer() waits five seconds for the keys', async t => {
  const issuer = await lend(t, Issuer.start(await makeKey('first')))
  const limits: number[] = []
  const timeout = mock.method(AbortSignal, 'timeout', (ms: number) => {
    limits.push(ms)
    return AbortSignal.abort()
  })
  t.teardown(() => timeout.mock.restore())
  const find = keysOfIssuer({ jwksUrl: issuer.jwksUrl, maxAgeMs: 1_000, cooldownMs: 0 })
  const asking = async () =>
    await find({ kid: 'first', alg: 'RS256' }, { payload: '', signature: '' })
  await t.rejects(asking, { name: 'AbortError' })
  t.strictSame(limits, [5_000])
  t.equal(issuer.keyRequests, 0)
})

t.test('keysOfIssuer() trusts only the configured authorities', async t => {
  const otherCa = makeCertificates(t.testdir({}), [])('ca.crt')
  const read = makeCertificates(t.testdir({}), [
    { name: 'issuer', alternative: 'IP:127.0.0.1' },
    { name: 'elsewhere', alternative: 'DNS:issuer.example.com' },
  ])
  const key = await makeKey('first')
  const { kty, n, e, kid, alg } = key
  const keys = JSON.stringify({ keys: [{ kty, n, e, kid, alg }] })
  const findAt = async (name: string, ca?: string) => {
    const tls = { cert: read(`${name}.crt`), key: read(`${name}.key`) }
    const server = createServer(tls, (_, response) => response.end(keys))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    t.teardown(() => server.close())
    const jwksUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
    const find = keysOfIssuer({ jwksUrl, ...(ca && { ca }), maxAgeMs: 1_000, cooldownMs: 0 })
    return await find({ kid: 'first', alg: 'RS256' }, { payload: '', signature: '' })
  }
  t.match(await findAt('issuer', read('ca.crt')), { type: 'public' })
  t.match(await findAt('issuer', otherCa + read('ca.crt')), { type: 'public' })
  await t.rejects(findAt('issuer'), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  await t.rejects(findAt('issuer', otherCa), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  await t.rejects(findAt('elsewhere', read('ca.crt')), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
})
