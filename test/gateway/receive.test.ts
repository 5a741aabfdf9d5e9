/**
 * Contexts of requests that arrive.
 */

import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import t from 'tap'
import type { ServerContext } from '../../src/gateway/context.ts'
import { receive } from '../../src/gateway/receive.ts'
import { ByteBudget } from '../../src/http/byte-budget.ts'
import { DEFAULT_OFFER } from '../../src/model/sign-in.ts'

const SOURCE = { address: '192.0.2.7', secure: true, isProxied: false }

t.test('receive() begins the trace of a request', t => {
  for (const [method, expected] of [
    ['POST', 'POST'],
    [undefined, ''],
  ] as const) {
    const begun: object[] = []
    const ports = {
      budget: new ByteBudget(1_000),
      settings: { timeouts: { bodyIdleMs: 1_000 } },
      now: () => 5,
      traces: { begin: (arrival: object) => void begun.push(arrival) },
    }
    const server = { ports, offers: { of: () => DEFAULT_OFFER } } as unknown as ServerContext
    const request = new IncomingMessage(new Socket())
    request.url = '/EWS/Exchange.asmx'
    if (method !== undefined) request.method = method
    const context = receive(server, request, new ServerResponse(request), SOURCE, true)
    const { decisionId, source, offer } = context
    t.match(context, { receivedAt: 5, expectsContinue: true })
    t.strictSame([source, offer], [SOURCE, DEFAULT_OFFER])
    t.match(decisionId, /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
    const { headers } = request
    t.match(begun, [{ decisionId, method: expected, headers, isSecure: true, isTrusted: false }])
  }
  t.end()
})
