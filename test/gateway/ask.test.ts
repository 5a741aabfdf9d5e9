/**
 * Requests that the gateway itself makes, as an upstream receives them.
 */

import t from 'tap'
import { ASK_MS, ask, type Question } from '../../src/gateway/ask.ts'
import { Failure } from '../../src/model/failure.ts'
import type { AnswerSink, Upstream, UpstreamRequest } from '../../src/upstream/upstream.ts'
import { responseTo } from '../kit/responses.ts'

const QUESTION: Question = {
  operation: 'GetFolder',
  element: '<m:GetFolder/>',
  address: 'ann@example.com',
  owner: 'tool',
}

/** Asks an upstream that answers as it is told. Returns the request, and how often it was aborted. */
async function asked(question: Question, answer: (sink: AnswerSink) => void) {
  const requests: UpstreamRequest[] = []
  let aborted = 0
  const upstream = {
    send: (request: UpstreamRequest, sink: AnswerSink) => {
      requests.push(request)
      queueMicrotask(() => answer(sink))
      return {
        abort: () => {
          aborted += 1
        },
      }
    },
  } as unknown as Upstream
  const [response] = await Promise.allSettled([ask(upstream, question)])
  return { response, request: requests[0], requests, aborted }
}

const NOTHING = responseTo('GetFolder', '<m:ResponseCode>ErrorFolderNotFound</m:ResponseCode>')
const answerNothing = (sink: AnswerSink) => {
  sink.chunk(Buffer.from(NOTHING))
  sink.end()
}

t.test('ask() sends one request as the user, and ends it', async t => {
  const { response, request, requests, aborted } = await asked(QUESTION, answerNothing)
  t.match(response, { status: 'fulfilled', value: { messages: [{ code: 'ErrorFolderNotFound' }] } })
  t.equal(requests.length, 1)
  t.equal(aborted, 1)
  const { body, ...rest } = request ?? { body: Buffer.alloc(0) }
  t.strictSame(rest, {
    contentLength: (body as Buffer).length,
    anchorMailbox: 'ann@example.com',
    owner: 'tool',
    preferServerAffinity: false,
    cookies: new Map(),
    compress: false,
    replayable: true,
    headersTimeoutMs: ASK_MS,
    bodyTimeoutMs: ASK_MS,
  })
  t.equal(ASK_MS, 30_000)
  t.match(
    body.toString(),
    /<s:Envelope .*Version="Exchange2010_SP1".*<PrimarySmtpAddress>ann@example\.com<.*<s:Body><m:GetFolder\/><\/s:Body><\/s:Envelope>$/s,
  )
})

t.test('ask() uses the connections of its owner, and its deadline', async t => {
  const question = { ...QUESTION, owner: 'p', deadlineMs: 5 }
  const { request } = await asked(question, answerNothing)
  t.match(request, { owner: 'p', headersTimeoutMs: 5, bodyTimeoutMs: 5 })
})

t.test('ask() ends a response that does not end within its deadline', async t => {
  let dripping: NodeJS.Timeout | undefined
  const drip = (sink: AnswerSink) => {
    dripping = setInterval(() => sink.chunk(Buffer.from(' ')), 2)
  }
  const { response, aborted } = await asked({ ...QUESTION, deadlineMs: 20 }, drip)
  clearInterval(dripping)
  const reason = { reason: 'upstream-timeout', reach: 'not-sent' }
  t.match(response, { status: 'rejected', reason })
  t.equal(aborted, 1)
})

t.test('ask() reports failures as those of a request that was not sent', async t => {
  const failure = new Failure('upstream-timeout', 'No answer')
  for (const [answer, reason] of [
    [(sink: AnswerSink) => sink.fail(failure), 'upstream-timeout'],
    [(sink: AnswerSink) => sink.end(), 'upstream-unreachable'],
  ] as const) {
    const { response, aborted } = await asked(QUESTION, answer)
    t.match(response, { status: 'rejected', reason: { reason, reach: 'not-sent' } })
    t.equal(aborted, 1)
  }
})
