/**
 * Malformed requests, headers that a client may not set, and the mutations of Transfer-Encoding by
 * smuggler.
 *
 * @see https://github.com/defparam/smuggler
 *
 * @module
 */

import { bytes, type Case, type CaseOptions, chunked, hidden } from './http-cases.ts'
import { headOf, ORDINARY } from './requests.ts'

const LINE = 'POST /EWS/Exchange.asmx HTTP/1.1'

export function malformedCases({ authorization }: CaseOptions): Case[] {
  const ordinary = headOf(ORDINARY, { authorization }) + ORDINARY
  const line = (text: string, most = 0): Case => ({
    name: `the line ${JSON.stringify(text.slice(0, 60))}`,
    bytes: bytes(headOf(ORDINARY, { authorization, line: text }) + ORDINARY),
    most,
  })
  const header = (text: string, most = 0): Case => ({
    name: `the header ${JSON.stringify(text.slice(0, 60))}`,
    bytes: bytes(headOf(ORDINARY, { authorization, headers: [text] }) + ORDINARY),
    most,
  })
  const raw = (name: string, text: string, most = 0): Case => ({ name, bytes: bytes(text), most })
  return [
    line('POST  /EWS/Exchange.asmx HTTP/1.1', 1),
    line('POST\t/EWS/Exchange.asmx\tHTTP/1.1'),
    line('POST /EWS/Exchange.asmx  HTTP/1.1', 1),
    line('POST /EWS/Exchange.asmx'),
    line(`POST /${'a'.repeat(70_000)} HTTP/1.1`),
    line(`${'A'.repeat(70_000)} /EWS/Exchange.asmx HTTP/1.1`),
    line('POST /EWS/Exchange.asmx HTTP/9.9'),
    line('POST /EWS/Exchange.asmx HTTP/1.2'),
    line('POST /EWS/Exchange.asmx HTTP/2.0'),
    line('POST /EWS/Exchange.asmx http/1.1'),
    line('POST /EWS/Exchange.asmx HTTP/1.1 x'),
    line('POST /EWS/\0Exchange.asmx HTTP/1.1'),
    line('POST /EWS/\u{e9} HTTP/1.1'),
    line('POST /EWS/Exchange.asmx%00 HTTP/1.1'),
    line('POST /EWS/Exchange.asmx%0d%0aX:%20y HTTP/1.1'),
    line('POST /EWS/%c0%ae%c0%ae/x HTTP/1.1'),
    line('POST /EWS\\Exchange.asmx HTTP/1.1'),
    line('POST http://evil.example.com/EWS/Exchange.asmx HTTP/1.1'),
    line('POST //evil.example.com/EWS/Exchange.asmx HTTP/1.1'),
    line('POST @evil.example.com/EWS/Exchange.asmx HTTP/1.1'),
    line('POST * HTTP/1.1'),
    line('CONNECT mail.example.com:443 HTTP/1.1'),
    line(` ${LINE}`),
    line(`\r\n${LINE}`, 1),
    line(`\0${LINE}`),
    header('Host: evil'),
    header('Host:'),
    header('Host : gateway'),
    header(': empty'),
    header('no colon'),
    header('X\u{e9}: y'),
    header('X(y): z'),
    header('X: \0'),
    header('X: \u{1}'),
    header('X: a\rb'),
    header('X: a\nb: c'),
    header('X: a\r\n b'),
    header(`${'X'.repeat(70_000)}: y`),
    header(`X: ${'y'.repeat(70_000)}`),
    header(Array.from({ length: 3_000 }, (_, at) => `X-${at}: y`).join('\r\n')),
    header('Range: bytes=0-1,0-1,0-1', 1),
    header('Expect: x', 1),
    header('Expect: 100-continue', 1),
    raw('no request at all', '\r\n\r\n'),
    raw(
      'binary',
      Array.from({ length: 300 }, (_, at) => String.fromCharCode((at * 7) % 256)).join(''),
    ),
    raw('the preface of HTTP/2', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${'\0'.repeat(20)}`),
    raw('the hello of TLS', `\u{16}\u{3}\u{1}\u{2}\0\u{1}\0${'x'.repeat(200)}`),
    raw('half a head', headOf('', { authorization }).slice(0, 60)),
    raw('half a body', ordinary.slice(0, -20)),
    raw('a huge length and no body', headOf('', { authorization, length: 60_000_000 })),
    raw('a length beyond the limit', headOf('', { authorization, length: 999_999_999_999 })),
    raw('every line with LF', ordinary.replaceAll('\r\n', '\n')),
    raw('HTTP/0.9', 'POST /EWS/Exchange.asmx\r\n'),
    raw('two in a row', ordinary + ordinary, 2),
    raw('a blank line between two', `${ordinary}\r\n\r\n${ordinary}`, 2),
  ]
}

/** Headers that a client would like the upstream to see. */
export function headerCases({ authorization }: CaseOptions): Case[] {
  return [
    'Authorization: Basic c3ZjOng=',
    'Proxy-Authorization: Basic c3ZjOng=',
    'Cookie: X-BackEndCookie=x; exchangecookie=y',
    'Cookie: X-BEResource=a]@evil.example.com:444/x#~1',
    'X-BEResource: localhost~1',
    'X-BackEndOverrideCookie: x',
    'X-AnonResource: true',
    'X-AnonResource-Backend: evil.example.com',
    'X-CommonAccessToken: VgEAVAdXaW5kb3dz',
    'X-Rps-CAT: x',
    'X-AnchorMailbox: ceo@example.com',
    'X-PreferServerAffinity: true',
    'X-PreferServerAffinity: false',
    'client-request-id: ok-1',
    'client-request-id: no\u{e9}',
    'client-request-id: a b',
    'return-client-request-id: true',
    'SOAPAction: "http://schemas.microsoft.com/exchange/services/2006/messages/DeleteItem"',
    'Action: DeleteItem',
    'X-Forwarded-For: 10.0.0.1',
    'X-Forwarded-Host: evil.example.com',
    'X-Forwarded-Proto: https',
    'Forwarded: for=10.0.0.1;host=evil',
    'X-Real-IP: 10.0.0.1',
    'X-Original-URL: /ecp/',
    'X-Rewrite-URL: /ecp/',
    'X-HTTP-Method-Override: DELETE',
    'Via: 1.1 evil',
    'TE: trailers',
    'Trailer: Content-Length',
    'Connection: close, Authorization, Content-Length',
    'Connection: X-AnchorMailbox',
    'Keep-Alive: timeout=99999',
    'Upgrade: websocket',
    'Max-Forwards: 0',
    'Accept-Encoding: br, zstd, gzip;q=0',
    'Accept: */*',
    'User-Agent: evil\u{e9}',
    'Content-MD5: x',
    'Content-Encoding: gzip',
    'Content-Transfer-Encoding: base64',
    'Content-Location: http://evil',
    'If-Match: *',
    'Date: x',
    'X-OpenAsAdmin: 1',
    'X-User-Identity: ceo@example.com',
    'msExchProxyUri: http://evil',
  ].map(text => ({
    name: `the client's ${text.slice(0, 60)}`,
    bytes: bytes(headOf(ORDINARY, { authorization, headers: [text] }) + ORDINARY),
    most: 1,
  }))
}

const NAMED: readonly string[] = [
  ' Transfer-Encoding: chunked',
  'Transfer-Encoding:\tchunked',
  'Transfer-Encoding\t:\tchunked',
  'Transfer Encoding: chunked',
  'Transfer_Encoding: chunked',
  'Transfer Encoding:chunked',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding:  chunked',
  'Transfer-Encoding:\u{b}chunked',
  'Transfer-Encoding: chunked, cow',
  'Transfer-Encoding: cow, chunked',
  'Content-Encoding: chunked',
  'Transfer-Encoding:\n chunked',
  'Transfer-Encoding: "chunked"',
  "Transfer-Encoding: 'chunked'",
  'Transfer-Encoding: chunk',
  'TrAnSFer-EnCODinG: cHuNkeD',
  'TRANSFER-ENCODING: CHUNKED',
  'Transfer-Encoding: chunked\r',
  'Transfer-Encoding: chunked\t',
  'Transfer-Encoding: cow\r\nTransfer-Encoding: chunked',
  'Transfer\r-Encoding: chunked',
  'Transfer-Encoding: cow chunked bar',
  'Transfer-Encoding:\u{ff}chunked',
  'Transfer-Encoding: ch\u{96}nked',
  'Transf\u{82}r-Encoding: chunked',
  'X:X\rTransfer-Encoding: chunked',
  'X:X\nTransfer-Encoding: chunked',
]

/** Every byte that is not a letter, in the four places where it could hide the header. */
const WITH_BYTES: readonly string[] = [
  ...Array.from({ length: 0x1f }, (_, at) => at + 1),
  ...Array.from({ length: 0x81 }, (_, at) => at + 0x7f),
].flatMap(code => {
  const letter = String.fromCharCode(code)
  return [
    `Transfer-Encoding:${letter}chunked`,
    `Transfer-Encoding${letter}: chunked`,
    `${letter}Transfer-Encoding: chunked`,
    `Transfer-Encoding: chunked${letter}`,
  ]
})

/**
 * Returns mutations with a chunked body and a hidden request after it. The Content-Length covers both: a
 * server that uses it sees one malformed request, and a server that uses the chunks sees two.
 */
export function smugglerCases(options: CaseOptions): Case[] {
  const body = chunked(ORDINARY) + hidden(options)
  return [...NAMED, ...WITH_BYTES].map(gadget => ({
    name: `smuggler ${JSON.stringify(gadget)}`,
    bytes: bytes(headOf(body, { authorization: options.authorization, headers: [gadget] }) + body),
    most: 0,
  }))
}
