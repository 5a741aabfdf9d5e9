import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect as connectTls, type PeerCertificate } from 'node:tls'
import t from 'tap'
import { Secret } from '../../src/model/secret.ts'
import { basic, startControlTestServer } from '../kit/control-test-server.ts'

const hasOpenssl = (() => {
  try {
    return execFileSync('openssl', ['version']).length > 0
  } catch {
    return false
  }
})()

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

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

const skip = hasOpenssl ? false : 'openssl is not installed'

t.test('controlListener uses TLS, and reloads the certificate', { skip }, async t => {
  const folder = t.testdir({})
  const make = (name: string) => {
    const files = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`)]
    const request = ['-x509', '-days', '2', ...files, '-subj', `/CN=${name}`]
    execFileSync('openssl', ['req', ...NEW_KEY, ...request], { stdio: 'pipe' })
    const read = (ending: string) => readFileSync(join(folder, `${name}.${ending}`), 'utf8')
    return { certificate: read('crt'), privateKey: new Secret(read('key')) }
  }
  const [first, second] = [make('first'), make('second')]
  const control = await startControlTestServer(t, { tls: first })

  const ask = async (ca: string) => {
    const socket = connectTls({
      host: '127.0.0.1',
      port: control.server.port,
      ca,
      checkServerIdentity: () => undefined,
    })
    await once(socket, 'secureConnect')
    const { CN } = (socket.getPeerCertificate() as PeerCertificate).subject
    socket.end(`${head(basic(control.admin), '{}')}{}`)
    const text = (await socket.setEncoding('utf8').toArray()).join('')
    return [CN, text.split('\r\n')[0]]
  }
  t.strictSame(await ask(first.certificate), ['first', 'HTTP/1.1 200 OK'])
  control.server.reloadTls(second)
  t.strictSame(await ask(second.certificate), ['second', 'HTTP/1.1 200 OK'])
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
