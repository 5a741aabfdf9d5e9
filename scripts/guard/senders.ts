/**
 * R13: From and Sender of items that a request sends, in elements, headers, and MIME.
 *
 * @module
 */

import {
  ALICE,
  answer,
  BOB,
  create,
  DRAFT,
  INVITATION,
  INVITING,
  MEETING,
  mailbox,
  meeting,
  message,
  mime,
  type Row,
  SAVED,
  sender,
  set,
  update,
} from './row.ts'

const DENIED = ['sender-refused']
const BODY = 'To: carol@example.com\r\nSubject: Row\r\n\r\nHello'

const FOREIGN: readonly (readonly [
  name: string,
  request: string,
  acts: boolean,
  given?: Row['given'],
])[] = [
  ['From of Bob', create(message(sender('From', BOB))), true],
  ['Sender of Bob', create(message(sender('Sender', BOB))), true],
  [
    'From in the messages namespace',
    create(message(sender('From', BOB)).replaceAll('t:From', 'm:From')),
    true,
  ],
  [
    'From of an address outside the organization',
    create(message(sender('From', 'boss@partner.example'))),
    true,
  ],
  [
    'two From',
    create(message(`<t:From>${mailbox(BOB)}</t:From><t:From>${mailbox(ALICE)}</t:From>`)),
    false,
  ],
  ['From of Bob with a reference', create(message(sender('From', 'b&#111;b@example.com'))), true],
  ['From of Bob in the second item', create(message('') + message(sender('From', BOB))), true],
  [
    'From of a reply',
    create(answer('ReplyToItem', 'mail', sender('From', BOB))),
    true,
    { mail: DRAFT },
  ],
  [
    'Sender of an acceptance',
    create(answer('AcceptItem', 'invitation', sender('Sender', BOB))),
    true,
    { invitation: INVITATION },
  ],
  [
    'Sender of a cancellation that is only saved',
    create(answer('CancelCalendarItem', 'meeting', sender('Sender', BOB)), SAVED),
    true,
    { meeting: MEETING },
  ],
  [
    'From of a mail behind a cancellation, both only saved',
    create(answer('CancelCalendarItem', 'meeting') + message(sender('From', BOB)), SAVED),
    false,
    { meeting: MEETING },
  ],
  [
    'From of a mail before a cancellation, both only saved',
    create(message(sender('From', BOB)) + answer('CancelCalendarItem', 'meeting'), SAVED),
    false,
    { meeting: MEETING },
  ],
  ['Organizer of a meeting', create(meeting(sender('Organizer', BOB)), INVITING), true],
  ['From of a meeting', create(meeting(sender('From', BOB)), INVITING), true],
  [
    'From of a draft that is sent',
    update('draft', set('<t:FieldURI FieldURI="message:From"/>', sender('From', BOB))),
    true,
    { draft: DRAFT },
  ],
  [
    'From of a draft under another path',
    update('draft', set('<t:FieldURI FieldURI="item:Subject"/>', sender('From', BOB))),
    true,
    { draft: DRAFT },
  ],
  ['From in MIME', create(`<t:Message>${mime(`From: ${BOB}\r\n${BODY}`)}</t:Message>`), true],
  [
    'Sender in MIME',
    create(`<t:Message>${mime(`From: ${ALICE}\r\nSender: ${BOB}\r\n${BODY}`)}</t:Message>`),
    true,
  ],
  [
    'From in MIME, folded',
    create(`<t:Message>${mime(`From:\r\n ${BOB}\r\n${BODY}`)}</t:Message>`),
    true,
  ],
  [
    'From in MIME, twice',
    create(`<t:Message>${mime(`From: ${BOB}\r\nFrom: ${ALICE}\r\n${BODY}`)}</t:Message>`),
    true,
  ],
  [
    'From in MIME of a draft',
    update(
      'draft',
      set('<t:FieldURI FieldURI="item:MimeContent"/>', mime(`From: ${BOB}\r\n${BODY}`)),
    ),
    true,
    { draft: DRAFT },
  ],
]

export const SENDERS: readonly Row[] = [
  ...FOREIGN.map(
    ([name, request, acts, given]): Row => ({
      name,
      ruling: 'R13',
      ...(given && { given }),
      request,
      reasons: DENIED,
      ...(acts && { effect: 'sender' }),
    }),
  ),
  ...FOREIGN.filter(
    ([, request, , given]) => given === undefined && request.includes('SendOnly'),
  ).map(
    ([name, request]): Row => ({
      name: `${name}, only saved`,
      ruling: 'R13',
      request: request.replace('SendOnly', 'SaveOnly'),
    }),
  ),
  { name: 'From of the user', ruling: 'R13', request: create(message(sender('From', ALICE))) },
  { name: 'ReplyTo of Bob', ruling: 'R13', request: create(message(sender('ReplyTo', BOB))) },
  {
    name: 'From of the user in other letters',
    ruling: 'R13',
    request: create(message(sender('From', ALICE.toUpperCase()))),
  },
  {
    name: 'From of the user in MIME',
    ruling: 'R13',
    request: create(`<t:Message>${mime(`From: "Alice" <${ALICE}>\r\n${BODY}`)}</t:Message>`),
  },
]
