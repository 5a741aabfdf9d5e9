/**
 * Ends of requests of any kind.
 */

import t from 'tap'
import type { Reached, RequestContext } from '../../src/gateway/context.ts'
import { discardBody, endRequest } from '../../src/gateway/ending.ts'
import type { RequestRecorder } from '../../src/gateway/request-recorder.ts'

const CALLER = { principal: { id: 'p' } }

type Parts = Readonly<{ response?: object; body?: object; debug?: boolean; hasVerdict?: boolean }>

/** A request that ends, and what its parts are asked to do, in this order. */
function open({ response = {}, body = {}, debug = false, hasVerdict = false }: Parts = {}) {
  const calls: unknown[][] = []
  const context = {
    ...{ decisionId: 'd', request: 'request', source: { address: '192.0.2.1' } },
    response: { writableEnded: true, headersSent: true, statusCode: 200, ...response },
    body: { failed: false, received: 7, bytes: 5, release: () => calls.push(['release']), ...body },
    reply: { responseBytes: 9, responseCode: 'ErrorServerBusy' },
    server: {
      drain: {
        drain: (request: unknown, _: unknown, received: number, address?: string) =>
          calls.push(['drain', request, received, address]),
        refuse: (request: unknown) => calls.push(['refuse', request]),
      },
      ports: {
        log: {
          isLevelEnabled: (level: string) => debug && level === 'debug',
          debug: (...logged: unknown[]) => calls.push(['debug', ...logged]),
        },
      },
    },
  } as unknown as RequestContext
  const recorder = {
    hasVerdict,
    ended: (_: Reached, ending: object) => calls.push(['ended', ending]),
  } as unknown as RequestRecorder
  return { context, recorder, calls }
}

t.test('discardBody() counts sockets without a caller by address, and refuses failed ones', t => {
  for (const [what, failed, caller, expected] of [
    ['unknown', false, undefined, ['drain', 'request', 7, '192.0.2.1']],
    ['unknown, failed', true, undefined, ['refuse', 'request']],
    ['known', false, CALLER, ['drain', 'request', 7, undefined]],
    ['known, failed', true, CALLER, ['drain', 'request', 7, undefined]],
  ] as const) {
    const { context, calls } = open({ body: { failed } })
    discardBody(context, caller as never)
    t.strictSame(calls, [['release'], expected], what)
  }
  t.end()
})

t.test('endRequest() discards a body only behind a response, and records the end', t => {
  const own = { responseBytes: 9, responseCode: 'ErrorServerBusy' }
  const theirs = { responseBytes: 99, responseCode: 'NoError', itemCount: 3, upstreamMs: 4 }
  const GONE = { destroyed: true, writableEnded: false }
  const complete = { ended: 'complete', status: 200, requestBytes: 5 }
  for (const [what, response, isForwarded, isCut, expected] of [
    ['answered', {}, true, false, { ...complete, ...theirs }],
    ['answered by the gateway', {}, false, false, { ...complete, ...own }],
    ['before a response', { headersSent: false }, false, false, { status: undefined }],
    ['gone', GONE, true, false, { ended: 'client-gone' }],
    ['gone without a response', GONE, false, true, { ended: 'client-gone' }],
    ['cut', GONE, true, true, { ended: 'cut' }],
    ['closed behind it', { ...GONE, writableFinished: true }, true, true, { ended: 'complete' }],
    ['open, though cut', {}, true, true, { ended: 'complete' }],
  ] as const) {
    const { context, recorder, calls } = open({ response })
    const allowed = { read: { context, caller: CALLER } }
    const reached = isForwarded ? { allowed, isCut, ...theirs } : { context, caller: CALLER, isCut }
    endRequest(context, recorder, reached as unknown as Reached)
    const isDiscarded = !('writableEnded' in response)
    const discarded = [['release'], ['drain', 'request', 7, undefined]]
    t.strictSame(calls.slice(0, -1), isDiscarded ? discarded : [], what)
    t.match(calls.at(-1), ['ended', expected], what)
  }
  t.end()
})

t.test('endRequest() records a rejected request only if it has a verdict', t => {
  for (const hasVerdict of [false, true]) {
    const { context, recorder, calls } = open({ hasVerdict })
    endRequest(context, recorder, { context })
    const [, drained, ended] = calls
    t.strictSame(drained, hasVerdict ? ['drain', 'request', 7, '192.0.2.1'] : undefined)
    t.equal(ended?.[0], hasVerdict ? 'ended' : undefined)
  }
  t.end()
})

t.test('endRequest() logs requests at debug', t => {
  const { context, recorder, calls } = open({ debug: true })
  const read = { context, caller: CALLER, prologue: { requestElement: 'GetItem' } }
  endRequest(context, recorder, read as unknown as Reached)
  const logged = calls.filter(([name]) => name === 'debug')
  const fields = { decisionId: 'd', operation: 'GetItem', ended: 'complete' }
  t.strictSame(logged, [['debug', fields, 'Request']])
  t.end()
})
