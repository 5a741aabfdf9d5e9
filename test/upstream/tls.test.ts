import { once } from 'node:events'
import { createServer } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import t, { type Test } from 'tap'
import { Secret } from '../../src/model/secret.ts'
import type { UpstreamTls } from '../../src/upstream/authentication.ts'
import { makeCertificates } from '../kit/certificates.ts'
import { ask, record, upstreamOf, XML } from './recorder.ts'

t.test('R22 ExchangeUpstream verifies the certificate of its upstream', async t => {
  const pem = makeCertificates(t.testdir({}), [
    { name: 'loopback', alternative: 'IP:127.0.0.1' },
    { name: 'mail', alternative: 'DNS:mail.example.com' },
    { name: 'address', alternative: 'IP:192.0.2.1' },
    { name: 'client', alternative: 'DNS:gateway.example.com' },
  ])
  const serve = async (t: Test, name: string, options: TlsOptions = {}) => {
    const identity = { cert: pem(`${name}.crt`), key: pem(`${name}.key`) }
    const server = createTlsServer({ ...identity, ...options }).on(
      'tlsClientError',
      () => undefined,
    )
    const recorder = await record(t, undefined, server, 'secureConnection')
    return { ...recorder, url: recorder.url.replace('http:', 'https:') }
  }
  const ca = pem('ca.crt')
  const client = {
    certificate: pem('client.crt'),
    privateKey: new Secret(pem('client.key')),
  }
  const clients = { requestCert: true, rejectUnauthorized: true, ca }

  for (const [name, certificate, options, tls, message] of [
    ['a private authority', 'loopback', {}, { ca }, undefined],
    ['no authority', 'loopback', {}, {}, /TLS handshake failed \(UNABLE_TO_VERIFY/],
    ['another name', 'mail', {}, { ca }, /ERR_TLS_CERT_ALTNAME_INVALID/],
    ['the configured name', 'mail', {}, { ca, serverName: 'mail.example.com' }, undefined],
    ['not the configured name', 'mail', {}, { ca, serverName: 'x.example.com' }, /ALTNAME/],
    ['the configured address', 'address', {}, { ca, serverName: '192.0.2.1' }, undefined],
    ['not the configured address', 'address', {}, { ca, serverName: '192.0.2.2' }, /ALTNAME/],
    ['a server of HTTP/2', 'loopback', { ALPNProtocols: ['h2', 'http/1.1'] }, { ca }, undefined],
    ['its own certificate', 'loopback', clients, { ca, clientCertificate: client }, undefined],
    ['none of its own', 'loopback', clients, { ca }, /TLS|before the response was complete/],
  ] as const satisfies (readonly [string, string, TlsOptions, UpstreamTls, RegExp | undefined])[]) {
    const server = await serve(t, certificate, options)
    const upstream = upstreamOf(t, server.url, { tls })
    const { failure, chunks } = await ask(upstream)
    if (message) t.match(failure, { reason: 'upstream-unreachable', message }, name)
    else t.equal(chunks.join(''), XML, name)
    t.equal(server.requests.length, message ? 0 : 1, 'and sends nothing to one it does not know')
    await upstream.close()
  }

  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
  const server = await serve(t, 'loopback')
  const { failure } = await ask(upstreamOf(t, server.url))
  t.match(failure, { message: /UNABLE_TO_VERIFY/ }, 'whatever the environment says')
})

t.test('ExchangeUpstream reports that TLS failed if the server has none', async t => {
  const server = createServer(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const { failure } = await ask(upstreamOf(t, `https://127.0.0.1:${port}/EWS/Exchange.asmx`))
  t.match(failure, { reason: 'upstream-unreachable', message: /TLS handshake/ })
})
