/**
 * Failures of the upstream that last are answered so that no client tries again, and a wait that it asks for is
 * passed on.
 */

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { codeOf, createItem, envelope, GET_FOLDER } from '../kit/corpus.ts'
import { startGatewayTestServer } from '../kit/gateway-test-server.ts'
import { Wire } from '../kit/wire.ts'
import { backOffOf, headOf, tracesOf } from './traces.ts'

t.test('R30 405 in text after a large body is ErrorMessageSizeExceeded', async t => {
  const testServer = await startGatewayTestServer(t, { gromox: true })
  const wire = new Wire(testServer.socket())
  const begun = envelope('alice@example.com', createItem('Large', 'x'.repeat(300_000)))
  const { result, decisions, outcome } = await tracesOf(testServer, async () => {
    await wire.send(headOf(testServer, ['Content-Length: 53000000']) + begun.slice(0, -99))
    return (await wire.answer()).text
  })
  t.equal(codeOf(result), 'ErrorMessageSizeExceeded')
  t.equal(backOffOf(result), undefined)
  t.match(decisions.at(-1), { verdict: 'error' })
  t.match(outcome, { outcome: 'FAILED', cause: 'too-large' })
  t.strictSame(testServer.sandbox.executed, [])
  wire.socket.destroy()
})

t.test(
  'R30 a read waits as long as a 503 of the upstream requests, and a write is not repeated',
  async t => {
    const server = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(503, { 'Retry-After': '17' }).end())
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    t.teardown(() => server.close().closeAllConnections())
    const { port } = server.address() as AddressInfo
    const testServer = await startGatewayTestServer(t, {
      upstreamUrl: `http://127.0.0.1:${port}/EWS/Exchange.asmx`,
    })
    for (const [operation, code, backOffMs] of [
      [GET_FOLDER, 'ErrorServerBusy', 17_000],
      [createItem('Hello'), 'ErrorTimeoutExpired', undefined],
    ] as const) {
      const { text } = await testServer.post(envelope('alice@example.com', operation))
      t.strictSame([codeOf(text), backOffOf(text)], [code, backOffMs])
    }
  },
)
