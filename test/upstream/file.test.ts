import t from 'tap'
import { answerOf, ask, OK, record, upstreamOf } from './recorder.ts'

const GATEWAY = 'https://gw.example/EWS/Exchange.asmx'
const WSDL =
  '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/">' +
  '<soap:address location="https://exch01/EWS/Exchange.asmx"/></definitions>'
const XSD = '<!-- x --><xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"></xs:schema>'

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

t.test('R11 schema() sends nothing from a client', async t => {
  const server = await record(t, socket =>
    socket.write(answerOf('200 OK', ['Content-Type: text/xml', 'Set-Cookie: a=b'], WSDL)),
  )
  const upstream = upstreamOf(t, server.url)
  const [file] = await Promise.all([
    upstream.schema('services.wsdl', GATEWAY),
    upstream.schema('services.wsdl', GATEWAY),
  ])
  t.equal(Buffer.from(file ?? []).toString(), WSDL.replace(/https:[^"]*/, GATEWAY))
  t.strictSame(server.requests, [
    {
      head:
        `GET /EWS/Services.wsdl HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\n` +
        'connection: keep-alive\r\nAccept: text/xml, application/xml\r\n' +
        'Accept-Encoding: identity\r\nUser-Agent: ews-gateway/0\r\n' +
        `Authorization: Basic ${Buffer.from('svc:pä:ss').toString('base64')}\r\n\r\n`,
      body: '',
    },
  ])
  await upstream.schema('types.xsd', GATEWAY)
  await upstream.schema('messages.xsd', GATEWAY)
  t.match(server.requests[1]?.head, /^GET \/EWS\/types\.xsd /)
  t.match(server.requests[2]?.head, /^GET \/EWS\/messages\.xsd /)
})

t.test('R11 schema() is undefined unless the upstream has a schema', async t => {
  const big = (length: number) =>
    answerOf(
      '200 OK',
      ['Content-Type: text/xml'],
      XSD.replace('><', `>${' '.repeat(length - XSD.length)}<`),
    )
  for (const [name, answer, found] of [
    ['application/xml', answerOf('200 OK', ['Content-Type: application/xml'], XSD), true],
    [
      'wsdl+xml',
      answerOf('200 OK', ['Content-Type: application/wsdl+xml; charset=utf-8'], XSD),
      true,
    ],
    ['1 MiB', big(1024 * 1024), true],
    ['more than 1 MiB', big(1024 * 1024 + 1), false],
    ['404', answerOf('404 Not Found', ['Content-Type: text/html'], 'x'), false],
    ['403', answerOf('403 Forbidden', ['Content-Type: text/xml'], XSD), false],
    ['a redirection', answerOf('302 Found', ['Content-Type: text/xml', 'Location: /'], XSD), false],
    ['a login page', answerOf('200 OK', ['Content-Type: text/html'], '<html/>'), false],
    ['a login page as XML', answerOf('200 OK', ['Content-Type: text/xml'], '<html/>'), false],
    ['no type', answerOf('200 OK', [], XSD), true],
    ['a WSDL of another type', answerOf('200 OK', ['Content-Type: text/plain'], WSDL), true],
    ['a schema that is cut', answerOf('200 OK', [], XSD.slice(0, -1)), false],
    ['an element of another name', answerOf('200 OK', [], XSD.replaceAll('schema', 'x')), false],
    ['an element of another namespace', answerOf('200 OK', [], XSD.replace('2001', '1')), false],
    ['nothing', answerOf('200 OK', []), false],
    ['gzip', answerOf('200 OK', ['Content-Type: text/xml', 'Content-Encoding: gzip'], 'x'), false],
    [
      'no UTF-8',
      answerOf('200 OK', ['Content-Type: text/xml'], XSD.replace('x -', '\xe4 -')),
      false,
    ],
  ] as const) {
    const server = await record(t, socket => socket.write(answer, 'latin1'))
    const upstream = upstreamOf(t, server.url)
    t.equal((await upstream.schema('types.xsd', GATEWAY)) !== undefined, found, name)
    t.equal((await upstream.schema('types.xsd', GATEWAY)) !== undefined, found)
    t.equal(server.requests.length, 1, 'and the answer is kept')
    await upstream.close()
    await server.quiet()
  }
})

t.test('schema() rejects if the upstream is unreachable', async t => {
  for (const [answer, reason] of [
    [answerOf('503 Busy', ['Content-Type: text/xml'], XSD), 'upstream-unreachable'],
    [answerOf('407 Proxy', ['Content-Type: text/xml'], XSD), 'upstream-unreachable'],
    ['', 'upstream-unreachable'],
    [
      'HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 9\r\n\r\n<a>',
      'upstream-unreachable',
    ],
    [answerOf('401 Unauthorized', []), 'upstream-refused-credentials'],
  ] as const) {
    const server = await record(t, socket => socket.end(answer))
    t.match(await failureOf(upstreamOf(t, server.url).schema('types.xsd', GATEWAY)), { reason })
  }
})

t.test('R30 schema() and send() share the back-off of the credentials', async t => {
  const server = await record(t, socket => socket.write(answerOf('401 Unauthorized', [])))
  const upstream = upstreamOf(t, server.url)
  t.match(await failureOf(upstream.schema('types.xsd', GATEWAY)), { backOffMs: 2_000 })
  t.equal((await ask(upstream)).failure?.reason, 'upstream-refused-credentials')
  t.match(await failureOf(upstream.schema('messages.xsd', GATEWAY)), {
    reason: 'upstream-refused-credentials',
  })
  t.equal(server.requests.length, 1)
})

t.test('R30 schema() is no try of credentials that were rejected', async t => {
  const NONE = answerOf('404 Not Found', [])
  const answers = [answerOf('401 Unauthorized', []), OK, NONE]
  const server = await record(t, (socket, number) => socket.write(answers[number] ?? NONE))
  let now = 0
  const upstream = upstreamOf(t, server.url, { now: () => now })
  await ask(upstream)
  now = 3_000
  const reason = 'upstream-refused-credentials'
  t.match(await failureOf(upstream.schema('types.xsd', GATEWAY)), { reason })
  t.equal((await ask(upstream)).failure, undefined, 'the next EWS request is the try')
  t.equal(await upstream.schema('types.xsd', GATEWAY), undefined)
  t.equal(server.requests.length, 3)
})
