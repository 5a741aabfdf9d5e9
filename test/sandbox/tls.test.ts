import { request } from 'node:https'
import t from 'tap'
import { Sandbox } from '../../sandbox/sandbox.ts'
import { makeCertificates } from '../kit/certificates.ts'
import { AUTHORIZATION, as, envelope, getFolder } from './client.ts'

t.test('Sandbox.start() listens with TLS if configured', async t => {
  const read = makeCertificates(t.testdir({}), [{ name: 'sandbox', alternative: 'IP:127.0.0.1' }])
  const sandbox = await Sandbox.start(
    {
      username: 'svc',
      password: 'pw:secret',
      users: [{ primarySmtpAddress: 'alice@example.com', aliases: [] }],
      serviceAddress: 'svc@example.com',
    },
    { tls: { key: read('sandbox.key'), cert: read('sandbox.crt') } },
  )
  t.teardown(() => sandbox.close())
  t.match(sandbox.url, /^https:\/\/127\.0\.0\.1:\d+\/EWS\/Exchange\.asmx$/)
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  const headers = { authorization: AUTHORIZATION, 'content-type': 'text/xml' }
  request(sandbox.url, { method: 'POST', ca: read('ca.crt'), headers }, response => {
    response.resume()
    resolve(response.statusCode)
  })
    .on('error', reject)
    .end(envelope(getFolder(), as('alice@example.com')))
  t.equal(await promise, 200)
})
