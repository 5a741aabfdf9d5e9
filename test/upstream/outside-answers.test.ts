/**
 * Bytes of an upstream outside of an answer: they are never the answer to another request.
 */

import t from 'tap'
import { until } from '../kit/until.ts'
import {
  answerOf,
  ask,
  CHUNKED_HEAD,
  chunk,
  collect,
  record,
  requestOf,
  upstreamOf,
} from './recorder.ts'

const TYPE = 'Content-Type: text/xml; charset=utf-8'
const own = (number: number) => answerOf('200 OK', [TYPE], `<own n="${number}"/>`)
const chunked = (number: number) => `${CHUNKED_HEAD}${chunk(`<own n="${number}"/>`)}0\r\n\r\n`
const FOREIGN = answerOf('200 OK', [TYPE], '<foreign/>')

/** An answer, and the bytes behind it. */
const CASES: readonly (readonly [what: string, answer: (n: number) => string, beyond: string])[] = [
  ['another answer', own, FOREIGN],
  ['another answer behind chunks', chunked, FOREIGN],
  ['two more answers', own, FOREIGN + FOREIGN],
  ['a part of an answer', own, FOREIGN.slice(0, -3)],
  ['the beginning of an answer', own, 'HTTP/1.1 200 OK\r\n'],
  ['one letter', own, 'H'],
  ['text', own, '<foreign/>'],
  ['empty lines and an answer', own, `\r\n\r\n${FOREIGN}`],
  ['an information', own, 'HTTP/1.1 102 Processing\r\n\r\n'],
]

/** How the bytes arrive: with the answer or behind it, before a request that waits or one that comes later. */
const WAYS = [
  'at once',
  'a moment later',
  'before a request of a lease',
  'while nothing waits',
] as const

t.test('bytes outside an answer are no answer to another request', async t => {
  for (const [what, answer, beyond] of CASES)
    for (const way of WAYS)
      await t.test(`${what} that arrives ${way} is no answer to the next request`, async t => {
        const connections = new Set<unknown>()
        let isWritten = false
        const server = await record(t, (socket, n) => {
          connections.add(socket)
          const written = () => {
            isWritten = true
          }
          if (n > 0) socket.write(answer(n))
          else if (way === 'at once') socket.write(answer(n) + beyond, written)
          else {
            const rest = () => setImmediate(() => socket.write(beyond, written))
            socket.write(answer(n), rest)
          }
        })
        const upstream = upstreamOf(t, server.url, { connections: 1 })
        const lease = way === 'before a request of a lease' ? upstream.lease('p') : undefined
        const send = () => {
          const collected = collect()
          const sender = lease ?? upstream
          sender.send(requestOf({ replayable: false }), collected.sink)
          return collected
        }
        const first = send()
        const waiting = way === 'at once' || way === 'a moment later' ? send() : undefined
        await first.over
        if (way === 'while nothing waits') await until('the rest is written', () => isWritten)
        const { chunks, failure, over } = waiting ?? send()
        await over
        lease?.release()
        t.equal(first.failure, undefined)
        t.equal(failure, undefined)
        t.equal(chunks.join(''), '<own n="1"/>')
        t.equal(connections.size, 2, 'on another connection')
      })
})

t.test('an empty line behind an answer says nothing', async t => {
  const server = await record(t, (socket, n) => socket.write(`${own(n)}\r\n`))
  const upstream = upstreamOf(t, server.url, { connections: 1 })
  for (const n of [0, 1, 2]) t.equal((await ask(upstream)).chunks.join(''), `<own n="${n}"/>`)
})

t.test('an answer with a transfer coding before the chunks is not passed on', async t => {
  for (const coding of ['gzip, chunked', 'x, chunked', 'chunked, chunked']) {
    const head = CHUNKED_HEAD.replace('chunked\r\n', `${coding}\r\n`)
    const server = await record(t, socket => socket.end(`${head}${chunk('<a/>')}0\r\n\r\n`))
    const { chunks, failure } = await ask(upstreamOf(t, server.url))
    t.match(failure, { reason: 'upstream-unreachable' }, coding)
    t.strictSame(chunks, [])
  }
})
