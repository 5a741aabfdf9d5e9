/**
 * Requests with an ambiguous end, and malformed requests: the smuggling and malformed suites of
 * Http11Probe, as bytes.
 *
 * @see https://github.com/MDA2AV/Http11Probe
 *
 * @module
 */

import { headOf, ORDINARY, requestBytes } from './requests.ts'
import { requestOf } from './seeds.ts'

/** Text in every hidden request. The upstream must never receive it. */
export const SMUGGLED = 'smuggled'

export type Case = Readonly<{
  name: string
  bytes: Buffer
  /** Maximum number of requests that the upstream may receive. 0 if the end is ambiguous. */
  most: number
}>

/** Values that a case needs. */
export type CaseOptions = Readonly<{ authorization: string }>

const CREATE =
  `<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message><t:Subject>${SMUGGLED}</t:Subject>` +
  '</t:Message></m:Items></m:CreateItem>'

/** A whole request, as good as any other, to be hidden. */
export const hidden = ({ authorization }: CaseOptions): string =>
  requestBytes(requestOf(CREATE), { authorization, headers: ['X-Smuggled: 1'] })
    .toString('latin1')
    .replace('Host: gateway', 'Host: hidden')

export const chunked = (text: string): string =>
  `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n0\r\n\r\n`

export const LENGTH = Buffer.byteLength(ORDINARY)
export const HEX = LENGTH.toString(16)
export const bytes = (text: string) => Buffer.from(text, 'latin1')

export function framingCases(options: CaseOptions): Case[] {
  return [...lengths(options), ...encodings(options), ...chunks(options), ...trailers(options)]
}

/** Content-Length in every spelling. */
function lengths({ authorization }: CaseOptions): Case[] {
  const spelt = (length: string, most: number): Case => ({
    name: `Content-Length: ${JSON.stringify(length)}`,
    bytes: bytes(headOf('', { authorization, length }) + ORDINARY),
    most,
  })
  const twice = (one: number | string, other: number | string, most: number): Case => ({
    name: `Content-Length ${one} and ${other}`,
    bytes: bytes(
      headOf('', { authorization, length: one, headers: [`Content-Length: ${other}`] }) + ORDINARY,
    ),
    most,
  })
  return [
    ...[` ${LENGTH}`, `${LENGTH} `, `\t${LENGTH}`, `0${LENGTH}`, `0000${LENGTH}`].map(it =>
      spelt(it, 1),
    ),
    ...[
      `+${LENGTH}`,
      `-${LENGTH}`,
      '-1',
      '-0',
      '00',
      `0x${HEX}`,
      `0o${LENGTH.toString(8)}`,
      `${LENGTH},${LENGTH}`,
      `${LENGTH}, ${LENGTH}, ${LENGTH}`,
      `${LENGTH},0`,
      `${LENGTH} ${LENGTH}`,
      `${String(LENGTH).slice(0, 1)} ${String(LENGTH).slice(1)}`,
      `${String(LENGTH).slice(0, 1)}_${String(LENGTH).slice(1)}`,
      `${LENGTH}.0`,
      `${LENGTH}e0`,
      `${LENGTH}\u{b}`,
      `${LENGTH}\0`,
      `"${LENGTH}"`,
      '',
      ' ',
      'x',
      '99999999999999999999',
      '18446744073709551616',
      `1844674407370955${1616 + LENGTH}`,
    ].map(it => spelt(it, 0)),
    twice(LENGTH, LENGTH, 1),
    twice(LENGTH, 5, 0),
    twice(5, LENGTH, 0),
    twice(0, LENGTH, 0),
    twice(LENGTH, 'x', 0),
    {
      name: 'no length at all',
      bytes: bytes(headOf('', { authorization, length: null }) + ORDINARY),
      most: 0,
    },
  ]
}

/** Transfer-Encoding in every spelling, beside a Content-Length and alone. */
function encodings({ authorization }: CaseOptions): Case[] {
  const body = chunked(ORDINARY)
  const both = (...lines: string[]): Case => ({
    name: `${JSON.stringify(lines)} and Content-Length`,
    bytes: bytes(headOf(body, { authorization, headers: lines }) + body),
    most: 0,
  })
  const alone = (most: number, ...lines: string[]): Case => ({
    name: `${JSON.stringify(lines)} alone`,
    bytes: bytes(headOf(body, { authorization, length: null, headers: lines }) + body),
    most,
  })
  const values = [
    'chunked',
    'Chunked',
    'CHUNKED',
    'chunked ',
    ' chunked',
    '\tchunked',
    'chunked, chunked',
    'chunked,',
    ', chunked',
    'chunked;x=y',
    'gzip, chunked',
    'identity, chunked',
    'chunked, identity',
    'identity',
    'xchunked',
    'chunkedx',
    'chunked\u{b}',
    'chunked\f',
    'chunked\0',
    '"chunked"',
    "'chunked'",
    'cow chunked bar',
    '',
  ]
  const oneEncoding = ['chunked', 'Chunked', 'CHUNKED', 'chunked ', ' chunked', '\tchunked']
  const lists = ['gzip, chunked', 'identity, chunked', ', chunked']
  const isTaken = (value: string) => oneEncoding.includes(value) || lists.includes(value)
  return [
    ...values.map(value => both(`Transfer-Encoding: ${value}`)),
    ...values.map(value => alone(isTaken(value) ? 1 : 0, `Transfer-Encoding: ${value}`)),
    both('Transfer-Encoding : chunked'),
    both('Transfer-Encoding\t: chunked'),
    both(' Transfer-Encoding: chunked'),
    both('Transfer-Encoding:\r\n chunked'),
    both('Transfer-Encoding:\n chunked'),
    both('X: y\r\n Transfer-Encoding: chunked'),
    both('Transfer-Encoding: chunked', 'Transfer-Encoding: identity'),
    both('Transfer-Encoding: identity', 'Transfer-Encoding: chunked'),
    both('Transfer_Encoding: chunked'),
    both('Transfer-Encoding: chunked', 'Connection: close'),
    both('Connection: Content-Length', 'Transfer-Encoding: chunked'),
    both('Connection: Transfer-Encoding', 'Transfer-Encoding: chunked'),
    alone(0, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'),
    alone(0, 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity'),
    alone(0, 'Transfer-Encoding:\r\n chunked'),
    {
      name: 'Transfer-Encoding in HTTP/1.0',
      bytes: bytes(
        headOf('', {
          authorization,
          line: 'POST /EWS/Exchange.asmx HTTP/1.0',
          length: null,
          headers: ['Transfer-Encoding: chunked'],
        }) + body,
      ),
      most: 1,
    },
  ]
}

/** Chunks whose size or end is in doubt. */
function chunks(options: CaseOptions): Case[] {
  const { authorization } = options
  const head = headOf('', { authorization, length: null, headers: ['Transfer-Encoding: chunked'] })
  const raw = (name: string, text: string, most = 0): Case => ({
    name: `chunks: ${name}`,
    bytes: bytes(head + text),
    most,
  })
  const size = (text: string, most = 0) =>
    raw(`size ${JSON.stringify(text)}`, `${text}\r\n${ORDINARY}\r\n0\r\n\r\n`, most)
  const half = Math.floor(LENGTH / 2)
  return [
    size(HEX.toUpperCase(), 1),
    size(`0${HEX}`, 1),
    size(`${HEX};a=b`, 1),
    size(`${HEX};a="b;c"`, 1),
    ...[
      `0x${HEX}`,
      `+${HEX}`,
      `-${HEX}`,
      ` ${HEX}`,
      `${HEX} `,
      `${HEX}\t`,
      `${HEX.slice(0, 1)}_${HEX.slice(1)}`,
      `${HEX};`,
      `${HEX};\u{1}`,
      `${HEX};a\rb`,
      `${HEX};a\nb`,
      `${HEX};@=b`,
      `${HEX}\0`,
      `FFFFFFFFFFFFFFFF${HEX}`,
      `1${'0'.repeat(16)}${HEX}`,
      'x',
      '',
    ].map(it => size(it, it === `${HEX};` || it === `${HEX} ` || it === `${HEX}\t` ? 1 : 0)),
    size(`${HEX};${'x'.repeat(20_000)}`),
    raw('a size that ends with LF', `${HEX}\n${ORDINARY}\r\n0\r\n\r\n`),
    raw('a size that ends with CR', `${HEX}\r${ORDINARY}\r\n0\r\n\r\n`),
    raw('no end behind the bytes', `${HEX}\r\n${ORDINARY}0\r\n\r\n`),
    raw('LF behind the bytes', `${HEX}\r\n${ORDINARY}\n0\r\n\r\n`),
    raw('more bytes than said', `${half.toString(16)}\r\n${ORDINARY}\r\n0\r\n\r\n`),
    raw('fewer bytes than said', `${(LENGTH + 9).toString(16)}\r\n${ORDINARY}\r\n0\r\n\r\n`),
    raw('no last chunk', `${HEX}\r\n${ORDINARY}\r\n`),
    raw('a last chunk of 000', `${HEX}\r\n${ORDINARY}\r\n000\r\n\r\n`, 1),
    raw('a last chunk of -0', `${HEX}\r\n${ORDINARY}\r\n-0\r\n\r\n`),
    raw('LF behind the last chunk', `${HEX}\r\n${ORDINARY}\r\n0\n\n`),
    raw('many small ones', `${[...ORDINARY].map(it => `1\r\n${it}\r\n`).join('')}0\r\n\r\n`, 1),
    raw(
      'a request in the rest of a chunk',
      `${HEX}\r\n${ORDINARY}\r\n0\r\nX: ${hidden(options)}`,
      1,
    ),
  ]
}

/** Trailers that look like headers. */
function trailers({ authorization }: CaseOptions): Case[] {
  const head = headOf('', { authorization, length: null, headers: ['Transfer-Encoding: chunked'] })
  return [
    'Content-Length: 5',
    'Transfer-Encoding: chunked',
    'Host: evil',
    'Authorization: Basic eDp5',
    'Content-Type: text/html',
    'client-request-id: trailer',
    'X-AnchorMailbox: ceo@example.com',
    ' folded',
    'no colon',
    'X: \0',
  ].map(trailer => ({
    name: `the trailer ${JSON.stringify(trailer)}`,
    bytes: bytes(`${head}${HEX}\r\n${ORDINARY}\r\n0\r\n${trailer}\r\n\r\n`),
    most: 1,
  }))
}
