import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { SOAP_NS, TYPES_NS } from '../../src/model/envelope.ts'
import { until } from '../kit/until.ts'
import { skipUpstreamTime } from '../kit/upstream-time.ts'
import {
  answerOf,
  ask,
  CHUNKED_HEAD,
  chunk,
  collect,
  OK,
  record,
  requestOf,
  upstreamOf,
  XML,
} from './recorder.ts'

const XML_TYPE = 'Content-Type: text/xml; charset=utf-8'
const HOUR_MS = 3_600_000
const AUTHORIZATION = `Basic ${Buffer.from('svc:pä:ss').toString('base64')}`

const chunks = (...texts: string[]) => texts.map(text => Buffer.from(text))

t.test('R5 send() writes every header itself, byte for byte', async t => {
  const server = await record(t)
  const upstream = upstreamOf(t, server.url)
  const expected = (encoding: string, more = '', length = 4) =>
    `POST /EWS/Exchange.asmx HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\n` +
    'connection: keep-alive\r\nContent-Type: text/xml; charset=utf-8\r\nAccept: text/xml\r\n' +
    `Accept-Encoding: ${encoding}\r\nUser-Agent: ews-gateway/0\r\n` +
    `X-AnchorMailbox: alice@example.com\r\n${more}` +
    `Authorization: ${AUTHORIZATION}\r\ncontent-length: ${length}\r\n\r\n`

  const affinity = new Map([
    ['X-BackEndOverrideCookie', 'a=b~1'],
    ['exchangecookie', 'c'],
  ])
  for (const [name, request, head, body] of [
    ['as little as can be', {}, expected('identity'), '<a/>'],
    [
      'all that there can be',
      { compress: true, clientRequestId: '{1-2}', preferServerAffinity: true, cookies: affinity },
      expected(
        'gzip',
        'client-request-id: {1-2}\r\nX-PreferServerAffinity: true\r\n' +
          'Cookie: X-BackEndOverrideCookie=a=b~1; exchangecookie=c\r\n',
      ),
      '<a/>',
    ],
    [
      'a streamed body with its length, never chunked',
      { body: Readable.from(chunks('<a>', '', 'x', '</a>')), contentLength: 8 },
      expected('identity', '', 8),
      '<a>x</a>',
    ],
  ] as const) {
    await ask(upstream, request)
    t.strictSame(server.requests.at(-1), { head, body }, name)
  }
})

t.test('send() forwards every response', async t => {
  const zipped = gzipSync(XML).toString('latin1')
  const content = ['content-type', 'text/xml; charset=utf-8']
  const length = ['content-length', String(XML.length)]
  for (const [name, answer, status, headers, request] of [
    ['a success', OK, 200, [content, length]],
    ['a bare text/xml, with its charset', answerOf('200 OK', ['Content-Type: text/xml'], XML), 200],
    ['a fault', answerOf('500 Internal Server Error', [XML_TYPE], XML), 500, [content, length]],
    ['a 503 that is XML', answerOf('503 Busy', [XML_TYPE], XML), 503],
    ['what follows 103', `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}`, 200],
    [
      'none of the headers that are not listed',
      answerOf(
        '200 OK',
        [
          'Content-Type: TEXT/XML; Charset="UTF-8"',
          'WWW-Authenticate: Basic realm="exch01"',
          'X-FEServer: EXCH01',
          'X-DiagInfo: EXCH01',
          'x-ms-diagnostics: 1;reason="x"',
          'Server: IIS',
          'Retry-After: 1',
          'Connection: x-foo',
          'request-id: 0af1',
        ],
        XML,
      ),
      200,
      [content, length, ['request-id', '0af1']],
    ],
    [
      'gzip to a client that reads it, as it is',
      answerOf('200 OK', [XML_TYPE, 'Content-Encoding: GZIP'], zipped),
      200,
      [content, ['content-encoding', 'gzip'], ['content-length', String(zipped.length)]],
      { compress: true },
    ],
  ] as const) {
    const server = await record(t, socket => socket.write(answer, 'latin1'))
    const { calls, head, chunks } = await ask(upstreamOf(t, server.url), request)
    t.equal(head?.status, status, name)
    t.strictSame(head?.headers, (headers ?? [content, length]).flat(), name)
    t.equal(chunks.join(''), request ? zipped : XML, name)
    t.strictSame([calls[0], calls.at(-1)], ['head', 'end'], name)
  }
})

t.test('R6 send() returns only affinity cookies', async t => {
  const answer = answerOf('200 OK', [
    XML_TYPE,
    'Set-Cookie: X-BackEndCookie=S-1-5=u56; expires=Thu, 24-Dec-2026 10:00:00 GMT; path=/EWS; secure; HttpOnly; domain=corp.example',
    'Set-Cookie: X-BEResource=evil; path=/',
    'set-cookie: exchangecookie=0f; path=/',
  ])
  const server = await record(t, socket => socket.write(answer))
  const { head } = await ask(upstreamOf(t, server.url))
  t.strictSame(head?.cookies, [
    {
      name: 'X-BackEndCookie',
      value: 'S-1-5=u56',
      attributes: '; Path=/EWS; Expires=Thu, 24-Dec-2026 10:00:00 GMT; Secure; HttpOnly',
    },
    { name: 'exchangecookie', value: '0f', attributes: '; Path=/' },
  ])
})

t.test('R30 send() accepts only XML in UTF-8', async t => {
  const html = (status: string, ...more: string[]) =>
    answerOf(status, ['Content-Type: text/html; charset=utf-8', ...more], '<html>sign in</html>')
  const xml = (status: string, ...more: string[]) => answerOf(status, [XML_TYPE, ...more], XML)
  for (const [answer, message] of [
    [html('200 OK'), /status 200 and text\/html; charset=utf-8$/],
    [html('503 Unavailable'), /status 503 and text\/html/],
    [xml('302 Found', 'Location: https://owa.example/'), /status 302 and text\/xml/],
    [xml('407 Proxy Authentication Required'), /status 407/],
    ['HTTP/1.1 204 No Content\r\n\r\n', /status 204 and no media type/],
    ['HTTP/1.1 304 Not Modified\r\nContent-Type: text/xml\r\n\r\n', /status 304/],
    [answerOf('200 OK', ['Content-Type: text/xml; charset=utf-16'], XML), /charset=utf-16$/],
    [answerOf('200 OK', ['Content-Type: text/xml', XML_TYPE], XML), /another media type/],
    [answerOf('200 OK', ['Content-Type: text/xmlx'], XML), /text\/xmlx/],
    [answerOf('200 OK', ['Content-Type: <b>10.0.0.1</b>'], XML), /another media type/],
    [answerOf('200 OK', ['Content-Type: multipart/related'], XML), /multipart/],
    [xml('200 OK', 'Content-Encoding: gzip'), /encoding that was not requested/],
    [xml('200 OK', 'Content-Encoding: deflate'), /encoding that was not requested/],
    [xml('200 OK', 'Content-Encoding: gzip', 'Content-Encoding: gzip'), /encoding/],
    ['HTTP/1.1 100 Continue\r\n\r\n', /closed the connection/],
    ['HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n', /closed the conn/],
    ['SSH-2.0-OpenSSH_9\r\n\r\n', /not HTTP/],
    ['HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nA b: c\r\n\r\n', /not HTTP/],
    [xml('200 OK', `X-Long: ${'x'.repeat(20_000)}`), /too many headers/],
    [xml('200 OK', 'Content-Length: 7'), /not HTTP|ended its response too early/],
  ] as const) {
    const server = await record(t, socket => socket.write(answer))
    const { failure, calls } = await ask(upstreamOf(t, server.url))
    t.match(failure, { reason: 'upstream-unreachable', message, backOffMs: 5_000 })
    t.strictSame(calls, ['fail'], 'and the sink receives nothing else')
    await server.quiet()
  }
})

t.test('R30 send() waits as long as a 503 requests', async t => {
  const date = new Date(42_000).toUTCString()
  for (const [status, header, backOffMs] of [
    ['503 Busy', 'Retry-After: 17', 17_000],
    ['503 Busy', `Retry-After: ${date}`, 42_000],
    ['503 Busy', 'Retry-After: soon', 5_000],
    ['429 Busy', 'Retry-After: 17', 5_000],
  ] as const) {
    const answer = answerOf(status, ['Content-Type: text/html', header], '<html>')
    const server = await record(t, socket => socket.write(answer))
    const { failure } = await ask(upstreamOf(t, server.url))
    t.match(failure, { kind: 'throttled', backOffMs }, `${status}, ${header}`)
  }
})

t.test('send() reports the cause of a failure', async t => {
  const closed = await record(t)
  const upstream = upstreamOf(t, closed.url.replace(/:\d+/, ':1'))
  t.match((await ask(upstream)).failure, {
    reason: 'upstream-unreachable',
    message: /rejects connections/,
    backOffMs: 5_000,
  })

  for (const [name, answer, reason, message, calls] of [
    ['reset', 'reset', 'upstream-unreachable', /reset the connection/, ['fail']],
    ['closed', '', 'upstream-unreachable', /before the response was complete/, ['fail']],
    [
      'cut in its length',
      'HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 9\r\n\r\n<a>',
      'upstream-unreachable',
      /before the response was complete/,
      ['head', 'piece', 'fail'],
    ],
    [
      'cut in its chunks',
      `${CHUNKED_HEAD}${chunk('<a>')}`,
      'upstream-unreachable',
      /before the response was complete/,
      ['head', 'piece', 'fail'],
    ],
  ] as const) {
    const server = await record(t, socket => {
      if (answer === 'reset') socket.resetAndDestroy()
      else socket.end(answer)
    })
    const result = await ask(upstreamOf(t, server.url))
    t.match(result.failure, { reason, message }, name)
    t.strictSame(result.calls, calls, name)
  }
})

t.test('send() ends in time', async t => {
  for (const [answer, limits, calls] of [
    [undefined, { headersTimeoutMs: HOUR_MS }, []],
    ['HTTP/1.1 200 OK\r\n', { headersTimeoutMs: HOUR_MS }, []],
    [`${CHUNKED_HEAD}${chunk('<a>')}`, { bodyTimeoutMs: HOUR_MS }, ['head', 'piece']],
  ] as const) {
    const server = await record(t, socket => answer && socket.write(answer))
    const unlimited = { headersTimeoutMs: 10 * HOUR_MS, bodyTimeoutMs: 10 * HOUR_MS }
    const result = collect()
    upstreamOf(t, server.url).send(requestOf({ ...unlimited, ...limits }), result.sink)
    await until('the request', () => server.requests.length === 1)
    await until('what is sent of the answer', () => result.calls.length === calls.length)
    skipUpstreamTime(HOUR_MS / 2)
    t.strictSame(result.calls, calls, 'there is time left')
    skipUpstreamTime(HOUR_MS)
    await result.over
    t.match(result.failure, { reason: 'upstream-timeout', backOffMs: undefined })
    t.strictSame(result.calls, [...calls, 'fail'])
    await server.quiet()
  }
})

t.test('P9 send() passes each chunk as it arrives', async t => {
  const texts = ['<a>', '<b/>', 'x'.repeat(5_000), '</a>']
  const server = await record(t, (socket, number) => {
    socket.write(CHUNKED_HEAD)
    if (number === 0) socket.write(chunk('<a>'))
    else socket.write(`${texts.map(chunk).join('')}0\r\n\r\n`)
  })
  const upstream = upstreamOf(t, server.url)

  // The server writes a chunk only after the previous one has arrived.
  const [first, ...others] = texts
  const slow = collect(() => {
    const text = others.shift()
    for (const socket of server.sockets) socket.write(text ? chunk(text) : '0\r\n\r\n')
    return true
  })
  upstream.send(requestOf(), slow.sink)
  await slow.over
  t.strictSame(slow.chunks, [first, ...texts.slice(1)], 'one by one')

  const { chunks } = await ask(upstream)
  t.strictSame(chunks, texts, 'and not joined when all come at once')
})

t.test('P9 send() reads no more than the sink accepts', async t => {
  const block = Buffer.alloc(64 * 1024, 'x')
  const blocks = 1024
  let sent = 0
  const server = await record(t, socket => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n')
    socket.write(`Content-Length: ${block.length * blocks}\r\n\r\n`)
    const fill = () => {
      while (sent < blocks) {
        sent += 1
        if (!socket.write(block)) return
      }
    }
    socket.on('drain', fill)
    fill()
  })

  let open = false
  let length = 0
  const slow = collect(text => {
    length += text.length
    slow.chunks.length = 0
    return open
  })
  const exchange = upstreamOf(t, server.url).send(requestOf(), slow.sink)
  await until('some has arrived', () => length > 0)
  const taken = length
  for (let still = 0, last = -1; still < 200; still = last === sent ? still + 1 : 0) {
    last = sent
    await new Promise(resolve => setImmediate(resolve))
  }
  t.equal(length, taken, 'no chunk comes before resume()')
  t.ok(sent < blocks / 2, 'and the server is held back')

  open = true
  exchange.resume()
  await slow.over
  t.equal(length, block.length * blocks, 'resume() brings the rest')
  t.strictSame(slow.calls.slice(-1), ['end'])
})

t.test('serverVersion() returns the version of the last response', async t => {
  const info = (build: number, attributes = 'Version="V2_23"') =>
    `<s:Envelope xmlns:s="${SOAP_NS}"><s:Header><h:ServerVersionInfo MajorVersion="15" MinorVersion="2" ` +
    `MajorBuildNumber="${build}" MinorBuildNumber="17" ${attributes} xmlns:h="${TYPES_NS}"/></s:Header>`
  const answers = [
    chunk(info(1)),
    `${chunk(info(2).slice(0, 40))}${chunk(info(2).slice(40))}`,
    chunk(info(3, 'Version="a b"')),
    chunk(`<s:Envelope xmlns:s="${SOAP_NS}"><s:Body>`),
  ]
  const server = await record(t, (socket, number) =>
    socket.write(`${CHUNKED_HEAD}${answers[number]}0\r\n\r\n`),
  )
  const upstream = upstreamOf(t, server.url)
  t.equal(upstream.serverVersion(), undefined)
  for (const build of [1, 2, 2, 2]) {
    await ask(upstream)
    t.match(upstream.serverVersion(), { majorBuildNumber: build, version: 'V2_23' })
  }
})

t.test('close() finishes requests in flight and accepts no more', async t => {
  let finish = () => {}
  const server = await record(t, socket => {
    socket.write(`${CHUNKED_HEAD}${chunk('<a>')}`)
    finish = () => socket.write('0\r\n\r\n')
  })
  const upstream = upstreamOf(t, server.url, { connections: 1 })
  const first = collect()
  const second = collect()
  upstream.send(requestOf(), first.sink)
  upstream.send(requestOf(), second.sink)
  await until('the first begins', () => first.chunks.length > 0)
  const closed = upstream.close()

  t.match((await ask(upstream)).failure, {
    reason: 'upstream-unreachable',
    message: /shutting down/,
  })
  await t.rejects(upstream.schema('types.xsd', 'http://gateway/'), { message: /shutting down/ })
  finish()
  await first.over
  await until('the second begins', () => second.chunks.length > 0)
  finish()
  await closed
  t.strictSame([first.calls.at(-1), second.calls.at(-1)], ['end', 'end'])
  await server.quiet()
})
