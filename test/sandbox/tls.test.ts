import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import t from 'tap'
import { Sandbox } from '../../src/sandbox/sandbox.ts'
import { AUTHORIZATION, as, envelope, getFolder } from './client.ts'

const skip = spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed'

t.test('Sandbox.start() listens with TLS if configured', { skip }, async t => {
  const folder = t.testdir({})
  const options = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-x509']
  const subject = ['-subj', '/CN=sandbox', '-addext', 'subjectAltName=IP:127.0.0.1']
  const files = ['-keyout', 'key', '-out', 'certificate', '-days', '2']
  execFileSync('openssl', ['req', ...options, ...subject, ...files], { cwd: folder, stdio: 'pipe' })
  const [key, cert] = ['key', 'certificate'].map(file => readFileSync(join(folder, file), 'utf8'))
  const sandbox = await Sandbox.start(
    {
      username: 'svc',
      password: 'pw:secret',
      users: [{ primarySmtpAddress: 'alice@example.com', aliases: [] }],
      serviceAddress: 'svc@example.com',
    },
    { tls: { key, cert } },
  )
  t.teardown(() => sandbox.close())
  t.match(sandbox.url, /^https:\/\/127\.0\.0\.1:\d+\/EWS\/Exchange\.asmx$/)
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  const headers = { authorization: AUTHORIZATION, 'content-type': 'text/xml' }
  request(sandbox.url, { method: 'POST', ca: cert, headers }, response => {
    response.resume()
    resolve(response.statusCode)
  })
    .on('error', reject)
    .end(envelope(getFolder(), as('alice@example.com')))
  t.equal(await promise, 200)
})
