/**
 * Outcome records of requests that the upstream got.
 */

import t from 'tap'
import { envelope, GET_FOLDER } from '../kit/corpus.ts'
import { startGatewayTestServer } from '../kit/gateway-test-server.ts'
import { until } from '../kit/wire.ts'
import { type Fault, FaultyUpstream } from './faulty-upstream.ts'

t.test('RequestRecorder records how the response of the upstream ended', async t => {
  const upstream = await FaultyUpstream.start(t)
  const server = await startGatewayTestServer(t, { upstreamUrl: upstream.url })
  upstream.sandbox = server.sandbox
  const outcomes = () => server.audit().filter(({ type }) => type === 'outcome')
  for (const [fault, outcome, cause] of [
    ['answers', 'ANSWERED', undefined],
    ['answers a SOAP fault', 'FAILED', 'upstream-fault'],
    ['closes in the body of its response', 'ABORTED', 'closed'],
  ] as const satisfies readonly (readonly [Fault, string, string | undefined])[]) {
    const known = outcomes().length
    upstream.fault = fault
    await server.post(envelope('alice@example.com', GET_FOLDER)).catch(() => undefined)
    await until('an outcome', () => outcomes().length > known)
    const record = outcomes()[known]
    t.strictSame([record?.['outcome'], record?.['cause']], [outcome, cause], fault)
  }
})
