/**
 * R13: the ORGANIZER of calendar content that is sent.
 *
 * @module
 */

import {
  attached,
  BOBS,
  calendar,
  lines,
  mail,
  multipart,
  nested,
  OWN,
  part,
  plain,
} from './calendars.ts'
import {
  ALICE,
  BOB,
  base64,
  create,
  DRAFT,
  INVITING,
  MEETING,
  meeting,
  message,
  mime,
  NOT_INVITING,
  type Row,
  SAVED,
  set,
  update,
} from './row.ts'

const CALENDAR = 'text/calendar; charset=utf-8; method=REQUEST'
const DENIED = ['sender-refused']

/** Calendar content, and whether a server like grommunio takes Bob for its sender. */
type Content = readonly [name: string, text: string, acts: boolean]

const organizer = (...written: readonly string[]) => calendar(...written)

const FOREIGN: readonly Content[] = [
  ['of Bob', BOBS, true],
  ['in small letters', organizer(`organizer:mailto:${BOB}`), true],
  ['in mixed case', organizer(`OrGaNiZeR:MAILTO:${BOB}`), true],
  ['with a name', organizer(`ORGANIZER;CN=Alice:MAILTO:${BOB}`), true],
  [
    'with a quoted name that has a colon',
    organizer(`ORGANIZER;CN="a:mailto:${ALICE}":mailto:${BOB}`),
    true,
  ],
  ['with many parameters', organizer(`ORGANIZER;ROLE=CHAIR;X-A="b;c":mailto:${BOB}`), true],
  ['folded in its name', organizer(`ORGANI\r\n ZER:mailto:${BOB}`), true],
  ['folded by a tab', organizer(`ORGANI\r\n\tZER:mailto:${BOB}`), true],
  ['folded in its address', organizer('ORGANIZER:mailto:b\r\n ob@example.com'), true],
  ['folded twice', organizer(`ORGANIZER\r\n ;CN=Alice\r\n :mailto:${BOB}`), true],
  [
    'folded so that the line looks like its own',
    organizer(`ORGANIZER:mailto:${ALICE}\r\n .evil.example`),
    true,
  ],
  ['without a scheme', organizer(`ORGANIZER:${BOB}`), true],
  ['of two', organizer(`ORGANIZER:mailto:${BOB}`, `ORGANIZER:mailto:${ALICE}`), true],
  [
    'of two, the own first',
    organizer(`ORGANIZER:mailto:${ALICE}`, `ORGANIZER:mailto:${BOB}`),
    false,
  ],
  ['of two events', OWN + BOBS, false],
  [
    'of the second event',
    calendar(`ORGANIZER:mailto:${ALICE}`, 'END:VEVENT', 'BEGIN:VEVENT', `ORGANIZER:mailto:${BOB}`),
    false,
  ],
  ['of a task', BOBS.replaceAll('VEVENT', 'VTODO'), true],
  ['before the event', BOBS.replace('VERSION:2.0', `ORGANIZER:mailto:${BOB}`), true],
  ['with line feeds alone', BOBS.replaceAll('\r\n', '\n'), true],
  ['with carriage returns alone', BOBS.replaceAll('\r\n', '\r'), false],
  ['missing', calendar(), false],
  ['empty', organizer('ORGANIZER:'), false],
  ['without an address', organizer('ORGANIZER;CN=Alice:invalid:nomail'), false],
  [
    'of an address outside the organization',
    organizer('ORGANIZER:mailto:boss@partner.example'),
    true,
  ],
  ['of an unknown address', organizer('ORGANIZER:mailto:nobody@example.com'), true],
  ['only in a folded line', organizer(`SUMMARY:Row\r\n ORGANIZER:mailto:${ALICE}`), false],
  [
    'with a blank behind its name',
    organizer(`ORGANIZER :mailto:${ALICE}`, `ORGANIZER:mailto:${BOB}`),
    true,
  ],
  ['with two schemes', organizer(`ORGANIZER:mailto:${BOB}mailto:${ALICE}`), true],
  ['of two addresses', organizer(`ORGANIZER:mailto:${ALICE},${BOB}`), true],
  ['with a query', organizer(`ORGANIZER:mailto:${ALICE}?from=${BOB}`), true],
  ['with an escape', organizer('ORGANIZER:mailto:bob%40example.com'), false],
  ['with a zero', organizer(`ORGANIZER\0:mailto:${ALICE}`), false],
  ['of a reply', BOBS.replace('METHOD:REQUEST', 'METHOD:REPLY'), true],
]

/** Places of a calendar in a message, and whether a server like grommunio finds it there. */
const PLACES: readonly (readonly [name: string, place: (text: string) => string, acts: boolean])[] =
  [
    ['alone', text => mail(part(CALENDAR, text)), true],
    ['in base64', text => mail(part(CALENDAR, text, 'base64')), true],
    ['in BASE64 with blanks', text => mail(part(CALENDAR, text, ' BASE64 ')), true],
    ['in quoted-printable', text => mail(part(CALENDAR, text, 'quoted-printable')), true],
    [
      'as an alternative',
      text => mail(multipart([plain, part(CALENDAR, text, 'base64')], 'alternative')),
      true,
    ],
    ['at depth 2', text => mail(nested(2, part(CALENDAR, text, 'base64'))), true],
    ['at depth 3', text => mail(nested(3, part(CALENDAR, text, 'quoted-printable'))), true],
    ['at depth 12', text => mail(nested(12, part(CALENDAR, text, 'base64'))), true],
    ['at depth 40', text => mail(nested(40, part(CALENDAR, text, 'base64'))), true],
    [
      'as an attachment',
      text =>
        mail(
          multipart([
            plain,
            part(CALENDAR, text, 'base64', ['Content-Disposition: attachment; filename=plan.ics']),
          ]),
        ),
      true,
    ],
    [
      'in an attached message',
      text => mail(multipart([plain, attached(mail(part(CALENDAR, text, 'base64')))])),
      true,
    ],
    [
      'in an attached message of an attached message',
      text =>
        mail(
          attached(
            mail(
              multipart(
                [plain, attached(mail(nested(2, part(CALENDAR, text, 'base64'))))],
                'mixed',
                9,
              ),
            ),
          ),
        ),
      true,
    ],
    [
      'behind another calendar',
      text => mail(multipart([part(CALENDAR, OWN), part(CALENDAR, text, 'base64')])),
      false,
    ],
    [
      'before another calendar',
      text => mail(multipart([part(CALENDAR, text, 'base64'), part(CALENDAR, OWN)])),
      true,
    ],
    ['with a type in capitals', text => mail(part('TEXT/CALENDAR', text)), true],
    [
      'with a folded type',
      text => mail(part('text/calendar;\r\n method=REQUEST', text, 'base64')),
      true,
    ],
    ['with a type behind a fold', text => mail(part('\r\n text/calendar', text, 'base64')), true],
    [
      'with a header in capitals',
      text => mail(part(CALENDAR, text, 'base64').replace('Content-Type', 'CONTENT-TYPE')),
      true,
    ],
    ['with a comment in its type', text => mail(part('text/(not)calendar', text, 'base64')), false],
    ['with a blank in its type', text => mail(part('text / calendar', text, 'base64')), false],
    [
      'of two types',
      text => mail(`Content-Type: text/plain\r\n${part(CALENDAR, text, 'base64')}`),
      false,
    ],
    [
      'of two types, this one first',
      text => mail(part(CALENDAR, text, 'base64', ['Content-Type: text/plain'])),
      true,
    ],
    [
      'with two encodings',
      text => mail(part(CALENDAR, text, 'base64', ['Content-Transfer-Encoding: 7bit'])),
      false,
    ],
    ['with an encoding of its own', text => mail(part(CALENDAR, text, 'x-uuencode')), true],
    [
      'in UTF-16',
      text => mail(part('text/calendar; charset=utf-16le', Buffer.from(text, 'utf16le'), 'base64')),
      false,
    ],
    [
      'in UTF-7',
      text =>
        mail(
          part(
            'text/calendar; charset=utf-7',
            text.replace('ORGANIZER', '+AE8-RGANIZER'),
            'base64',
          ),
        ),
      false,
    ],
    [
      'behind an unquoted boundary',
      text => mail(multipart([plain, part(CALENDAR, text, 'base64')]).replace('"b0"', 'b0')),
      true,
    ],
    [
      'behind a folded boundary',
      text =>
        mail(
          multipart([plain, part(CALENDAR, text, 'base64')]).replace(
            '; boundary',
            ';\r\n boundary',
          ),
        ),
      true,
    ],
    [
      'behind a boundary in capitals',
      text =>
        mail(
          multipart([plain, part(CALENDAR, text, 'base64')]).replace('; boundary', '; BOUNDARY'),
        ),
      true,
    ],
    [
      'behind a boundary with an escape',
      text => mail(multipart([plain, part(CALENDAR, text, 'base64')]).replace('"b0"', '"\\b0"')),
      true,
    ],
    [
      'behind two boundaries',
      text =>
        mail(
          multipart([plain, part(CALENDAR, text, 'base64')]).replace(
            'boundary="b0"',
            'boundary="b0"; boundary="no"',
          ),
        ),
      true,
    ],
    [
      'without an end of the multipart',
      text => mail(multipart([plain, part(CALENDAR, text, 'base64')]).replace('--b0--\r\n', '')),
      false,
    ],
    [
      'in a multipart in base64',
      text =>
        mail(
          multipart([plain, part(CALENDAR, text, 'base64')]).replace(
            '"\r\n',
            '"\r\nContent-Transfer-Encoding: base64\r\n',
          ),
        ),
      true,
    ],
    [
      'in a message with line feeds alone',
      text => mail(multipart([plain, part(CALENDAR, text, 'base64')])).replaceAll('\r\n', '\n'),
      true,
    ],
    [
      'in an attached message in base64',
      text =>
        mail(
          multipart([
            plain,
            part('message/rfc822', mail(part(CALENDAR, text, 'base64')), 'base64'),
          ]),
        ),
      true,
    ],
    [
      'in an attached message of another kind',
      text =>
        mail(multipart([plain, part('message/global', mail(part(CALENDAR, text, 'base64')))])),
      false,
    ],
  ]

const SUBPARTS: readonly (readonly [name: string, text: string, acts: boolean])[] = [
  [
    'behind a delimiter with more behind it',
    mail(
      multipart([plain, part(CALENDAR, BOBS, 'base64')]).replace(
        '--b0\r\nContent-Type: text/cal',
        '--b0 x\r\nContent-Type: text/cal',
      ),
    ),
    true,
  ],
  [
    'behind a delimiter that only begins like it',
    mail(
      multipart([plain, part(CALENDAR, BOBS, 'base64')]).replace(
        '--b0\r\nContent-Type: text/cal',
        '--b0x\r\nContent-Type: text/cal',
      ),
    ),
    true,
  ],
  [
    'in a body with carriage returns alone',
    mail(
      multipart([plain, part(CALENDAR, BOBS, 'base64')]).replace(/(?<=several).*/s, rest =>
        rest.replaceAll('\r\n', '\r'),
      ),
    ),
    false,
  ],
  [
    'in a multipart inside one with the same boundary',
    mail(multipart([multipart([plain, part(CALENDAR, BOBS, 'base64')])])),
    true,
  ],
  [
    'behind the end of the multipart',
    mail(lines(multipart([plain]), '--b0', part(CALENDAR, BOBS, 'base64'), '--b0--', '')),
    true,
  ],
  [
    'in a digest',
    mail(multipart([mail(part(CALENDAR, BOBS, 'base64')).replace(/^/, '\r\n')], 'digest')),
    false,
  ],
  [
    'in a digest with a type',
    mail(multipart([attached(mail(part(CALENDAR, BOBS, 'base64')))], 'digest')),
    true,
  ],
  [
    'behind a blank before the colon',
    mail(part(CALENDAR, BOBS, 'base64').replace('Content-Type:', 'Content-Type :')),
    false,
  ],
  [
    'behind a boundary in pieces',
    mail(
      multipart([plain, part(CALENDAR, BOBS, 'base64')]).replace(
        'boundary="b0"',
        'boundary*0="b"; boundary*1="0"',
      ),
    ),
    false,
  ],
  [
    'behind an encoded boundary',
    mail(
      multipart([plain, part(CALENDAR, BOBS, 'base64')]).replace(
        'boundary="b0"',
        "boundary*=utf-8''b0",
      ),
    ),
    true,
  ],
  [
    'behind a missing boundary',
    mail(multipart([plain, part(CALENDAR, BOBS, 'base64')]).replace('; boundary="b0"', '')),
    false,
  ],
  [
    'behind a boundary that ends in blanks',
    mail(
      multipart([plain, part(CALENDAR, BOBS, 'base64')]).replaceAll(
        '\r\n--b0\r\n',
        '\r\n--b0 \t\r\n',
      ),
    ),
    true,
  ],
  [
    'behind a boundary that begins like another',
    mail(
      multipart([plain, multipart([plain, part(CALENDAR, BOBS, 'base64')], 'mixed', 1)]).replaceAll(
        'b1',
        'b0x',
      ),
    ),
    false,
  ],
  [
    'in a type that only begins like multipart',
    mail(
      multipart([plain, part(CALENDAR, BOBS, 'base64')]).replace(
        'multipart/mixed',
        'multipart/x-own',
      ),
    ),
    true,
  ],
  [
    'with line breaks inside its base64',
    mail(part(CALENDAR, BOBS, 'base64').replace(/(\r\n\r\n.{7})/, '$1\r\n \t')),
    true,
  ],
  [
    'with characters inside its base64 that are none',
    mail(part(CALENDAR, BOBS, 'base64').replace(/(\r\n\r\n.{8})/, '$1-!*')),
    false,
  ],
  [
    'with padding inside its base64',
    mail(
      lines(
        `Content-Type: ${CALENDAR}`,
        'Content-Transfer-Encoding: base64',
        '',
        base64(OWN.slice(0, 30)),
        base64(BOBS),
      ),
    ),
    false,
  ],
  ['with an encoding that is missing', mail(lines(`Content-Type: ${CALENDAR}`, '', BOBS)), true],
  ['in binary', mail(part(CALENDAR, BOBS, 'binary')), true],
]

const denied = (name: string, request: string, acts: boolean, given?: Row['given']): Row => ({
  name,
  ruling: 'R13',
  ...(given && { given }),
  request,
  reasons: DENIED,
  ...(acts && { effect: 'sender' }),
})

const send = (content: string) => create(`<t:Message>${mime(content)}</t:Message>`)
const setMime = (content: string, how = 'SetItemField') =>
  set('<t:FieldURI FieldURI="item:MimeContent"/>', mime(content), how)

const foreign: readonly Row[] = [
  ...FOREIGN.flatMap(([name, text, acts]) => [
    denied(
      `ORGANIZER of a sent mail: ${name}`,
      send(mail(multipart([plain, part(CALENDAR, text, 'base64')]))),
      acts,
    ),
    denied(`ORGANIZER of a meeting: ${name}`, create(meeting(mime(text)), INVITING), acts),
  ]),
  ...PLACES.map(([name, place, acts]) =>
    denied(`a calendar of Bob ${name}`, send(place(BOBS)), acts),
  ),
  ...SUBPARTS.map(([name, text, acts]) => denied(`a calendar of Bob ${name}`, send(text), acts)),
  denied(
    'a second MIME content with a calendar of Bob',
    create(`<t:Message>${mime(mail(plain))}${mime(mail(part(CALENDAR, BOBS)))}</t:Message>`),
    false,
  ),
  {
    ...denied(
      'a part in the format of Outlook, whose properties count for the message',
      send(mail(multipart([plain, part('application/ms-tnef', 'x', 'base64')]))),
      false,
    ),
    beyond:
      'the gateway denies this format in the header of a message; a server finds it in a part',
  },
  denied(
    'a meeting whose MIME has a calendar part',
    create(meeting(mime(mail(nested(2, part(CALENDAR, BOBS))))), INVITING),
    true,
  ),
  denied(
    'a draft that gets a calendar of Bob',
    update('draft', setMime(mail(part(CALENDAR, BOBS)))),
    true,
    { draft: DRAFT },
  ),
  denied(
    'a draft to which a calendar of Bob is appended',
    update('draft', setMime(mail(part(CALENDAR, BOBS)), 'AppendToItemField')),
    true,
    { draft: DRAFT },
  ),
  denied(
    'a meeting that gets a calendar of Bob',
    update(
      'meeting',
      set('<t:FieldURI FieldURI="item:MimeContent"/>', mime(BOBS), 'SetItemField', 'CalendarItem'),
      'SendMeetingInvitationsOrCancellations="SendToAllAndSaveCopy"',
    ),
    true,
    { meeting: MEETING },
  ),
  denied(
    'a calendar of Bob in the other MIME content',
    send(mail(part(CALENDAR, BOBS))).replaceAll('MimeContent', 'MimeContentUTF8'),
    false,
  ),
  denied(
    'a calendar of Bob in the second item',
    create(`${message('')}<t:Message>${mime(mail(part(CALENDAR, BOBS)))}</t:Message>`),
    true,
  ),
  denied(
    'a calendar of Bob in the messages namespace',
    send(mail(part(CALENDAR, BOBS))).replaceAll('t:MimeContent', 'm:MimeContent'),
    true,
  ),
]

const allowed = (name: string, request: string, given?: Row['given']): Row => ({
  name,
  ruling: 'R13',
  ...(given && { given }),
  request,
})

const harmless: readonly Row[] = [
  allowed(
    'an invitation of the user',
    send(mail(multipart([plain, part(CALENDAR, OWN, 'base64')]))),
  ),
  allowed('a meeting of the user', create(meeting(mime(OWN)), INVITING)),
  ...(
    [
      ['in other letters', `organizer:MailTo:${ALICE.toUpperCase()}`],
      ['with a quoted name', `ORGANIZER;CN="Alice: the organizer":mailto:${ALICE}`],
      ['folded', `ORGANIZER;CN=Alice\r\n :mailto:al\r\n ice@example.com`],
    ] as const
  ).map(([name, written]) =>
    allowed(
      `an invitation of the user, ${name}`,
      send(mail(part(CALENDAR, calendar(written), 'quoted-printable'))),
    ),
  ),
  ...PLACES.filter(([, , acts]) => acts)
    .filter(([name]) =>
      [
        'alone',
        'in base64',
        'in quoted-printable',
        'as an alternative',
        'at depth 3',
        'as an attachment',
        'in an attached message',
      ].includes(name),
    )
    .map(([name, place]) => allowed(`a calendar of the user ${name}`, send(place(OWN)))),
  ...FOREIGN.map(([name, text]) =>
    allowed(
      `a saved mail with an ORGANIZER ${name}`,
      create(
        `<t:Message>${mime(mail(multipart([plain, part(CALENDAR, text, 'base64')])))}</t:Message>`,
        SAVED,
      ),
    ),
  ),
  allowed('a saved meeting of Bob', create(meeting(mime(BOBS)), NOT_INVITING)),
  allowed(
    'a mail that quotes a calendar',
    send(mail(part('text/plain', lines('Hello,', ...BOBS.split('\r\n').map(line => `> ${line}`))))),
  ),
  allowed(
    'a mail that quotes the type of a calendar',
    send(mail(part('text/plain', lines('Hello,', '', 'Content-Type: text/calendar', '')))),
  ),
  allowed(
    'a mail that quotes an ORGANIZER',
    send(mail(part('text/plain', lines('Hello,', `ORGANIZER:mailto:${BOB}`)))),
  ),
  allowed(
    'a mail with an attached mail of Bob',
    send(mail(multipart([plain, attached(mail(plain).replace(ALICE, BOB))]))),
  ),
  allowed('a mail in parts without a calendar', send(mail(nested(6, plain)))),
  allowed(
    'a mail with a file that is named like a calendar',
    send(
      mail(
        multipart([
          plain,
          part('application/octet-stream', 'x', 'base64', [
            'Content-Disposition: attachment; filename=plan.ics',
          ]),
        ]),
      ),
    ),
  ),
]

export const ORGANIZERS: readonly Row[] = [...foreign, ...harmless]
