/** Issuers that don't respond as an issuer should. */

import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { IssuerUnavailable } from '../../../src/credentials/credentials.ts'
import { OpenIdIssuer } from '../../../src/credentials/people/openid-issuer.ts'
import { Secret } from '../../../src/model/secret.ts'
import { makeCertificates } from '../../kit/certificates.ts'
import { CLIENT, startIssuer } from '../../kit/issuer.ts'
import { CONSOLE, PersonBrowser, startPeople } from '../../kit/person.ts'

const clientOf = (issuer: string, now = Date.now) =>
  new OpenIdIssuer({
    issuer,
    clientId: CLIENT.id,
    clientSecret: new Secret(CLIENT.secret),
    scopes: ['openid'],
    redirectUrl: `${CONSOLE}/console/sign-in/callback`,
    signedOutUrl: `${CONSOLE}/console/`,
    now,
  })

/** Starts a server in place of an issuer. @returns its URL */
async function serve(t: Test, answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

for (const [what, answer, message] of [
  ['fails', (_, response) => response.writeHead(503).end(), /HTTP status 503$/],
  ['has no metadata', (_, response) => response.writeHead(404).end(), /HTTP status 404$/],
  [
    'leads elsewhere',
    (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1' }).end(),
    /HTTP status 302$/,
  ],
  [
    'sends too much',
    (_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(' '.repeat(1_048_577)),
    /The response is larger than 1 MiB$/,
  ],
  ['sends a page', (_, response) => response.end('<!doctype html>'), /Cannot read the metadata/],
  ['closes the connection', (_, response) => response.destroy(), /Cannot read the metadata/],
] as const satisfies readonly (readonly [string, RequestListener, RegExp])[])
  t.test(`authorizationUrl() says why an issuer that ${what} is not available`, async t => {
    const url = await serve(t, answer)
    const issuer = clientOf(url)
    await t.rejects(issuer.authorizationUrl(issuer.challenge()), { message })
    await t.rejects(issuer.signOutUrl('token'), IssuerUnavailable)
    await t.rejects(issuer.refresh('token'), IssuerUnavailable)
  })

t.test(
  'authorizationUrl() reads the metadata once an hour, and does not keep a failure',
  async t => {
    let now = Date.now()
    const issuer = await startIssuer(t, { console: CONSOLE })
    const client = clientOf(issuer.url, () => now)
    const begin = () => client.authorizationUrl(client.challenge())
    await issuer.stop()
    await t.rejects(begin(), IssuerUnavailable)
    await issuer.start()
    const url = await begin()
    t.match(url, `${issuer.url}/auth?`)
    t.not(await begin(), url, 'each sign-in has its own state')
    await issuer.stop()
    now += 60 * 60_000 - 1
    t.ok(await begin())
    now += 1
    await t.rejects(begin(), IssuerUnavailable)
    await issuer.start()
  },
)

t.test(
  'redeem() sends the client secret in the body if the issuer takes it only there',
  async t => {
    const { control, issuer } = await startPeople(t, {
      issuer: {
        clientAuthMethods: ['client_secret_post'],
        clientDefaults: { token_endpoint_auth_method: 'client_secret_post' },
      },
    })
    const back = await new PersonBrowser(control, issuer).signIn('ann')
    t.equal(back.headers['location'], '/console/')
    t.equal(issuer.tokenRequests[0]?.get('client_secret'), CLIENT.secret)
  },
)

t.test('signOutUrl() has no URL if the issuer has none', async t => {
  const features = { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } }
  const issuer = await startIssuer(t, { console: CONSOLE, configuration: { features } })
  t.equal(await clientOf(issuer.url).signOutUrl('token'), undefined)
})

for (const status of [429, 500, 503])
  t.test(
    `redeem() takes an issuer that answers ${status} for one that is not available`,
    async t => {
      const { control, issuer } = await startPeople(t)
      issuer.provider.use(async (context, next) => {
        if (context.path === '/token') context.status = status
        else await next()
      })
      await issuer.stop()
      await issuer.start()
      const back = await new PersonBrowser(control, issuer).signIn('ann')
      t.equal(back.headers['location'], '/console/?sign-in=unavailable')
    },
  )

t.test('a person signs in at an issuer of a private authority', async t => {
  const otherCa = makeCertificates(t.testdir({}), [])('ca.crt')
  const read = makeCertificates(t.testdir({}), [
    { name: 'issuer', alternative: 'IP:127.0.0.1' },
    { name: 'elsewhere', alternative: 'DNS:login.example.com' },
  ])
  const ca = read('ca.crt')
  const statusAt = async (name: string, trusted?: string) => {
    const tls = {
      cert: read(`${name}.crt`),
      key: read(`${name}.key`),
      ...(trusted !== undefined && { ca: trusted }),
    }
    const { control, issuer } = await startPeople(t, { tls })
    const person = new PersonBrowser(control, issuer)
    if (trusted === ca && name === 'issuer')
      t.match(await person.signIn('ann'), { status: 303, headers: { location: '/console/' } })
    return (await person.send('POST', '/console/sign-in')).status
  }
  t.equal(await statusAt('issuer', ca), 200)
  t.equal(await statusAt('issuer', `${otherCa}${ca}`), 200, 'one of several authorities')
  t.equal(await statusAt('issuer'), 503, 'an authority that is not well known')
  t.equal(await statusAt('issuer', otherCa), 503, 'another authority')
  t.equal(await statusAt('elsewhere', ca), 503, 'another host')
})
