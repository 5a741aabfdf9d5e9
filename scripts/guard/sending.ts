/**
 * R13: requests that count as sending, under a guard that does not allow it.
 *
 * @module
 */

import {
  answer,
  create,
  DRAFT,
  INVITATION,
  INVITING,
  id,
  MEETING,
  meeting,
  message,
  NOT_INVITING,
  type Row,
  SAVED,
  SENT,
  SUBJECT,
  set,
  update,
} from './row.ts'

const DENIED = ['operation-refused']
const NO_SENDING = { sending: false }
const TO =
  '<t:ToRecipients><t:Mailbox><t:EmailAddress>carol@example.com</t:EmailAddress></t:Mailbox></t:ToRecipients>'
const COPIED = 'MessageDisposition="SendAndSaveCopy"'
const CHANGED = 'SendMeetingInvitationsOrCancellations'

type Case = readonly [name: string, request: string, acts: boolean, given?: Row['given']]
const given = { meeting: MEETING, invitation: INVITATION, mail: DRAFT }
const only = (...names: readonly (keyof typeof given)[]) =>
  Object.fromEntries(names.map(name => [name, given[name]]))

const ANSWERS = ['AcceptItem', 'DeclineItem', 'TentativelyAcceptItem'] as const
const SENDING = [
  SENT,
  COPIED,
  '',
  'MessageDisposition="saveonly"',
  'MessageDisposition=" SaveOnly"',
  NOT_INVITING,
]
const REMINDERS =
  '<t:InboxReminders><t:InboxReminder><t:ReminderOffset>15</t:ReminderOffset><t:Message>Row</t:Message>' +
  '<t:SendOption>AllAttendees</t:SendOption></t:InboxReminder></t:InboxReminders>'

const sends: readonly Case[] = [
  ...ANSWERS.flatMap(element =>
    SENDING.map(
      (how): Case => [
        `${element} ${how || 'without a disposition'}`,
        create(answer(element, 'invitation'), how),
        // grommunio sends no response without a disposition.
        how !== '' && how !== NOT_INVITING,
        only('invitation'),
      ],
    ),
  ),
  ...[SENT, COPIED, SAVED, '', `${SAVED} ${NOT_INVITING}`].map(
    (how): Case => [
      `CancelCalendarItem ${how || 'without a disposition'}`,
      create(answer('CancelCalendarItem', 'meeting'), how),
      true,
      only('meeting'),
    ],
  ),
  [
    'CancelCalendarItem behind a mail that is only saved',
    create(message('') + answer('CancelCalendarItem', 'meeting'), SAVED),
    true,
    only('meeting'),
  ],
  [
    'CancelCalendarItem before a mail that is only saved',
    create(answer('CancelCalendarItem', 'meeting') + message(''), SAVED),
    true,
    only('meeting'),
  ],
  [
    'CancelCalendarItem in the messages namespace',
    create(answer('CancelCalendarItem', 'meeting').replaceAll('t:CancelC', 'm:CancelC'), SAVED),
    true,
    only('meeting'),
  ],
  [
    'a mail whose type is that of a cancellation',
    create(
      '<t:Message xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ' +
        `xsi:type="t:CancelCalendarItemType">${id('meeting', 'ReferenceItemId')}</t:Message>`,
      SAVED,
    ),
    false,
    only('meeting'),
  ],
  ...['ReplyToItem', 'ReplyAllToItem', 'ForwardItem'].map(
    (element): Case => [element, create(answer(element, 'mail', TO), SENT), true, only('mail')],
  ),
  ['a mail', create(message(''), SENT), true],
  ['a mail with a copy', create(message(''), COPIED), true],
  ['a mail without a disposition', create(message(''), ''), false],
  ['a mail beside a quiet invitation', create(message(''), NOT_INVITING), false],
  ['a meeting beside a quiet disposition', create(meeting(''), SAVED), false],
  [
    'an answer behind a meeting without invitations',
    create(meeting('') + answer('AcceptItem', 'invitation'), NOT_INVITING),
    false,
    only('invitation'),
  ],
  ['a meeting with reminders', create(meeting(REMINDERS), `${SAVED} ${NOT_INVITING}`), false],
  [
    'a meeting that gets reminders',
    update(
      'meeting',
      set(
        '<t:FieldURI FieldURI="calendar:InboxReminders"/>',
        REMINDERS,
        'SetItemField',
        'CalendarItem',
      ),
      `${SAVED} ${CHANGED}="SendToNone"`,
    ),
    false,
    only('meeting'),
  ],
  ['an invitation', create(meeting(''), INVITING), true],
  ['an invitation beside a disposition', create(meeting(''), `${SAVED} ${INVITING}`), true],
  ['a draft that is sent', update('mail', SUBJECT, SENT), true, only('mail')],
  [
    'a meeting that is changed',
    update('meeting', SUBJECT, `${CHANGED}="SendToAllAndSaveCopy"`),
    true,
    only('meeting'),
  ],
  [
    'SendItem',
    '<m:SendItem SaveItemToFolder="true"><m:ItemIds><t:ItemId Id="{mail.Id}" ChangeKey="{mail.ChangeKey}"/></m:ItemIds></m:SendItem>',
    true,
    only('mail'),
  ],
  [
    'a meeting that is deleted',
    '<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToAllAndSaveCopy"><m:ItemIds><t:ItemId Id="{meeting.Id}"/></m:ItemIds></m:DeleteItem>',
    false,
    only('meeting'),
  ],
  [
    'automatic replies',
    '<m:SetUserOofSettingsRequest><t:Mailbox><t:Address>alice@example.com</t:Address></t:Mailbox><t:UserOofSettings><t:OofState>Enabled</t:OofState></t:UserOofSettings></m:SetUserOofSettingsRequest>',
    false,
  ],
]

const keeps: readonly Case[] = [
  ...ANSWERS.map(
    (element): Case => [
      `${element} that is only saved`,
      create(answer(element, 'invitation'), SAVED),
      false,
      only('invitation'),
    ],
  ),
  ...['ReplyToItem', 'ReplyAllToItem', 'ForwardItem'].map(
    (element): Case => [
      `${element} that is only saved`,
      create(answer(element, 'mail', TO), SAVED),
      false,
      only('mail'),
    ],
  ),
  ['a mail that is only saved', create(message(''), SAVED), false],
  ['a meeting without invitations', create(meeting(''), NOT_INVITING), false],
  [
    'a contact without an attribute',
    create('<t:Contact><t:DisplayName>Row</t:DisplayName></t:Contact>', ''),
    false,
  ],
  ['a draft that is changed', update('mail', SUBJECT, SAVED), false, only('mail')],
  [
    'a meeting that is changed without invitations',
    update('meeting', SUBJECT, `${CHANGED}="SendToNone"`),
    false,
    only('meeting'),
  ],
  [
    'a meeting that is deleted without cancellations',
    '<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone"><m:ItemIds><t:ItemId Id="{meeting.Id}"/></m:ItemIds></m:DeleteItem>',
    false,
    only('meeting'),
  ],
  [
    'a read receipt that is suppressed',
    create(answer('SuppressReadReceipt', 'mail'), SAVED),
    false,
    only('mail'),
  ],
]

const row = ([name, request, , items]: Case, guard?: Row['guard']): Row => ({
  name,
  ruling: 'R13',
  ...(guard && { guard }),
  ...(items && { given: items }),
  request,
})
const READ_ONLY = ['role-is-read-only', 'operation-refused']

export const SENDING_ITEMS: readonly Row[] = [
  ...sends.map(
    (it): Row => ({
      ...row(it, NO_SENDING),
      reasons: DENIED,
      ...(it[2] && { effect: 'sent' }),
    }),
  ),
  ...sends
    .filter(([name, , acts]) => acts && !/SendItem|saveonly| SaveOnly/.test(name))
    .map((it): Row => ({ ...row(it), name: `${it[0]}, which the guard allows`, asks: true })),
  ...sends
    .filter(([, , acts]) => acts)
    .slice(0, 8)
    .map(
      (it): Row => ({
        ...row(it),
        name: `${it[0]}, in a role that is read-only`,
        type: 'READ_ONLY',
        reasons: READ_ONLY,
        effect: 'sent',
      }),
    ),
  ...keeps.map(it => row(it, NO_SENDING)),
]
