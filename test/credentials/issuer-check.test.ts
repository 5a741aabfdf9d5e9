/** Names of the mistakes in the configuration of an issuer, with a server in its place. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mock } from 'node:test'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import t, { type Test } from 'tap'
import { checkIssuer, checkToken } from '../../src/credentials/issuer-check.ts'

const ISSUER = 'https://issuer.example.com'
const SECOND = 1_000
const { privateKey, publicKey } = await generateKeyPair('EdDSA')
const { privateKey: strange } = await generateKeyPair('EdDSA')
const KEYS = { keys: [{ ...(await exportJWK(publicKey)), alg: 'EdDSA' }] }

type Response = Readonly<{ status?: number; body?: string; date?: number | undefined }>

/** Serves keys in place of an issuer. */
async function serve(
  t: Test,
  { status = 200, body = JSON.stringify(KEYS), ...more }: Response = {},
) {
  const server = createServer((_, response) => {
    response.sendDate = !('date' in more)
    if (more.date !== undefined) response.setHeader('Date', new Date(more.date).toUTCString())
    response.writeHead(status).end(body)
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
  return { issuer: ISSUER, jwksUrl, audience: 'gateway', algorithms: ['EdDSA'] }
}

for (const [what, response, problem] of [
  ['keys', {}, undefined],
  ['no clock', { date: undefined }, undefined],
  ['another status', { status: 201 }, 'answers with status 201'],
  ['a redirect', { status: 302 }, 'answers with status 302'],
  ['no keys', { body: '{"keys":[]}' }, 'has no keys'],
  ['an object without keys', { body: '{}' }, 'has no keys'],
  ['keys that are no list', { body: '{"keys":{"length":1}}' }, 'has no keys'],
] as const)
  t.test(`checkIssuer() of an issuer with ${what}`, async t => {
    const issuer = await serve(t, response)
    t.equal(await checkIssuer(issuer), problem && `${issuer.jwksUrl} ${problem}`)
  })

t.test('checkIssuer() reports a clock that differs by more than 30 seconds', async t => {
  const date = Date.UTC(2026, 10, 24)
  const issuer = await serve(t, { date })
  for (const [differsBy, seconds] of [
    [0, undefined],
    [30 * SECOND, undefined],
    [30 * SECOND + 1, 30],
    [-30 * SECOND, undefined],
    [-30 * SECOND - 1, 30],
    [-90 * SECOND - 600, 91],
  ] as const) {
    const { restore } = t.intercept(Date, 'now', {
      value: () => date + differsBy,
      configurable: true,
    })
    const problem = `its clock differs by ${seconds} seconds. Synchronize the clocks`
    t.equal(await checkIssuer(issuer), seconds && problem, `${differsBy} ms`)
    restore()
  }
})

t.test('checkIssuer() says why the keys cannot be read', async t => {
  const { jwksUrl } = await serve(t, { body: 'x' })
  const advice = 'Check jwksUrl, and ca if the certificate is not trusted'
  const unreadable = await checkIssuer({ issuer: ISSUER, jwksUrl, audience: '', algorithms: [] })
  t.match(unreadable, new RegExp(`^cannot read ${jwksUrl}: .*not valid JSON\\. ${advice}$`))
  t.match(
    await checkIssuer({ issuer: ISSUER, jwksUrl: 'x', audience: '', algorithms: [] }),
    `cannot read x: Invalid URL. ${advice}`,
  )
})

t.test('checkIssuer() waits five seconds for the keys', async t => {
  const limits: number[] = []
  const timeout = mock.method(AbortSignal, 'timeout', (ms: number) => {
    limits.push(ms)
    return AbortSignal.abort()
  })
  t.teardown(() => timeout.mock.restore())
  t.match(await checkIssuer(await serve(t)), /: The operation was aborted\. Check jwksUrl/)
  t.strictSame(limits, [5_000])
})

const now = Math.floor(Date.now() / SECOND)
const CLAIMS = { iss: ISSUER, aud: 'gateway', sub: 'tool', exp: now + 600 }
const { exp: _, ...endless } = CLAIMS
const tokenOf = (payload: JWTPayload, key = privateKey) =>
  new SignJWT(payload).setProtectedHeader({ alg: 'EdDSA' }).sign(key)

for (const [what, token, result] of [
  ['for this gateway', tokenOf(CLAIMS), [{ issuer: ISSUER, claim: 'sub', subject: 'tool' }]],
  [
    'of another issuer',
    tokenOf({ ...CLAIMS, iss: 'https://other.example.com' }),
    "its issuer is https://other.example.com, which signIn.issuers doesn't list",
  ],
  [
    'for another audience',
    tokenOf({ ...CLAIMS, aud: ['a', 'b'] }),
    `its audience is ["a","b"]. Set audience to that if it is this gateway's`,
  ],
  ['that has expired', tokenOf({ ...CLAIMS, exp: now - 60 }), '"exp" claim timestamp check failed'],
  ['without an end', tokenOf(endless), 'missing required "exp" claim'],
  ['of another key', tokenOf(CLAIMS, strange), 'signature verification failed'],
  ['of no form', 'x', 'Invalid JWT'],
] as const)
  t.test(`checkToken() of a token ${what}`, async t => {
    const listed = await serve(t)
    const unlisted = { ...listed, issuer: 'https://issuer2.example.com', jwksUrl: 'x' }
    t.strictSame(await checkToken(await token, [unlisted, listed]), result)
  })

t.test('checkToken() accepts only the configured algorithms', async t => {
  const issuer = { ...(await serve(t)), algorithms: ['RS256'] }
  t.match(await checkToken(await tokenOf(CLAIMS), [issuer]), /"alg" .*not allowed/)
})
