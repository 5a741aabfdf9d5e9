/**
 * Pages of the data listener.
 */

import t from 'tap'
import { startGatewayTestServer } from '../kit/gateway-test-server.ts'

t.test('GET /EWS/Exchange.asmx returns a page', async t => {
  const server = await startGatewayTestServer(t)
  const { status, headers } = await server.post('', { method: 'GET' })
  t.match([status, headers['content-type']], [200, 'text/html; charset=utf-8'])
})
