/**
 * Steps of one request, as its records show them.
 */

import t from 'tap'
import { envelope, GET_FOLDER } from '../kit/corpus.ts'
import { startGatewayTestServer } from '../kit/gateway-test-server.ts'
import { until } from '../kit/wire.ts'

t.test('handle() records the response of the upstream', async t => {
  const server = await startGatewayTestServer(t)
  await server.post(envelope('alice@example.com', GET_FOLDER))
  const outcome = () => server.audit().find(({ type }) => type === 'outcome')
  await until('an outcome', () => outcome() !== undefined)
  t.match(outcome(), {
    ended: 'complete',
    status: 200,
    responseCode: 'NoError',
    upstreamMs: Number,
  })
})
