/**
 * Tests behavior of NTLM servers that Apache lacks: they forget a connection, offer another scheme, or
 * disconnect. Each answers as bytes, with the challenge of MS-NLMP 4.2.4.3.
 */

import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { inspect } from 'node:util'
import t, { type Test } from 'tap'
import { Secret } from '../../src/model/secret.ts'
import { ntlmAuthentication } from '../../src/upstream/ntlm.ts'
import {
  authenticate,
  NEGOTIATE,
  ntlmAccount,
  readChallenge,
} from '../../src/upstream/ntlm-message.ts'
import { until } from '../kit/until.ts'
import { answerOf, ask, collect, OK, record, requestOf, upstreamOf } from './recorder.ts'

const CHALLENGE = Buffer.from(
  '4e544c4d53535000020000000c000c0038000000338a8ae20123456789abcdef0000000000000000' +
    '2400240044000000060070170000000f53006500720076006500720002000c0044006f006d006100' +
    '69006e0001000c0053006500720076006500720000000000',
  'hex',
)
const account = ntlmAccount({ username: 'Domain\\User', password: new Secret('Password') })
const read = { replayable: true }

const refusal = (challenge: string) =>
  answerOf('401 Unauthorized', [`WWW-Authenticate: ${challenge}`], 'no')

/** Takes every handshake; a request is answered by its number, counted without handshakes. */
function taking(t: Test, answer: (socket: Socket, number: number) => void) {
  let requests = 0
  const server = record(t, socket => {
    const { head } = recorder.requests.at(-1) ?? { head: '' }
    const [, token = ''] = /^authorization: NTLM (\S+)/im.exec(head) ?? []
    const type = token === '' ? 0 : Buffer.from(token, 'base64').readUInt32LE(8)
    if (type === 1) socket.write(refusal(`Negotiate, NTLM ${CHALLENGE.toString('base64')}`))
    else if (type === 3) socket.write(answerOf('302 Found', ['Location: /owa'], 'page'))
    else answer(socket, requests++)
  })
  let recorder: Awaited<typeof server>
  return server.then(started => {
    recorder = started
    return started
  })
}

const shown = (
  server: Readonly<{ requests: readonly Readonly<{ head: string; body: string }>[] }>,
) => server.requests.map(({ head, body }) => `${head.slice(0, 4).trim()}${body && ` ${body}`}`)

const GOOD = (socket: Socket) => void socket.write(OK)

t.test('the gateway signs in again if the server forgets a connection', async t => {
  const forgetful = (socket: Socket, number: number) =>
    void socket.write(number === 1 ? refusal('NTLM') : OK)
  for (const [name, request] of [
    ['a read', read],
    ['a write, for nothing was done', {}],
  ] as const) {
    const server = await taking(t, forgetful)
    const upstream = upstreamOf(t, server.url, { authentication: ntlmAuthentication(account) })
    t.equal((await ask(upstream, request)).failure, undefined)
    t.equal((await ask(upstream, request)).failure, undefined, name)
    const [handshake, post] = [['GET', 'GET'], 'POST <a/>']
    t.strictSame(shown(server), [...handshake, post, post, ...handshake, post], name)
  }

  const server = await taking(t, forgetful)
  const upstream = upstreamOf(t, server.url, { authentication: ntlmAuthentication(account) })
  await ask(upstream)
  const streamed = await ask(upstream, { body: Readable.from([Buffer.from('<a/>')]) })
  t.match(streamed.failure, { reason: 'upstream-unreachable' }, 'a streamed body is gone')
  t.equal((await ask(upstream)).failure, undefined, 'and the account does not rest')
})

t.test('an aborted request leaves a good connection after its handshake', async t => {
  const server = await taking(t, GOOD)
  const authentication = ntlmAuthentication(account)
  const upstream = upstreamOf(t, server.url, { authentication, connections: 1 })
  const given = collect()
  upstream.send(requestOf(), given.sink).abort()
  const [first, second] = await Promise.all([ask(upstream), ask(upstream)])
  t.strictSame([first.failure, second.failure], [undefined, undefined])
  t.strictSame(given.calls, [])
  t.strictSame(shown(server), ['GET', 'GET', 'POST <a/>', 'POST <a/>'])
  t.equal(server.sockets.size, 1)
})

t.test(
  'bytes outside an answer are no answer to a request on the same authenticated connection',
  async t => {
    const own = (number: number) =>
      answerOf('200 OK', ['Content-Type: text/xml'], `<own n="${number}"/>`)
    const foreign = answerOf('200 OK', ['Content-Type: text/xml'], '<foreign/>')
    for (const [beyond, isWaiting] of [foreign, foreign.slice(0, -3), 'H'].flatMap(
      bytes =>
        [
          [bytes, true],
          [bytes, false],
        ] as const,
    )) {
      let isWritten = false
      const server = await taking(t, (socket, n) => {
        socket.write(n === 0 ? own(n) + beyond : own(n), () => {
          isWritten = true
        })
      })
      const authentication = ntlmAuthentication(account)
      const upstream = upstreamOf(t, server.url, { authentication, connections: 1 })
      const first = ask(upstream)
      const waiting = isWaiting ? ask(upstream) : undefined
      t.strictSame((await first).chunks, ['<own n="0"/>'])
      await until('the rest is written', () => isWritten)
      const second = await (waiting ?? ask(upstream))
      t.strictSame(second.chunks, ['<own n="1"/>'], `${JSON.stringify(beyond)} ${isWaiting}`)
      const [handshake, post] = [['GET', 'GET'], 'POST <a/>']
      t.strictSame(shown(server), [...handshake, post, ...handshake, post], 'on another connection')
    }

    const server = await record(t, (socket, n) => {
      if (n === 0) socket.write(refusal(`NTLM ${CHALLENGE.toString('base64')}`))
      else if (n === 1) socket.write(answerOf('302 Found', [], 'page') + foreign)
      else if (n === 2) socket.write(refusal(`NTLM ${CHALLENGE.toString('base64')}`))
      else if (n === 3) socket.write(answerOf('302 Found', [], 'page'))
      else socket.write(own(n))
    })
    const authentication = ntlmAuthentication(account)
    const { chunks } = await ask(upstreamOf(t, server.url, { authentication, connections: 1 }))
    t.notMatch(chunks.join(''), 'foreign', 'nor are those behind the handshake')
  },
)

const SCHEMA = '<schema xmlns="http://www.w3.org/2001/XMLSchema"/>'

t.test('schema files come over the same connections, or not at all', async t => {
  const server = await taking(t, socket =>
    socket.write(answerOf('200 OK', ['Content-Type: text/xml'], SCHEMA)),
  )
  const authentication = ntlmAuthentication(account)
  const upstream = upstreamOf(t, server.url, { authentication })
  t.equal(String(await upstream.schema('types.xsd', 'https://x')), SCHEMA)
  t.strictSame(shown(server), ['GET', 'GET', 'GET'])

  const refusing = await record(t, (socket, number) =>
    socket.write(refusal(number === 0 ? `NTLM ${CHALLENGE.toString('base64')}` : 'NTLM')),
  )
  const refused = upstreamOf(t, refusing.url, { authentication })
  for (const _ of [1, 2])
    await t.rejects(refused.schema('types.xsd', 'https://x'), {
      message: /rejects the gateway's own account/,
    })
  t.equal(refusing.requests.length, 2, 'R30 and the account rests')
})

t.test('R30 the gateway backs off if requests are rejected after a handshake', async t => {
  const server = await taking(t, socket => void socket.write(refusal('NTLM')))
  const upstream = upstreamOf(t, server.url, { authentication: ntlmAuthentication(account) })
  for (const _ of [1, 2])
    t.match((await ask(upstream, read)).failure, { reason: 'upstream-refused-credentials' })
  t.strictSame(shown(server), ['GET', 'GET', 'POST <a/>'])
})

t.test('a failed handshake sends no body', async t => {
  const token = CHALLENGE.toString('base64')
  const busy = answerOf('503 Busy', ['Content-Type: text/html'], 'x')
  for (const [name, answers, requests, message] of [
    ['another scheme', [refusal('Basic realm="x"')], 1, /does not offer NTLM/],
    ['no challenge', [refusal('NTLM')], 1, /does not offer NTLM/],
    ['a broken challenge', [refusal(`NTLM ${token.slice(0, 80)}`)], 1, /does not offer NTLM/],
    ['none at all', [OK], 1, /does not offer NTLM/],
    ['a failure', [refusal(`NTLM ${token}`), busy], 2, /handshake with status 503/],
    [
      'a closed door',
      [refusal(`NTLM ${token}`), 'cut'],
      2,
      /before the response was complete|reset/,
    ],
    [
      'connections that are not kept',
      [1, 2].map(() => refusal(`NTLM ${token}\r\nConnection: close`)),
      2,
      /before the request was sent/,
    ],
  ] as const) {
    const server = await record(t, (socket, number) => {
      const answer = answers[number]
      if (answer === 'cut' || answer === undefined) socket.destroy()
      else socket.write(answer)
    })
    const upstream = upstreamOf(t, server.url, { authentication: ntlmAuthentication(account) })
    const { failure } = await ask(upstream, {})
    t.match(failure, { reason: 'upstream-unreachable', message }, name)
    t.equal(server.requests.length, requests, name)
    t.ok(server.requests.every(({ head }) => head.startsWith('GET ')))
  }
})

t.test('P8 the account is never printed', async t => {
  const server = await taking(t, GOOD)
  const authentication = ntlmAuthentication(account)
  const upstream = upstreamOf(t, server.url, { authentication })
  await ask(upstream)
  t.notMatch(inspect([authentication, upstream], { depth: 20, showHidden: true }), /Password/)
})

t.test('authenticate() answers the challenge of MS-NLMP 4.2.4.3 with its proof', async t => {
  const challenge = readChallenge(CHALLENGE)
  if (challenge === undefined) throw new TypeError('The challenge cannot be read')
  const options = {
    targetName: 'HTTP/mail',
    channelBinding: undefined,
    clientChallenge: Buffer.alloc(8, 0xaa),
    now: 0,
  }
  const field = (message: Buffer, at: number) => {
    const start = message.readUInt32LE(at + 4)
    return message.subarray(start, start + message.readUInt16LE(at))
  }
  const message = authenticate(account, challenge, options)
  t.equal(NEGOTIATE.readUInt32LE(8), 1)
  t.equal(field(message, 12).equals(Buffer.alloc(24)), true, 'no LM response')
  t.strictSame(
    [field(message, 28), field(message, 36), field(message, 44)].map(String),
    ['Domain', 'User', ''].map(text => String(Buffer.from(text, 'utf16le'))),
  )
  const named = (username: string, domain?: string) =>
    ntlmAccount({ username, password: new Secret('x'), ...(domain && { domain }) })
  t.match(named('svc@example.com'), { user: 'svc@example.com', domain: '' })
  t.match(named('svc', 'CORP'), { user: 'svc', domain: 'CORP' })
  t.match(named('CORP\\svc'), { user: 'svc', domain: 'CORP' })

  for (const [name, bytes] of [
    ['nothing', ''],
    ['the negotiation', NEGOTIATE.toString('hex')],
    [
      'a challenge without target information',
      CHALLENGE.toString('hex').replace('338a8ae2', '338a0ae2'),
    ],
    ['one that is cut', CHALLENGE.subarray(0, 90).toString('hex')],
  ] as const)
    t.equal(readChallenge(Buffer.from(bytes, 'hex')), undefined, `readChallenge() refuses ${name}`)
})
