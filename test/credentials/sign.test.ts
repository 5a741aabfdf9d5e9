import t from 'tap'
import { signCall } from '../../src/credentials/sign.ts'
import { SignatureVerifier } from '../../src/credentials/sigv4.ts'
import { Secret } from '../../src/model/secret.ts'
import { ADDRESS, openFixture, T } from './fixture.ts'

t.test('signCall() signs requests that SignatureVerifier accepts', async t => {
  const { store, masterKey, rateLimiter, usage, key, secret } = await openFixture()
  t.teardown(() => store.close())
  const verifier = new SignatureVerifier({ credentials: store, masterKey, rateLimiter, usage })
  for (const [url, body, change, kind] of [
    ['http://127.0.0.1:8081', '{}', {}, 'verified'],
    ['https://gateway.example.com', '{"Name":"Jürgen"}', {}, 'verified'],
    ['https://[::1]:8443/', '', {}, 'verified'],
    ['http://127.0.0.1:8081', '{}', { body: '{"a":1}' }, 'refused'],
    ['http://127.0.0.1:8081', '{}', { target: 'EwsGateway.DeleteUser' }, 'refused'],
    ['http://127.0.0.1:8081', '{}', { at: T + 16 * 60_000 }, 'refused'],
  ] as const) {
    const at = new URL(url)
    const call = { url: at, target: 'WorkMailService.ListUsers', body, at: T }
    const headers = await signCall({ ...call, accessKeyId: key.id, secret: new Secret(secret) })
    t.equal(headers['content-type'], 'application/x-amz-json-1.1')
    const sent = { ...call, ...change }
    const verification = await verifier.verify({
      method: 'POST',
      url: at.pathname,
      headers: Object.entries({ ...headers, host: at.host, 'x-amz-target': sent.target }),
      body: Buffer.from(sent.body),
      sourceAddress: ADDRESS,
      secure: false,
      at: sent.at,
    })
    t.equal(verification.kind, kind, `signCall() ${url} ${body} ${JSON.stringify(change)}`)
  }
})

t.test('signCall() signs for AWS, with a temporary key', async t => {
  const headers = await signCall({
    url: new URL('https://workmail.us-east-1.amazonaws.com'),
    target: 'WorkMailService.ListUsers',
    body: '{}',
    accessKeyId: 'ASIAEXAMPLE',
    secret: new Secret('secret'),
    sessionToken: new Secret('session'),
    region: 'us-east-1',
    at: T,
  })
  t.match(headers, {
    'x-amz-security-token': 'session',
    'x-amz-date': '20261124T120000Z',
    authorization: /Credential=ASIAEXAMPLE\/20261124\/us-east-1\/workmail\/aws4_request/,
  })
  t.notOk('host' in headers, 'the client writes Host')
})
