import { once } from 'node:events'
import { connect as connectTls, type PeerCertificate } from 'node:tls'
import t from 'tap'
import { Secret } from '../../src/model/secret.ts'
import { makeCertificates } from '../kit/certificates.ts'
import { basic, startControlTestServer } from '../kit/control-test-server.ts'

const head = (authorization: string, body: string) =>
  [
    'POST / HTTP/1.1',
    'Host: 127.0.0.1',
    'X-Amz-Target: WorkMailService.ListOrganizations',
    'Content-Type: application/x-amz-json-1.1',
    `Authorization: ${authorization}`,
    `Content-Length: ${body.length}`,
    'Connection: close',
    '\r\n',
  ].join('\r\n')

t.test('controlListener uses TLS, and reloads the certificate', async t => {
  const wanted = ['first', 'second'].map(name => ({ name, alternative: 'IP:127.0.0.1' }))
  const read = makeCertificates(t.testdir({}), wanted)
  const tlsOf = (name: string) => ({
    certificate: read(`${name}.crt`),
    privateKey: new Secret(read(`${name}.key`)),
  })
  const control = await startControlTestServer(t, { tls: tlsOf('first') })

  const ask = async () => {
    const { port } = control.server
    const socket = connectTls({ host: '127.0.0.1', port, ca: read('ca.crt') })
    await once(socket, 'secureConnect')
    const { CN } = (socket.getPeerCertificate() as PeerCertificate).subject
    socket.end(`${head(basic(control.admin), '{}')}{}`)
    const text = (await socket.setEncoding('utf8').toArray()).join('')
    return [CN, text.split('\r\n')[0]]
  }
  t.strictSame(await ask(), ['first', 'HTTP/1.1 200 OK'])
  control.server.reloadTls(tlsOf('second'))
  t.strictSame(await ask(), ['second', 'HTTP/1.1 200 OK'])
})

t.test('controlListener() names the option of an unreadable certificate', async t => {
  const tls = {
    certificate: '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n',
    privateKey: new Secret('-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n'),
  }
  await t.rejects(startControlTestServer(t, { tls }), {
    name: 'ListenError',
    message: /^Cannot use tls\.certificate with tls\.privateKey: /,
  })
})
