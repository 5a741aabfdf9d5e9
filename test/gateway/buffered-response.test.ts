/**
 * Responses that the gateway reads before their clients get them.
 */

import t from 'tap'
import { BufferedResponse } from '../../src/gateway/buffered-response.ts'
import { Failure } from '../../src/model/failure.ts'
import type { AnswerSink, Exchange, UpstreamHead } from '../../src/upstream/upstream.ts'

const MAX_BYTES = 65_536
const HEAD: UpstreamHead = { status: 200, headers: [], gzip: false, cookies: [] }

/** A buffered response, and the calls that it causes. */
function open(before: (whole: Uint8Array) => Promise<void> = async () => undefined) {
  const calls: unknown[][] = []
  const sink: AnswerSink = {
    head: head => void calls.push(['head', head]),
    chunk: bytes => {
      calls.push(['chunk', bytes.length])
      return false
    },
    end: () => void calls.push(['end']),
    fail: ({ reason, kind, reach, cause }) =>
      void calls.push(['fail', { reason, kind, reach, cause }]),
  }
  const response = new BufferedResponse(sink, async whole => {
    calls.push(['before', whole.length])
    await before(whole)
  })
  response.follow({ abort: () => void calls.push(['abort']) } as unknown as Exchange)
  return { response, calls }
}

const turn = () => new Promise(setImmediate)

t.test('BufferedResponse forwards a response once it has been processed', async t => {
  const processing = Promise.withResolvers<void>()
  let text = ''
  const { response, calls } = open(whole => {
    text = Buffer.from(whole).toString()
    return processing.promise
  })
  response.head(HEAD)
  t.ok(response.chunk(Buffer.from('ab')), 'it never waits for the client')
  t.ok(response.chunk(Buffer.from('cd')))
  t.strictSame(calls, [], 'nothing before the end')
  response.end()
  await turn()
  t.strictSame([text, calls.splice(0)], ['abcd', [['before', 4]]])
  processing.resolve()
  await turn()
  t.strictSame(calls, [['head', HEAD], ['chunk', 4], ['end']])
})

t.test('BufferedResponse forwards nothing of a response that must not be forwarded', async t => {
  const denied = new Failure('foreign-mailbox', '')
  const bug = new TypeError('unhandled')
  const internal = { kind: 'internal', reach: 'not-sent' }
  for (const [error, failure] of [
    [denied, { reason: 'foreign-mailbox', kind: undefined, reach: 'not-sent', cause: undefined }],
    [bug, { reason: 'internal-error', ...internal, cause: bug }],
  ] as const) {
    const { response, calls } = open(() => Promise.reject(error))
    response.head(HEAD)
    response.chunk(Buffer.from('ab'))
    response.end()
    await turn()
    t.strictSame(calls, [
      ['before', 2],
      ['fail', failure],
    ])
  }
})

t.test('BufferedResponse aborts a response that is too long', async t => {
  for (const [sizes, isTooLong] of [
    [[MAX_BYTES], false],
    [[MAX_BYTES - 10, 10], false],
    [[MAX_BYTES + 1], true],
    [[MAX_BYTES - 10, 11], true],
  ] as const) {
    const { response, calls } = open()
    for (const size of sizes) t.ok(response.chunk(Buffer.alloc(size)))
    const tooLong = { reason: 'upstream-unreachable', kind: 'not-ews', reach: 'answered' }
    const aborted = [['abort'], ['fail', { ...tooLong, cause: undefined }]]
    t.strictSame(calls, isTooLong ? aborted : [], sizes.join())
  }
})

t.test('BufferedResponse reports a failure, and ends a response without a head', async t => {
  const { response, calls } = open()
  response.fail(new Failure('upstream-timeout', ''))
  t.match(calls.splice(0), [['fail', { reason: 'upstream-timeout' }]])
  response.end()
  await turn()
  t.strictSame(calls, [['before', 0], ['chunk', 0], ['end']])
})
