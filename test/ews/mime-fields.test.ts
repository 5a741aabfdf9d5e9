/**
 * R13: the kind of content that a MIME header announces, so that no calendar is overlooked.
 */

import t from 'tap'
import { type Content, contentOf, contentOfPart, fieldsOf } from '../../src/ews/mime-fields.ts'

const LEAF: Content = { kind: 'leaf' }
const MESSAGE: Content = { kind: 'message' }
const UNKNOWN: Content = { kind: 'unknown' }
const multipart = (boundary: string): Content => ({ kind: 'multipart', boundary })
const identity: Content = { kind: 'calendar', encoding: 'identity' }
const base64: Content = { kind: 'calendar', encoding: 'base64' }
const quoted: Content = { kind: 'calendar', encoding: 'quoted-printable' }

const CALENDAR = 'text/calendar; charset=utf-8'
const PARTS = 'multipart/mixed; boundary=b1'

/** Types, encodings, and the content that every server finds. */
for (const [type, encoding, expected] of [
  ['text/plain', 'x-uuencode', LEAF],
  ['application/pdf; name="x;y.pdf"', 'base64', LEAF],
  [' Text/HTML ; charset = utf-8 ;', '', LEAF],
  ['text', '', UNKNOWN],
  ['/plain', '', UNKNOWN],
  ['text/', '', UNKNOWN],
  ['text/plain, text/calendar', '', UNKNOWN],
  ['', '', UNKNOWN],
  ['message/rfc822', '', MESSAGE],
  ['Message/Global', '7bit', MESSAGE],
  ['message/news', '8bit', MESSAGE],
  ['message/rfc822; x=y', 'binary', MESSAGE],
  ['message/rfc822', 'base64', UNKNOWN],
  ['message/delivery-status', '', LEAF],
  ['message/disposition-notification', '', LEAF],
  ['MESSAGE/feedback-report', 'base64', LEAF],
  ['message/partial', '', UNKNOWN],
  ['message/x', '', UNKNOWN],
  ['x-message/rfc822', '', LEAF],
  ['application/ms-tnef', '', UNKNOWN],
  ['application/vnd.MS-TNEF', '', UNKNOWN],
  ['application/calendar+xml', '', UNKNOWN],
  ['text/x-vCalendar', '', UNKNOWN],
  ['text/plain; name="calendar"', '', LEAF],
  [CALENDAR, '', identity],
  [CALENDAR, '7bit', identity],
  [CALENDAR, '8BIT', identity],
  [CALENDAR, ' binary ', identity],
  [CALENDAR, 'base64', base64],
  [CALENDAR, ' Base64\t', base64],
  [CALENDAR, 'Quoted-Printable', quoted],
  [CALENDAR, 'x-uuencode', UNKNOWN],
  [CALENDAR, '7bit, base64', UNKNOWN],
  ['TEXT/CALENDAR', '', identity],
  ['text/calendar; method=REQUEST; name="x.ics"', '', identity],
  ...['us-ascii', 'UTF-8', '"utf-8"', 'iso-8859-1', 'iso-8859-15', 'windows-1250'].map(
    it => [`text/calendar; charset=${it}`, '', identity] as const,
  ),
  ...['utf-7', 'utf-16', 'xutf-8', 'utf-8x', 'iso-8859-', 'windows-12500', '""'].map(
    it => [`text/calendar; charset=${it}`, '', UNKNOWN] as const,
  ),
  ['text/calendar; charset=utf-8; charset=utf-8', '', UNKNOWN],
  ['text/calendar; CHARSET=utf-7', '', UNKNOWN],
  ["text/calendar; charset*=us-ascii''utf-8", '', UNKNOWN],
  ['text/calendar; charset*0=utf-8', '', UNKNOWN],
  ["text/calendar; name*=utf-8''x; xcharset*=y", '', identity],
  ['text/calendar; =x', '', UNKNOWN],
  ['text/calendar; charset=utf-8 x', '', UNKNOWN],
  ['text/calendar; charset="utf-8', '', UNKNOWN],
  ['text/calendar; charset=utf-8 ; ;', '', identity],
  ['text/calendar (x)', '', UNKNOWN],
  [PARTS, '', multipart('b1')],
  [PARTS, '7bit', multipart('b1')],
  [PARTS, 'base64', UNKNOWN],
  [PARTS, 'quoted-printable', UNKNOWN],
  ['MULTIPART/x; Boundary = "b 1"', '', multipart('b 1')],
  ['multipart/x; a=b; boundary=b1; c=d', '', multipart('b1')],
  ['multipart/digest; boundary=b1', '', UNKNOWN],
  ['multipart/mixed', '', UNKNOWN],
  ['multipart/mixed; xboundary=b1', '', UNKNOWN],
  ['multipart/mixed; boundary=""', '', UNKNOWN],
  ['multipart/mixed; boundary=b1; boundary=b1', '', UNKNOWN],
  ['multipart/mixed; boundary=b1; BOUNDARY=b2', '', UNKNOWN],
  ['multipart/mixed; boundary=b1; boundary*0=b1', '', UNKNOWN],
  ['multipart/mixed; boundary=b1; xboundary*=b1', '', multipart('b1')],
  ['multipart/mixed; boundary=b1 (x)', '', UNKNOWN],
  ['multipart/mixed; boundary=b1; ', '', multipart('b1')],
  ['multipart/mixed; boundary="b1 "', '', UNKNOWN],
  ['multipart/mixed; boundary="b\u00e91"', '', UNKNOWN],
  ['multipart/mixed; boundary="\u00e9b1"', '', UNKNOWN],
  [`multipart/mixed; boundary=${'b'.repeat(200)}`, '', multipart('b'.repeat(200))],
  [`multipart/mixed; boundary=${'b'.repeat(201)}`, '', UNKNOWN],
  ['multipart-x/mixed', '', LEAF],
] as const) {
  const fields = [
    ['Subject', 'x'],
    ['Content-Type', type],
    ...(encoding === '' ? [] : [['content-transfer-ENCODING', encoding] as const]),
  ] as const
  const name = `R13 ${type} in ${encoding || 'no encoding'}`
  t.strictSame(contentOf(fields), expected, name)
  t.strictSame(contentOf(fields.toReversed()), expected, `${name}, the other way around`)
  const header = fields.map(([field, value]) => `${field}:${value}\r\n`).join('')
  t.strictSame(contentOfPart(header), expected, `${name}, in a part`)
  t.strictSame(contentOfPart(header.replaceAll('\r', '')), expected, `${name}, with LF`)
}

/** Headers of parts, and their content. */
for (const [name, header, expected] of [
  ['nothing', '', LEAF],
  ['no type', 'Content-Transfer-Encoding: base64\n', LEAF],
  ['a folded type', `Content-Type:\r\n ${PARTS.replace(' ', '\r\n\t')}\r\n`, multipart('b1')],
  ['two types', `Content-Type: text/plain\nContent-Type: ${PARTS}\n`, UNKNOWN],
  ['the same type twice', 'Content-Type: text/plain\nCONTENT-TYPE: text/plain\n', UNKNOWN],
  ['two encodings', 'Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: 7bit\n', UNKNOWN],
  ['two of other fields', 'X: 1\nX: 1\nContent-Description: x\nContent-Description: x\n', LEAF],
  ['a blank before the colon', `Content-Type : text/plain\n`, UNKNOWN],
  ['a line that is no field', 'X: 1\nx\n', UNKNOWN],
  ['a line that begins with a colon', ': x\n', UNKNOWN],
  ['a first line that is folded', ' X: 1\n', UNKNOWN],
  ['a field with a colon in its value', 'X: a:b\n', LEAF],
  ['the lowest and highest characters of a name', '!9;~: x\n', LEAF],
  ['a delete in a name', 'X\x7f: x\n', UNKNOWN],
] as const)
  t.strictSame(contentOfPart(header), expected, `R13 a part with ${name}`)

/** Names that a lenient server could read as one of the two fields. */
for (const name of ['Content-Type ', '\tContent-Type', 'Content\u00a0-Type', 'Con\0tent-Type'])
  t.strictSame(contentOf([[name, 'text/plain']]), UNKNOWN, `R13 ${JSON.stringify(name)}`)
for (const name of ['Content-Types', 'X-Content-Type', 'Content_Type', ''])
  t.strictSame(contentOf([[name, PARTS]]), LEAF, `R13 ${name}`)

t.strictSame(fieldsOf('A: 1\r\n\t2\n  3\r\nB:\n\n4\n'), ['A: 1 2 3', 'B:', '4'])
t.strictSame(fieldsOf(''), [])
