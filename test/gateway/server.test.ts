/**
 * Requests as the data listener routes or rejects them.
 */

import t from 'tap'
import { envelope, GET_FOLDER } from '../kit/corpus.ts'
import { startGatewayTestServer } from '../kit/gateway-test-server.ts'
import { Wire } from '../kit/wire.ts'

t.test('a request with a header that must not be repeated gets 400', async t => {
  const server = await startGatewayTestServer(t)
  const body = envelope('alice@example.com', GET_FOLDER)
  const once = [
    'Host: ews.example.com',
    `Authorization: ${server.authorization('full')}`,
    'Content-Type: text/xml; charset=utf-8',
  ]
  for (const [more, status] of [
    [[], 200],
    [['X-Other: a', 'x-other: b'], 200],
    ...once.map(header => [[header], 400] as const),
    ...once.map(header => [[header.toLowerCase()], 400] as const),
    [['Content-Encoding: gzip', 'content-encoding: gzip'], 400],
  ] as const) {
    const wire = new Wire(server.socket())
    const head = ['POST /EWS/Exchange.asmx HTTP/1.1', ...once, ...more]
    await wire.send([...head, `Content-Length: ${body.length}`, '', body].join('\r\n'))
    t.equal((await wire.answer()).status, status, more.map(header => header.split(':')[0]).join())
    wire.socket.destroy()
  }
})

t.test('GET /EWS/Exchange.asmx returns a page', async t => {
  const server = await startGatewayTestServer(t)
  const { status, headers } = await server.post('', { method: 'GET' })
  t.match([status, headers['content-type']], [200, 'text/html; charset=utf-8'])
})
