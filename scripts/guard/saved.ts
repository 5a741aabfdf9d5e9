/**
 * R13: saved items that are sent later. Only the server knows their senders.
 *
 * @module
 */

import { BOBS, calendar, mail, nested, OWN, part } from './calendars.ts'
import {
  ALICE,
  answer,
  BOB,
  byTag,
  create,
  DRAFT,
  id,
  meeting,
  message,
  mime,
  NOT_INVITING,
  type PriorRequest,
  property,
  type Row,
  SAVED,
  SENT,
  SUBJECT,
  sender,
  update,
} from './row.ts'

const DENIED = ['sender-refused']
const send = (ids: string, how = 'SaveItemToFolder="true"') =>
  `<m:SendItem ${how}><m:ItemIds>${ids}</m:ItemIds></m:SendItem>`
const saved = (content: string): PriorRequest => ({ request: create(message(content), SAVED) })
const savedMime = (text: string): PriorRequest => ({
  request: create(`<t:Message>${mime(text)}</t:Message>`, SAVED),
})

const FOREIGN = saved(sender('From', BOB))
const HEAD = 'To: carol@example.com\r\nSubject: Row\r\n\r\nHello'

type Sent = Omit<Row, 'ruling' | 'asks'>
const denied = (row: Sent): Row => ({ ruling: 'R13', reasons: DENIED, asks: true, ...row })
const allowed = (row: Omit<Sent, 'effect' | 'reasons'>): Row => ({
  ruling: 'R13',
  asks: true,
  ...row,
})

/** Drafts, and whether only a server like grommunio reports Bob as their sender. */
const DRAFTS: readonly (readonly [name: string, draft: PriorRequest, server?: 'gromox'])[] = [
  ['From of Bob', FOREIGN],
  ['Sender of Bob', saved(sender('Sender', BOB))],
  ['From of the user and Sender of Bob', saved(sender('From', ALICE) + sender('Sender', BOB))],
  ['From of an address outside the organization', saved(sender('From', 'boss@partner.example'))],
  ['From of Bob in MIME', savedMime(`From: Bob <${BOB}>\r\n${HEAD}`)],
  ['Sender of Bob in MIME', savedMime(`From: ${ALICE}\r\nSender: ${BOB}\r\n${HEAD}`)],
  ['property 0x0065 of Bob', saved(property(byTag('0x0065'), BOB)), 'gromox'],
  ['property 0x5D02 of Bob', saved(property(byTag('0x5D02'), BOB)), 'gromox'],
  ['property 0x0C1F of Bob', saved(property(byTag('0x0C1F'), BOB)), 'gromox'],
  ['a calendar of Bob', savedMime(mail(part('text/calendar', BOBS))), 'gromox'],
  [
    'a calendar of Bob at depth 3',
    savedMime(mail(nested(3, part('text/calendar', BOBS)))),
    'gromox',
  ],
]

const drafts: readonly Row[] = DRAFTS.map(([name, draft, server]) =>
  denied({
    name: `SendItem of a draft with ${name}`,
    given: { draft },
    request: send(id('draft')),
    effect: 'sender',
    ...(server && { server }),
  }),
)

const given = { draft: FOREIGN }
const ways: readonly Row[] = [
  denied({
    name: 'SendItem without a ChangeKey',
    given,
    request: send('<t:ItemId Id="{draft.Id}"/>'),
    effect: 'sender',
  }),
  denied({
    name: 'SendItem with another ChangeKey',
    given,
    request: send('<t:ItemId Id="{draft.Id}" ChangeKey="CQAAAA=="/>'),
    effect: 'sender',
  }),
  denied({
    name: 'SendItem with an empty ChangeKey',
    given,
    request: send('<t:ItemId Id="{draft.Id}" ChangeKey=""/>'),
    effect: 'sender',
  }),
  denied({
    name: 'SendItem without a copy',
    given,
    request: send(id('draft'), 'SaveItemToFolder="false"'),
    effect: 'sender',
  }),
  denied({
    name: 'SendItem without an attribute',
    given,
    request: send(id('draft')).replace(' SaveItemToFolder="true"', ''),
    effect: 'sender',
  }),
  denied({
    name: 'SendItem in the messages namespace',
    given,
    request: send(id('draft')).replaceAll('t:ItemId', 'm:ItemId'),
    effect: 'sender',
  }),
  denied({
    name: 'SendItem with the ChangeKey first',
    given,
    request: send('<t:ItemId ChangeKey="{draft.ChangeKey}" Id="{draft.Id}"/>'),
    effect: 'sender',
  }),
  denied({
    name: 'SendItem of an own draft and of Bob',
    given: { own: DRAFT, draft: FOREIGN },
    request: send(id('own') + id('draft')),
    effect: 'sender',
  }),
  denied({
    name: 'SendItem of a draft of Bob and of an own one',
    given: { own: DRAFT, draft: FOREIGN },
    request: send(id('draft') + id('own')),
    effect: 'sender',
  }),
  denied({
    name: 'SendItem of a draft of Bob behind a hundred own IDs',
    given: { own: DRAFT, draft: FOREIGN },
    request: send(id('own').repeat(100) + id('draft')),
    effect: 'sender',
  }),
  denied({
    reasons: ['sender-refused', 'foreign-mailbox'],
    name: 'SendItem that names the item by a FolderId',
    given,
    request: send(id('draft', 'FolderId')),
    effect: 'sender',
  }),
  denied({
    reasons: ['sender-refused', 'foreign-mailbox'],
    name: 'SendItem that names the item by an unusual name',
    given,
    request: send(id('draft', 'ReferenceItemId')),
    effect: 'sender',
  }),
  denied({
    reasons: ['sender-refused', 'foreign-mailbox'],
    name: 'SendItem that names the item as an occurrence',
    given,
    request: send(
      '<t:RecurringMasterItemId OccurrenceId="{draft.Id}" ChangeKey="{draft.ChangeKey}"/>',
    ),
  }),
  denied({
    name: 'SendItem with two lists of IDs',
    given: { own: DRAFT, draft: FOREIGN },
    request: send(`${id('draft')}</m:ItemIds><m:ItemIds>${id('own')}`),
    effect: 'sender',
  }),
  denied({
    name: 'SendItem with the ChangeKey of another draft',
    given: { own: DRAFT, draft: FOREIGN },
    request: send('<t:ItemId Id="{draft.Id}" ChangeKey="{own.ChangeKey}"/>'),
    effect: 'sender',
  }),
  denied({
    name: 'SendItem under a guard that allows any mailbox',
    guard: { mailboxes: 'any' },
    given,
    request: send(id('draft')),
    effect: 'sender',
  }),
  denied({
    name: 'SendItem of an item in the mailbox of Bob',
    guard: { mailboxes: 'any' },
    given: { draft: { as: BOB, request: create(message(''), SAVED) } },
    request: send(id('draft')),
    effect: 'sender',
  }),
  denied({
    name: 'SendItem of an own draft with another ChangeKey',
    given: { draft: DRAFT },
    request: send('<t:ItemId Id="{draft.Id}" ChangeKey="CQAAAA=="/>'),
    effect: 'sent',
  }),
  denied({
    name: 'SendItem of an own draft without a ChangeKey',
    given: { draft: DRAFT },
    request: send('<t:ItemId Id="{draft.Id}"/>'),
    effect: 'sent',
  }),
  denied({
    name: 'SendItem of two own drafts of which one has another ChangeKey',
    given: { one: DRAFT, two: DRAFT },
    request: send(`${id('one')}<t:ItemId Id="{two.Id}" ChangeKey="{one.ChangeKey}"/>`),
    effect: 'sent',
  }),
]

const own: readonly Row[] = [
  allowed({
    name: 'SendItem of an own draft',
    given: { draft: DRAFT },
    request: send(id('draft')),
  }),
  allowed({
    name: 'SendItem of two own drafts',
    given: { one: DRAFT, two: DRAFT },
    request: send(id('one') + id('two')),
  }),
  allowed({
    name: 'SendItem of a draft with an own From',
    given: { draft: saved(sender('From', ALICE.toUpperCase())) },
    request: send(id('draft')),
  }),
  allowed({
    name: 'SendItem of an own draft in MIME',
    given: { draft: savedMime(`From: Alice <${ALICE}>\r\n${HEAD}`) },
    request: send(id('draft')),
  }),
  allowed({
    name: 'SendItem of an own invitation',
    given: { draft: savedMime(mail(part('text/calendar', OWN))) },
    request: send(id('draft')),
  }),
]

const STORED = 'R13 names SendItem, but every request that sends a saved item has the same gap'
const sendDraft = (draft: PriorRequest, name: string, server?: 'gromox') =>
  denied({
    name: `UpdateItem that sends a draft with ${name}`,
    given: { draft },
    request: update('draft', SUBJECT),
    effect: 'sender',
    beyond: STORED,
    ...(server && { server }),
  })
const meetingOf = (organizer: string): PriorRequest => ({
  request: create(meeting(organizer), NOT_INVITING),
})

const stored: readonly Row[] = [
  ...DRAFTS.map(([name, draft, server]) => sendDraft(draft, name, server)),
  denied({
    name: 'UpdateItem that sends a draft of Bob without a disposition',
    given,
    request: update('draft', SUBJECT, ''),
    beyond: STORED,
  }),
  allowed({
    name: 'UpdateItem that sends an own draft',
    given: { draft: DRAFT },
    request: update('draft', SUBJECT),
  }),
  allowed({
    name: 'UpdateItem that saves a draft of Bob',
    given,
    request: update('draft', SUBJECT, SAVED),
  }),
  ...(
    [
      ['Organizer Bob', meetingOf(sender('Organizer', BOB))],
      ['a calendar of Bob', meetingOf(mime(calendar(`ORGANIZER:mailto:${BOB}`)))],
    ] as const
  ).flatMap(([name, meeting]) => [
    denied({
      name: `CancelCalendarItem of a meeting with ${name}`,
      given: { meeting },
      request: create(answer('CancelCalendarItem', 'meeting'), SENT),
      effect: 'sender',
      server: 'gromox',
      beyond: STORED,
    }),
    denied({
      name: `UpdateItem that sends a meeting with ${name}`,
      given: { meeting },
      request: update(
        'meeting',
        SUBJECT,
        'SendMeetingInvitationsOrCancellations="SendToAllAndSaveCopy"',
      ),
      effect: 'sender',
      server: 'gromox',
      beyond: STORED,
    }),
  ]),
]

export const SAVED_ITEMS: readonly Row[] = [...drafts, ...ways, ...own, ...stored]
