/**
 * The response to the client, as a writable that counts what it gets.
 */

import t from 'tap'
import { CLOSED_ENVELOPE } from '../../src/ews/stream-end.ts'
import { Answer, type AnswerOptions } from '../../src/gateway/answer.ts'

/** Starts the response to a stream. */
function startStream() {
  const written: string[] = []
  const response = {
    headersSent: false,
    writableEnded: false,
    writeHead: () => {
      response.headersSent = true
    },
    flushHeaders: () => undefined,
    write: (bytes: Uint8Array) => {
      written.push(Buffer.from(bytes).toString())
      return true
    },
    end: (text?: string) => {
      response.writableEnded = true
      if (text !== undefined) written.push(text)
    },
  }
  const calls: string[] = []
  const options = { response, streaming: true, decisionId: 'd', now: () => 0 }
  const answer = new Answer(options as unknown as AnswerOptions)
  answer.follow({
    responseCode: 'ErrorCorruptData',
    isFault: true,
    itemCount: 3,
    resume: () => undefined,
    abort: () => calls.push('abort'),
  })
  const begin = () => answer.head({ status: 200, headers: [], gzip: false, cookies: [] })
  const send = (text: string) => answer.chunk(Buffer.from(text))
  return { answer, begin, send, written, calls, response }
}

t.test('Answer ends a stopped stream behind a whole envelope', async t => {
  const { answer, begin, send, written, calls, response } = startStream()
  begin()
  send('<s:Envelope><s:Body>')
  answer.stop()
  t.notOk(response.writableEnded, 'in an envelope')
  send('</s:Body></s:Enve')
  t.notOk(response.writableEnded, 'in the end tag')
  t.strictSame(calls, [])
  send('lope>')
  t.ok(response.writableEnded)
  t.equal(written.at(-1), CLOSED_ENVELOPE)
  t.strictSame(calls, ['abort'])
})

t.test('Answer ends a stream at once that is stopped between two envelopes', async t => {
  for (const sent of [[], ['<Envelope>', '</Envelope>']]) {
    const { answer, begin, send, written, calls } = startStream()
    begin()
    for (const text of sent) send(text)
    t.strictSame(written, sent, 'it goes on while nothing stops it')
    answer.stop()
    t.strictSame(written, [...sent, CLOSED_ENVELOPE])
    t.strictSame(calls, ['abort'])
    answer.stop()
    t.equal(written.length, sent.length + 1, 'once')
  }
})

t.test('Answer ends a stream that is stopped before its response begins', async t => {
  const { answer, begin, send, written, calls } = startStream()
  answer.stop()
  t.strictSame([written, calls], [[], []])
  begin()
  send('<Envelope></Envelope>')
  t.equal(written.at(-1), CLOSED_ENVELOPE)
})

t.test('Answer has the facts of a response that has ended', async t => {
  const { answer, begin, send } = startStream()
  begin()
  send('<Envelope>')
  const facts = () => {
    const { responseCode, isFault, itemCount, responseBytes } = answer
    return { responseCode, isFault, itemCount, responseBytes }
  }
  const unknown = { responseCode: undefined, isFault: false, itemCount: undefined }
  t.strictSame(facts(), { ...unknown, responseBytes: 10 })
  answer.end()
  const known = { responseCode: 'ErrorCorruptData', isFault: true, itemCount: 3 }
  t.strictSame(facts(), { ...known, responseBytes: 10 })
})
