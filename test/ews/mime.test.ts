/**
 * R13: who organizes what is sent, in calendars anywhere in a MIME message or alone.
 */

import fc from 'fast-check'
import t from 'tap'
import { LineSplitter } from '../../src/ews/line-splitter.ts'
import { MimeMessage } from '../../src/ews/mime-message.ts'
import { runs } from '../kit/runs.ts'
import { guardOn } from '../policy/guard-cases.ts'

const ANNS = 'ann@example.com'
const BOBS = 'bob@example.com'
const FROM = `From: Ann <${ANNS}>\r\nSubject: x\r\nMIME-Version: 1.0\r\n`

const sendersOf = (text: string | Uint8Array) => {
  const message = new MimeMessage()
  const bytes = Buffer.from(Buffer.from(text).toString('base64'))
  message.add(bytes, 0, bytes.length)
  return message.senders()
}
const create = (mime: string, element = 'CalendarItem') =>
  `<m:CreateItem MessageDisposition="SendAndSaveCopy" SendMeetingInvitations="SendToAllAndSaveCopy"><m:Items><t:${element}><t:MimeContent>${Buffer.from(mime).toString('base64')}</t:MimeContent></t:${element}></m:Items></m:CreateItem>`

const calendarOf = (organizer: string, rest = '') =>
  [
    'BEGIN:VCALENDAR',
    'PRODID:-//x//EN',
    'VERSION:2.0',
    'METHOD:REQUEST',
    'BEGIN:VEVENT',
    'UID:1',
    'SUMMARY:Meeting',
    organizer,
    'ATTENDEE;CN="Bob, B.";RSVP=TRUE:mailto:bob@example.com',
    rest,
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ]
    .filter((line, i, all) => line !== '' || i === all.length - 1)
    .join('\r\n')
const by = (address: string) => calendarOf(`ORGANIZER;CN=Somebody:mailto:${address}`)

const base64 = (text: string) =>
  Buffer.from(text)
    .toString('base64')
    .replace(/(.{76})/g, '$1\r\n')
const quoted = (text: string) =>
  text.replace(/[^\t\r\n -<>-~]|=/g, it =>
    [...Buffer.from(it)].map(b => `=${b.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
const part = (type: string, body: string, encoding = '') =>
  `Content-Type: ${type}\r\n${encoding === '' ? '' : `Content-Transfer-Encoding: ${encoding}\r\n`}\r\n${body}`
const multipart = (parts: readonly string[], boundary = 'b1', kind = 'alternative') =>
  `Content-Type: multipart/${kind}; boundary="${boundary}"\r\n\r\nPreamble\r\n` +
  `${parts.map(it => `--${boundary}\r\n${it}\r\n`).join('')}--${boundary}--\r\nEpilogue\r\n`
const TEXT = part('text/plain; charset=utf-8', 'Hello\r\n-- \r\nAnn', '7bit')
const CALENDAR = 'text/calendar; charset=utf-8; method=REQUEST'

const calendarPart = (calendar: string, encoding: string) => {
  const encode = { base64, 'quoted-printable': quoted }[encoding] ?? ((text: string) => text)
  return part(CALENDAR, encode(calendar), encoding)
}
const ENCODINGS = ['', '7bit', '8BIT', 'binary', 'base64', 'quoted-printable', ' Base64 ']

for (const encoding of ENCODINGS) {
  const key = encoding.trim().toLowerCase()
  const written = (calendar: string) => calendarPart(calendar, key).replace(key, encoding || key)
  for (const [address, foreign] of [
    [ANNS, false],
    [BOBS, true],
  ] as const) {
    const calendar = written(by(address))
    for (const [name, mime] of [
      ['alone', FROM + calendar],
      ['in a multipart', FROM + multipart([TEXT, calendar])],
      ['first in a multipart', FROM + multipart([calendar, TEXT])],
      ['two deep', FROM + multipart([multipart([TEXT, calendar], 'b2'), TEXT], 'b1', 'mixed')],
      [
        'three deep',
        FROM +
          multipart([multipart([multipart([TEXT, calendar], 'b3'), TEXT], 'b2')], 'b1', 'mixed'),
      ],
      [
        'in a message',
        FROM + multipart([TEXT, part('message/rfc822', `Subject: y\r\n${calendar}`)]),
      ],
      [
        'in a multipart of a message',
        FROM +
          multipart([part('message/rfc822', `Subject: y\r\n${multipart([TEXT, calendar], 'b2')}`)]),
      ],
      [
        'as an attachment',
        FROM +
          multipart([TEXT, `Content-Disposition: attachment; filename="x.ics"\r\n${calendar}`]),
      ],
      ['with LF', (FROM + multipart([TEXT, calendar])).replaceAll('\r\n', '\n')],
    ] as const) {
      const expected = foreign ? [ANNS, BOBS] : [ANNS]
      t.strictSame(sendersOf(mime), expected, `R13 a calendar of ${address}, ${encoding}, ${name}`)
      t.equal(guardOn(create(mime, 'Message')), foreign ? 'sender-refused' : undefined)
    }
  }
}

/** Calendar texts and their organizers. Undefined if the organizer is ambiguous. */
for (const [name, calendar, expected] of [
  ['of the user', by(ANNS), [ANNS]],
  ['of another user', by(BOBS), [BOBS]],
  ['of nobody', calendarOf(''), undefined],
  ['with capitals', calendarOf(`organizer:MAILTO:${BOBS}`), [BOBS]],
  ['without a scheme', calendarOf(`ORGANIZER:${BOBS}`), [BOBS]],
  ['of two', calendarOf(`ORGANIZER:mailto:${ANNS}`, `ORGANIZER:mailto:${BOBS}`), [ANNS, BOBS]],
  ['of the same twice', calendarOf(`ORGANIZER:mailto:${ANNS}`, `ORGANIZER:mailto:${ANNS}`), [ANNS]],
  ['folded', calendarOf(`ORGANIZER;CN=x:mailto:bo\r\n b@example.com`), [BOBS]],
  ['folded by a tab', calendarOf(`ORGANIZER\r\n\t;CN=x:mailto:bob@example.com`), [BOBS]],
  ['folded in its name', calendarOf(`ORGA\r\n NIZER:mailto:bob@example.com`), [BOBS]],
  [
    'in a continuation',
    calendarOf(`SUMMARY:x\r\n ORGANIZER:mailto:${BOBS}`, `ORGANIZER:mailto:${ANNS}`),
    undefined,
  ],
  [
    'in a continuation with blanks',
    calendarOf(`SUMMARY:x\r\n   Organizer : mailto:${BOBS}`, `ORGANIZER:mailto:${ANNS}`),
    undefined,
  ],
  ['with a blank before the colon', calendarOf(`ORGANIZER :mailto:${BOBS}`), undefined],
  ['with a byte that is not seen', calendarOf(`\u00a0ORGANIZER:mailto:${BOBS}`), undefined],
  ['in a group', calendarOf(`g1.ORGANIZER:mailto:${BOBS}`), undefined],
  ['with a zero', calendarOf(`X:\0`, `ORGANIZER:mailto:${ANNS}`), undefined],
  [
    'with a lone carriage return',
    calendarOf(`X:a\rORGANIZER:mailto:${BOBS}`, `ORGANIZER:mailto:${ANNS}`),
    undefined,
  ],
  ['with a quoted name', calendarOf(`ORGANIZER;CN="Ann: x; y, z":mailto:${ANNS}`), [ANNS]],
  ['with an open quote', calendarOf(`ORGANIZER;CN="Ann:mailto:${ANNS}`), undefined],
  ['with a quote in a name', calendarOf(`ORGANIZER;CN=A"nn:mailto:${ANNS}`), undefined],
  ['with two addresses', calendarOf(`ORGANIZER:mailto:${ANNS},${BOBS}`), undefined],
  ['with brackets', calendarOf(`ORGANIZER:mailto:<${ANNS}>`), undefined],
  ['with a query', calendarOf(`ORGANIZER:mailto:${ANNS}?cc=x`), undefined],
  ['with no address', calendarOf('ORGANIZER:invalid:nomail'), undefined],
  ['without a value', calendarOf('ORGANIZER'), undefined],
  ['with an empty value', calendarOf('ORGANIZER:'), undefined],
  [
    'sent by another user',
    calendarOf(`ORGANIZER;SENT-BY="mailto:${BOBS}":mailto:${ANNS}`),
    [ANNS, BOBS],
  ],
  [
    'sent by another user, unquoted',
    calendarOf(`ORGANIZER;SENT-BY=${BOBS}:mailto:${ANNS}`),
    [ANNS, BOBS],
  ],
  ['with another address', calendarOf(`ORGANIZER;EMAIL=${BOBS}:mailto:${ANNS}`), [ANNS, BOBS]],
  [
    'sent by two',
    calendarOf(`ORGANIZER;SENT-BY="mailto:${ANNS}","mailto:${BOBS}":mailto:${ANNS}`),
    undefined,
  ],
  ['sent by nobody', calendarOf(`ORGANIZER;SENT-BY="x":mailto:${ANNS}`), undefined],
  [
    'with a sender of its own',
    calendarOf(`ORGANIZER:mailto:${ANNS}`, `X-MS-OLK-SENDER:mailto:${BOBS}`),
    [ANNS, BOBS],
  ],
  [
    'with a line that is long',
    calendarOf(`DESCRIPTION:${'x'.repeat(9_000)}`, `ORGANIZER:mailto:${ANNS}`),
    [ANNS],
  ],
  [
    'with many lines',
    calendarOf(`DESCRIPTION:x${'\r\n yyy'.repeat(900)}`, `ORGANIZER:mailto:${ANNS}`),
    [ANNS],
  ],
  [
    'with an organizer that is too long',
    calendarOf(`ORGANIZER;CN=${'x'.repeat(2_048)}:mailto:${ANNS}`),
    undefined,
  ],
  [
    'with a fold that is too long',
    calendarOf(`ORGANIZER;CN=x${'\r\n yyy'.repeat(900)}:mailto:${ANNS}`),
    undefined,
  ],
  [
    'with too many',
    calendarOf(Array.from({ length: 21 }, (_, n) => `ORGANIZER:u${n}@example.com`).join('\r\n')),
    undefined,
  ],
  ['with another property', calendarOf(`ORGANIZERS:${BOBS}`, `ORGANIZER:mailto:${ANNS}`), [ANNS]],
  [
    'with a text about one',
    calendarOf(`SUMMARY:The ORGANIZER: ${BOBS}`, `ORGANIZER:mailto:${ANNS}`),
    [ANNS],
  ],
] as const) {
  t.strictSame(sendersOf(calendar), expected, `R13 a calendar alone, ${name}`)
  const inside = expected && [...new Set([ANNS, ...expected])]
  for (const encoding of ['7bit', 'base64', 'quoted-printable'])
    t.strictSame(
      sendersOf(FROM + multipart([TEXT, calendarPart(calendar, encoding)])),
      inside,
      `R13 a calendar in ${encoding}, ${name}`,
    )
}

/** Messages with a calendar of Bob somewhere, and messages that can't be divided unambiguously. */
const CODED = calendarPart(by(BOBS), 'base64')
const OWN = calendarPart(by(ANNS), 'base64')
const closed = multipart([TEXT], 'b2')
const alternative = (parameters: string) =>
  `Content-Type: multipart/alternative; ${parameters}\r\n\r\n--b1\r\n${CODED}\r\n--b1--\r\n`
for (const [name, mime] of [
  ['in the preamble of nothing', `${FROM}\r\nBEGIN:VCALENDAR\r\nORGANIZER:mailto:${BOBS}`],
  ['in a text', FROM + part('text/plain', by(BOBS))],
  ['behind a text', FROM + part('text/plain', `Hello\r\n\r\n${by(BOBS)}`)],
  ['behind blanks', FROM + part('text/plain', `  begin : vcalendar\r\nORGANIZER:mailto:${BOBS}`)],
  [
    'behind a mark of byte order',
    FROM + part('text/plain', `\ufeffBEGIN:VCALENDAR\r\nORGANIZER:${BOBS}`),
  ],
  ['that is folded', FROM + part('text/plain', `BEG\r\n IN:VCALENDAR\r\nORGANIZER:mailto:${BOBS}`)],
  ['of an event alone', FROM + part('text/plain', `BEGIN:VEVENT\r\nORGANIZER:mailto:${BOBS}`)],
  [
    'with lone carriage returns',
    FROM + part('text/plain', `x\rBEGIN:VCALENDAR\rORGANIZER:mailto:${BOBS}`),
  ],
  [
    'with a header',
    `BEGIN:VCALENDAR\r\nORGANIZER:mailto:${ANNS}\r\nFrom: ${BOBS}\r\nEND:VCALENDAR\r\n`,
  ],
  [
    'with a header and a blank',
    `BEGIN:VCALENDAR\r\nORGANIZER:mailto:${ANNS}\r\n Sender : ${BOBS}\r\n`.replace(
      '\r\n Sender',
      '\r\nSender',
    ),
  ],
  ['with a part', `BEGIN:VCALENDAR\r\nORGANIZER:mailto:${ANNS}\r\n${CODED}`],
  ['without a boundary', FROM + alternative('x=y')],
  ['with an empty boundary', FROM + alternative('boundary=""')],
  ['with two boundaries', FROM + alternative('boundary=b0; boundary=b1')],
  ['with a boundary in parts', FROM + alternative('boundary*0=b; boundary*1=1')],
  ['with an encoded boundary', FROM + alternative("boundary*=utf-8''b1")],
  ['with a boundary and a comment', FROM + alternative('boundary=b1 (x)')],
  ['with a boundary and a comment before', FROM + alternative('(x) boundary=b1')],
  ['with an escaped boundary', FROM + alternative('boundary="b\\1"')],
  ['with a boundary without an equals sign', FROM + alternative('boundary b1')],
  ['with a boundary that ends in a blank', FROM + alternative('boundary="b1 "')],
  ['with a boundary that is too long', FROM + alternative(`boundary=${'b'.repeat(201)}`)],
  ['with two types', `${FROM}Content-Type: text/plain\r\n${multipart([CODED])}`],
  ['with two types in a part', FROM + multipart([`Content-Type: text/plain\r\n${CODED}`])],
  ['with two encodings', FROM + multipart([`Content-Transfer-Encoding: 7bit\r\n${OWN}`])],
  ['with a blank behind a name', FROM + multipart([CODED.replace('Type:', 'Type :')])],
  ['with a blank behind a name above', FROM + multipart([CODED]).replace('Type:', 'Type :')],
  ['with a line that is no field', FROM + multipart([CODED.replace('\r\n', '\r\nx\r\n')])],
  ['with a zero in a field', FROM + multipart([CODED.replace('method', '\0method')])],
  ['with a header that begins folded', FROM + multipart([` x\r\n${CODED}`])],
  [
    'with an encoded type',
    FROM + multipart([CODED.replace('text/calendar', '=?utf-8?Q?text/calendar?=')]),
  ],
  [
    'with a comment in its type',
    FROM + multipart([CODED.replace('text/calendar', '(x) text/calendar')]),
  ],
  [
    'with two types in one',
    FROM + multipart([CODED.replace('text/calendar', 'text/plain, text/calendar')]),
  ],
  [
    'of another calendar type',
    FROM + multipart([OWN.replace('text/calendar', 'application/calendar+xml')]),
  ],
  ['of an old calendar type', FROM + multipart([OWN.replace('text/calendar', 'text/x-vcalendar')])],
  ['of another encoding', FROM + multipart([OWN.replace('base64', 'x-uuencode')])],
  ['of another character set', FROM + multipart([OWN.replace('utf-8', 'utf-7')])],
  ['of two character sets', FROM + multipart([OWN.replace('utf-8', 'utf-8; charset=utf-16')])],
  ['of a character set in parts', FROM + multipart([OWN.replace('charset=', 'charset*=')])],
  ['with bad parameters', FROM + multipart([OWN.replace('method=', '=')])],
  ['in a digest', FROM + multipart([TEXT], 'b1', 'digest')],
  ['in an encoded multipart', `${FROM}Content-Transfer-Encoding: base64\r\n${multipart([TEXT])}`],
  [
    'in an encoded message',
    FROM + multipart([part('message/rfc822', base64(`Subject: y\r\n${CODED}`), 'base64')]),
  ],
  ['in a part of a message', FROM + multipart([part('message/partial; id=x; number=1', CODED)])],
  [
    'in a message elsewhere',
    FROM + multipart([part('message/external-body; access-type=x', CODED)]),
  ],
  [
    'in properties',
    FROM + multipart([TEXT, part('application/ms-tnef; name=winmail.dat', 'eJ8+', 'base64')]),
  ],
  [
    'in properties of another name',
    FROM + multipart([part('application/vnd.ms-tnef', 'eJ8+', 'base64')]),
  ],
  ['in a multipart that is not closed', FROM + multipart([TEXT]).replace('--b1--', '')],
  [
    'in an inner multipart that is not closed',
    FROM + multipart([closed.replace('--b2--', ''), CODED]),
  ],
  ['behind the end of a multipart', FROM + multipart([`${closed}\r\n--b2\r\n${TEXT}`])],
  ['behind the end of everything', `${FROM}${multipart([TEXT])}--b1\r\n${TEXT}\r\n--b1--\r\n`],
  ['after a longer boundary', FROM + multipart([TEXT.replace('Hello', `--b1x\r\n${TEXT}`)])],
  ['behind a boundary with a text', FROM + multipart([TEXT.replace('Hello', '--b1 x')])],
  [
    'behind a boundary with a long tail',
    FROM + multipart([TEXT.replace('Hello', `--b1${' '.repeat(600)}`)]),
  ],
  [
    'behind a boundary with a text far behind it',
    FROM + multipart([TEXT]).replace('--b1\r\n', `--b1${' '.repeat(508)}x\r\n`),
  ],
  [
    'behind an outer boundary',
    FROM + multipart([`${multipart([TEXT], 'b2').replace('Preamble', '--b1')}`]),
  ],
  ['with boundaries that begin alike', FROM + multipart([multipart([TEXT], 'b11')])],
  ['with boundaries that begin alike the other way', FROM + multipart([multipart([TEXT], 'b')])],
  ['with the same boundary twice', FROM + multipart([multipart([TEXT], 'b1')])],
  ['with a part that has no end of its header', FROM + multipart(['Content-Type: text/plain'])],
  ['with a header that is too long', FROM + multipart([`X: ${'x'.repeat(16_384)}\r\n${TEXT}`])],
  ['with base64 that has other characters', FROM + multipart([OWN.replace('QkVH', 'QkV*H')])],
  [
    'with base64 in two pieces',
    FROM + multipart([part(CALENDAR, `${base64('x')}\r\n${base64(by(ANNS))}`, 'base64')]),
  ],
  [
    'with base64 of URLs',
    FROM + multipart([part(CALENDAR, `${base64(by(ANNS)).replace('=', '')}-_`, 'base64')]),
  ],
  [
    'with base64 that is cut',
    FROM + multipart([part(CALENDAR, base64(by(ANNS)).replace(/[^=]=*\s*$/, ''), 'base64')]),
  ],
  [
    'with a line of base64 that ends in dashes',
    FROM +
      multipart([part(CALENDAR, `${base64(by(ANNS))}\r\n--fake\r\n${base64(by(BOBS))}`, 'base64')]),
  ],
  [
    'with an escape that is none',
    FROM +
      multipart([part(CALENDAR, quoted(by(ANNS)).replace('Meeting', '=ZZ'), 'quoted-printable')]),
  ],
  [
    'with an escape in small letters',
    FROM +
      multipart([
        part(CALENDAR, quoted(by(ANNS)).replace('Meeting', '=c3=a4'), 'quoted-printable'),
      ]),
  ],
  [
    'with an escape that is cut',
    FROM +
      multipart([part(CALENDAR, quoted(by(ANNS)).replace('Meeting', 'x=4'), 'quoted-printable')]),
  ],
  [
    'with blanks behind a soft line break',
    FROM +
      multipart([
        part(CALENDAR, quoted(by(ANNS)).replace('Meeting', 'x= \r\ny'), 'quoted-printable'),
      ]),
  ],
  [
    'with a soft line break in a name',
    FROM +
      multipart([
        part(CALENDAR, quoted(by(BOBS)).replace('ORGANIZER', 'ORGA=\r\nNIZER'), 'quoted-printable'),
      ]),
  ],
  [
    'with an escaped name',
    FROM +
      multipart([
        part(CALENDAR, quoted(by(BOBS)).replace('ORGANIZER', '=4FRGANIZER'), 'quoted-printable'),
      ]),
  ],
  [
    'behind a soft line break',
    FROM +
      multipart([
        part(
          CALENDAR,
          quoted(calendarOf('X:y@', `ORGANIZER:mailto:${ANNS}`)).replace(
            'X:y@',
            `X:y=\r\nORGANIZER:mailto:${BOBS}`,
          ),
          'quoted-printable',
        ),
      ]),
  ],
  [
    'behind an escaped line break',
    FROM +
      multipart([
        part(
          CALENDAR,
          quoted(calendarOf('X:y@', `ORGANIZER:mailto:${ANNS}`)).replace(
            'X:y@',
            `X:y=0D=0AORGANIZER:mailto:${BOBS}`,
          ),
          'quoted-printable',
        ),
      ]),
  ],
  [
    'behind an escaped carriage return',
    FROM +
      multipart([
        part(
          CALENDAR,
          quoted(calendarOf('X:y@', `ORGANIZER:mailto:${ANNS}`)).replace(
            'X:y@',
            `X:y=0DORGANIZER:mailto:${BOBS}`,
          ),
          'quoted-printable',
        ),
      ]),
  ],
  ['in the second of two', FROM + multipart([OWN, CODED])],
  ['in the first of two', FROM + multipart([CODED, OWN])],
  [
    'with a calendar of nobody beside it',
    FROM + multipart([OWN, calendarPart(calendarOf(''), 'base64')]),
  ],
  [
    'too deep',
    FROM +
      Array.from({ length: 21 }, (_, n) => `z${n}z`).reduce(
        (inner, b) => multipart([inner], b),
        TEXT,
      ),
  ],
  ['with a blank behind the name of a plain type', `${FROM}Content-Type : text/plain\r\n\r\nHello`],
  [
    'in an encoded message that seems plain',
    FROM +
      multipart([
        part(
          'message/rfc822',
          `X: y=0D=0A${quoted(CODED.replaceAll('\r\n', '|')).replaceAll('|', '=0D=0A')}\r\n\r\nx`,
          'quoted-printable',
        ),
      ]),
  ],
  [
    'with another boundary before',
    `${FROM}Content-Type: multipart/mixed; boundary=b1; boundary=b0\r\n\r\n--b0\r\n${part('text/plain', `--b1\r\n${CODED}\r\n--b1--`)}\r\n--b0--\r\n`,
  ],
  [
    'of nothing in an inner multipart that is not closed',
    FROM + multipart([closed.replace('--b2--', '')]),
  ],
  ['with a zero in another field', FROM + multipart([`X: a\0\r\n${TEXT}`])],
  [
    'with an escape that is nearly one',
    FROM +
      multipart([part(CALENDAR, quoted(by(ANNS)).replace('Meeting', '=4G'), 'quoted-printable')]),
  ],
  ['of the user in a group', calendarOf(`g1.ORGANIZER:mailto:${BOBS}`, `ORGANIZER:mailto:${ANNS}`)],
  [
    'of the user behind a blank',
    calendarOf(`ORGANIZER :mailto:${BOBS}`, `ORGANIZER:mailto:${ANNS}`),
  ],
  [
    'of the user behind a byte that is not seen',
    calendarOf(`\u00a0ORGANIZER:mailto:${BOBS}`, `ORGANIZER:mailto:${ANNS}`),
  ],
  [
    'with an organizer whose address is cut',
    calendarOf(
      `${`ORGANIZER;CN=${'x'.repeat(2_048)}`.slice(0, 2_048 - `:mailto:${ANNS}`.length)}:mailto:${ANNS}.evil.example`,
    ),
  ],
  ['with lone carriage returns in a part', FROM + multipart([TEXT.replace('Hello', 'a\rb')])],
] as const)
  t.equal(guardOn(create(mime, 'Message')), 'sender-refused', `R13 a calendar ${name}`)

for (const [name, mime] of [
  [
    'a text that speaks of an organizer',
    FROM + part('text/plain', `Organizer: Bob\r\nORGANIZER:mailto:${BOBS}`),
  ],
  ['a text that begins with b', FROM + part('text/plain', 'Bob, be\r\nbegin now: x')],
  ['a text in one long line', FROM + part('text/html', 'x'.repeat(200_000))],
  ['a boundary without quotes', FROM + multipart([TEXT, OWN], '----=_Part_1.2').replace(/"/g, '')],
  ['a boundary with blanks', FROM + multipart([TEXT, OWN], "a b'()+_,-./:=?c")],
  [
    'a boundary with blanks behind it',
    FROM + multipart([TEXT, OWN]).replaceAll('--b1\r\n', '--b1 \t\r\n'),
  ],
  [
    'a type in capitals',
    FROM +
      multipart([
        OWN.replace('text/calendar', 'TEXT/Calendar').replace('Content-Type', 'CONTENT-TYPE'),
      ]),
  ],
  ['a folded type', FROM + multipart([OWN.replace('; ', ';\r\n\t')])],
  ['a part without a header', FROM + multipart(['\r\nHello'])],
  [
    'a forwarded message',
    FROM + multipart([TEXT, part('message/rfc822', `From: ${BOBS}\r\nSubject: y\r\n\r\nHello`)]),
  ],
  [
    'a forwarded report',
    FROM +
      multipart(
        [part('message/delivery-status', 'Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: y')],
        'b1',
        'report',
      ),
  ],
  [
    'an attachment',
    FROM +
      multipart([
        TEXT,
        part('application/pdf; name="calendar.pdf"', base64('x'.repeat(9_000)), 'base64'),
      ]),
  ],
  [
    'an attachment in another encoding',
    FROM +
      multipart([part('application/octet-stream', 'begin 644 x\r\n#0V%T\r\nend', 'x-uuencode')]),
  ],
  [
    'multiparts that begin alike, one after the other',
    FROM + multipart([multipart([TEXT], 'c1'), multipart([TEXT], 'c11')]),
  ],
  [
    'a multipart with the boundary of one that has ended',
    FROM + multipart([multipart([TEXT], 'c1'), multipart([TEXT], 'c1')]),
  ],
  [
    'twenty multiparts',
    FROM +
      Array.from({ length: 20 }, (_, n) => `z${n}z`).reduce(
        (inner, b) => multipart([inner], b),
        TEXT,
      ),
  ],
  ['a header of nearly 16 KiB', FROM + multipart([`X: ${'x'.repeat(16_000)}\r\n${TEXT}`])],
  ['a last line without an end', (FROM + multipart([OWN])).replace(/\r\nEpilogue\r\n$/, '')],
] as const)
  t.equal(guardOn(create(mime, 'Message')), undefined, `R13 ${name}`)

for (const [name, text] of [
  ['that is cut', base64(`${FROM}\r\nHello!`).replace(/\s+/g, '').slice(0, -1)],
  ['without its padding', base64(`${FROM}\r\nHello`).replace(/[=\s]+/g, '')],
  ['with too much padding', `${base64(`${FROM}\r\nx`).trim()}====`],
] as const) {
  const message = new MimeMessage()
  message.add(Buffer.from(text), 0, text.length)
  t.equal(message.senders(), undefined, `R13 base64 ${name}`)
}

t.test('R13 LineSplitter detects a single carriage return wherever chunks end', async t => {
  for (const [chunks, bare] of [
    [['a\r', '\nb'], false],
    [['a\r\n', 'b\r\n'], false],
    [['a\r', 'b\n'], true],
    [['a\rb\n'], true],
    [['a\r\r\n'], true],
    [['a\r', '', '\n'], false],
    [['a\r', '', 'b'], true],
    [['a\r\nb\rc'], true],
    [['a\r'], false],
  ] as const) {
    const lines = new LineSplitter(1_000, () => undefined)
    for (const chunk of chunks) lines.add(Buffer.from(chunk))
    lines.end()
    t.equal(lines.hasBareCr, bare, JSON.stringify(chunks))
  }
})

t.test('R13 MimeMessage reads the same wherever its text is split', async t => {
  const mime =
    FROM + multipart([TEXT, OWN, multipart([calendarPart(by(BOBS), 'quoted-printable')], 'b2')])
  const bytes = Buffer.from(base64(mime))
  for (let at = 0; at <= bytes.length; at++) {
    const message = new MimeMessage()
    message.add(bytes, 0, at)
    message.add(bytes, at, bytes.length)
    const senders = message.senders()
    if (senders?.join() !== `${ANNS},${BOBS}`) t.strictSame(senders, [ANNS, BOBS], `split at ${at}`)
  }
  const message = new MimeMessage()
  for (const byte of bytes) message.addCharacter(String.fromCharCode(byte))
  t.strictSame(message.senders(), [ANNS, BOBS])
})

t.test('R13 a large message keeps only facts about its parts in memory', async t => {
  const attachment = part('application/octet-stream', base64('x'.repeat(4 << 20)), 'base64')
  t.strictSame(sendersOf(FROM + multipart([TEXT, attachment, CODED])), [ANNS, BOBS])
  const told: (readonly [length: number, isWhole: boolean])[] = []
  const lines = new LineSplitter(1_000, (_, from, to, isWhole) => told.push([to - from, isWhole]))
  for (let n = 0; n < 100; n += 1) lines.add(Buffer.from('x'.repeat(900)))
  lines.add(Buffer.from('\nshort\n'))
  lines.add(Buffer.from(`${'y'.repeat(1_001)}\n${'z'.repeat(1_000)}\n`))
  lines.end()
  t.strictSame(told, [
    [1_000, false],
    [5, true],
    [1_000, false],
    [1_000, true],
  ])
})

t.test(
  'R13 a line that is too long to be searched could have a delimiter if it has a dash',
  async t => {
    const long = 'A'.repeat(70_000)
    for (const [name, line, senders] of [
      ['base64 in one line', long, [ANNS]],
      ['a delimiter in the rest', `${long} --b1`, undefined],
      ['a delimiter at the limit', `${'A'.repeat(65_533)}--b1${long}`, undefined],
      ['a dash before a long rest', `- ${long}`, undefined],
    ] as const) {
      const message = FROM + multipart([part('application/octet-stream', line, 'base64')])
      t.strictSame(sendersOf(message), senders, name)
      const after = FROM + multipart([part('text/plain', `${line}\r\n${long}\r\nx`), TEXT])
      t.strictSame(sendersOf(after), senders, `${name}, before another long line`)
    }
  },
)

/** A message with parts of any kind, and whether one of them is a calendar of Bob's. */
type Tree = Readonly<{ text: (depth: number) => string; foreign: boolean }>

const leaf = fc.constantFrom<Tree>(
  ...['7bit', 'base64', 'quoted-printable'].flatMap(encoding => [
    { text: () => calendarPart(by(BOBS), encoding), foreign: true },
    { text: () => calendarPart(by(ANNS), encoding), foreign: false },
  ]),
  { text: () => TEXT, foreign: false },
  { text: () => part('image/png', base64('\0\x01\xff'.repeat(99)), 'base64'), foreign: false },
)
const tree = fc.letrec<{ node: Tree }>(tie => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map(nodes => ({
      text: (depth: number) =>
        multipart(
          nodes.map(it => it.text(depth + 1)),
          `=_${depth}_x`,
          'mixed',
        ),
      foreign: nodes.some(it => it.foreign),
    })),
    tie('node').map(node => ({
      text: (depth: number) => part('message/rfc822', `From: ${BOBS}\r\n${node.text(depth + 1)}`),
      foreign: node.foreign,
    })),
  ),
})).node
const found = fc.check(
  fc.property(tree, ({ text, foreign }) => {
    const senders = sendersOf(FROM + text(0))
    return foreign ? senders?.includes(BOBS) === true : senders?.join() === ANNS
  }),
  { numRuns: runs(750) },
)
t.notOk(found.failed, 'R13 MimeMessage finds every calendar at any depth, and no other', found)

/** A calendar of Bob's whose message is damaged must not pass as one without it. */
const damaged = fc.check(
  fc.property(
    tree,
    fc.array(
      fc.tuple(fc.nat(2_000), fc.constantFrom('\r', '\n', ' ', '-', '=', '"', ';', ':', '\0', '')),
      { maxLength: 2 },
    ),
    ({ text, foreign }, edits) => {
      if (!foreign) return true
      let mime = FROM + text(0)
      for (const [at, insert] of edits) {
        // Without the lines that mark a calendar, the message has none.
        const line = mime.slice(mime.lastIndexOf('\n', at) + 1, mime.indexOf('\n', at))
        if (!/^(--|BEGIN|ORG|Content-Type: multipart)/.test(line)) continue
        mime = insert === '' ? mime : mime.slice(0, at) + insert + mime.slice(at)
      }
      return !(sendersOf(mime)?.join() === ANNS && looksForeign(mime))
    },
  ),
  { numRuns: runs(1_250) },
)
/** The boldest reader: lines are divided anywhere, and a calendar is wherever its first line is. */
function looksForeign(mime: string): boolean {
  const lines = mime.split(/\r\n|\r|\n/)
  const start = lines.findIndex(line => /^\s*BEGIN:V/i.test(line))
  return start !== -1 && lines.slice(start).some(line => /^\s*ORGANIZER.*bob@/i.test(line))
}
t.notOk(damaged.failed, 'R13 no damage hides a calendar that can be seen', damaged)
