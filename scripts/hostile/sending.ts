/**
 * Well-formed requests that send as another user, or hide an inbox rule or an app, where it is hard to see.
 *
 * @module
 */

import { type Expectation, type ExpectedFacts, honest } from './expectations.ts'
import { request, XSI_NS } from './parts.ts'

/** A document together with what must be reported of it. */
type Reported = readonly [name: string, content: string, expected: Expectation]

const BOBS: ExpectedFacts = { senders: ['bob@example.com'] }
const BOTH: ExpectedFacts = { senders: ['user@example.com', 'bob@example.com'] }
const UNKNOWN: ExpectedFacts = { unknownSender: true }
/** Facts about a property that may be any. Whether its set looks like an ID is left open. */
const ANY: ExpectedFacts = { ...UNKNOWN, grants: true, hasIds: undefined }
const MAPI = '00020328-0000-0000-C000-000000000046'

const send = (what: string, content: string, facts: ExpectedFacts, kind = 'Message'): Reported => [
  `sender-refused--${what}`,
  request(
    `<m:CreateItem MessageDisposition="SendAndSaveCopy" SendMeetingInvitations="SendToAllAndSaveCopy"><m:Items><t:${kind}><t:Subject>x</t:Subject>${content}</t:${kind}></m:Items></m:CreateItem>`,
  ),
  honest('CreateItem', { sends: true, ...facts }),
]
const property = (attributes: string) =>
  `<t:ExtendedProperty><t:ExtendedFieldURI ${attributes} PropertyType="String"/><t:Value>bob@example.com</t:Value></t:ExtendedProperty>`
const mime = (text: string) =>
  `<t:MimeContent>${Buffer.from(text).toString('base64')}</t:MimeContent>`

const PROPERTIES: readonly Reported[] = [
  send('property-above-16-bits', property('PropertyTag="0x10065"'), ANY),
  send('property-with-its-type', property('PropertyTag="0x0065001F"'), ANY),
  send('property-in-octal', property('PropertyTag="0101"'), ANY),
  send('property-with-a-blank', property('PropertyTag=" 0x0065"'), ANY),
  send('property-with-a-sign', property('PropertyTag="-65435"'), ANY),
  send('property-that-overflows', property('PropertyTag="4294967397"'), ANY),
  send('property-by-two-names', property('PropertyTag="0x0070" PropertyName="x"'), ANY),
  send('property-of-mapi', property(`PropertySetId="${MAPI}" PropertyId="101"`), {
    ...UNKNOWN,
    hasIds: true,
  }),
  send(
    'property-of-two-sets',
    property(
      'PropertySetId="00062008-0000-0000-c000-000000000046" DistinguishedPropertySetId="Common" PropertyId="1"',
    ),
    ANY,
  ),
]

const USER = 'From: user@example.com\r\n'
const calendar = (organizer: string) =>
  `BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n${organizer}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`
const CALENDAR = calendar('ORGANIZER;CN=Bob:mailto:bob@example.com')
const part = (encoding: string, body: string) =>
  `Content-Type: text/calendar; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}`
const encoded = part('base64', Buffer.from(CALENDAR).toString('base64'))
const multipart = (boundary: string, ...parts: readonly string[]) =>
  `Content-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n${parts.map(it => `--${boundary}\r\n${it}\r\n`).join('')}--${boundary}--\r\n`
const TEXT = 'Content-Type: text/plain\r\n\r\nHello'

const CALENDARS: readonly Reported[] = [
  send('organizer-of-a-calendar', mime(CALENDAR), BOBS, 'CalendarItem'),
  send(
    'organizer-in-a-fold',
    mime(calendar('ORGA\r\n NIZER:bob@example.com')),
    BOBS,
    'CalendarItem',
  ),
  send(
    'organizer-who-is-represented',
    mime(calendar('ORGANIZER;SENT-BY="mailto:bob@example.com":mailto:user@example.com')),
    BOTH,
    'CalendarItem',
  ),
  send('organizer-of-nobody', mime(calendar('SUMMARY:x')), UNKNOWN, 'CalendarItem'),
  send('organizer-in-a-mime-part', mime(USER + multipart('b', TEXT, encoded)), BOTH),
  send(
    'organizer-three-deep',
    mime(USER + multipart('a', multipart('b', multipart('c', TEXT, encoded)))),
    BOTH,
  ),
  send(
    'organizer-in-quoted-printable',
    mime(
      USER +
        multipart(
          'b',
          part(
            'quoted-printable',
            CALENDAR.replaceAll('=', '=3D').replace('ORGANIZER', '=4FRGA=\r\nNIZER'),
          ),
        ),
    ),
    BOTH,
  ),
  send(
    'organizer-in-an-attached-message',
    mime(
      `${USER}${multipart('b', `Content-Type: message/rfc822\r\n\r\nSubject: x\r\n${encoded}`)}`,
    ),
    BOTH,
  ),
  send('organizer-behind-a-text', mime(`${USER}\r\nHello\r\n${CALENDAR}`), BOTH, 'CalendarItem'),
  send(
    'calendar-behind-a-boundary-that-goes-on',
    mime(USER + multipart('b', `${TEXT}\r\n--bc\r\n${encoded}`)),
    UNKNOWN,
  ),
  send(
    'calendar-behind-an-escaped-boundary',
    mime(USER + multipart('b', encoded).replace('"b"', '"\\b"')),
    UNKNOWN,
  ),
  send(
    'calendar-of-another-encoding',
    mime(USER + multipart('b', part('x-uuencode', 'x'))),
    UNKNOWN,
  ),
  send(
    'tnef-in-a-mime-part',
    mime(USER + multipart('b', TEXT, 'Content-Type: application/ms-tnef\r\n\r\nx')),
    UNKNOWN,
  ),
]

const FROM_BOB =
  '<t:From><t:Mailbox><t:EmailAddress>bob@example.com</t:EmailAddress></t:Mailbox></t:From>'
const cancel = (what: string, content: string): Reported => [
  `sender-refused--${what}`,
  request(
    `<m:CreateItem MessageDisposition="SaveOnly"><m:Items>${content}</m:Items></m:CreateItem>`,
  ),
  honest('CreateItem', { sends: true, ...BOBS }),
]

const refused = (
  what: string,
  operation: string,
  content: string,
  facts: ExpectedFacts,
): Reported => [`operation-refused--${what}`, request(content), honest(operation, facts)]
const hidden = (what: string, operation: string, content: string, facts: ExpectedFacts = {}) =>
  refused(what, operation, content, { hiddenRules: true, ...facts })
const item = { hasIds: true, items: ['ITM-1'], itemCount: 1 }
const update = (change: string, kind = 'SetItemField') =>
  `<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"><m:ItemChanges><t:ItemChange><t:ItemId Id="ITM-1"/><t:Updates><t:${kind}>${change}</t:${kind}></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`
const tag = (number: string) =>
  `<t:ExtendedFieldURI PropertyTag="${number}" PropertyType="Binary"/><t:Message><t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="${number}" PropertyType="Binary"/><t:Value>AA==</t:Value></t:ExtendedProperty></t:Message>`
const upload = (isAssociated: string) =>
  `<t:Item CreateAction="CreateNew" IsAssociated="${isAssociated}"><t:ParentFolderId Id="FLD-1"/><t:Data>AAAA</t:Data></t:Item>`
const act = (action: string) =>
  `<m:ApplyConversationAction><m:ConversationActions><t:ConversationAction><t:Action>${action}</t:Action><t:ConversationId Id="CNV-1"/></t:ConversationAction></m:ConversationActions></m:ApplyConversationAction>`
const conversation = { hasIds: true, items: ['CNV-1'], itemCount: 1 }

const HIDDEN: readonly Reported[] = [
  ...['0x0E99', '0x0E9A', '0x65E9', '0x65ED', '0x6679', '0x6680'].map(number =>
    hidden(`rule-by-property-${number.toLowerCase()}`, 'UpdateItem', update(tag(number)), item),
  ),
  hidden('rule-that-is-appended', 'UpdateItem', update(tag('0x6680'), 'AppendToItemField'), item),
  hidden(
    'rules-of-a-folder',
    'UpdateFolder',
    `<m:UpdateFolder><m:FolderChanges><t:FolderChange><t:DistinguishedFolderId Id="inbox"/><t:Updates><t:SetFolderField><t:ExtendedFieldURI PropertyTag="0x3FE1" PropertyType="Binary"/><t:Folder/></t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>`,
    { hasIds: true, folders: ['inbox'] },
  ),
  hidden(
    'hidden-item',
    'CreateItem',
    '<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message><t:Subject>x</t:Subject><t:IsAssociated>true</t:IsAssociated></t:Message></m:Items></m:CreateItem>',
  ),
  hidden(
    'hidden-item-that-is-uploaded',
    'UploadItems',
    `<m:UploadItems><m:Items>${['true', 'false'].map(upload).join('')}</m:Items></m:UploadItems>`,
    { hasIds: true, folders: ['FLD-1', 'FLD-1'] },
  ),
  ...['AlwaysCategorize', 'AlwaysDelete', 'AlwaysMove'].map(action =>
    hidden(
      `standing-action-${action.toLowerCase()}`,
      'ApplyConversationAction',
      act(action),
      conversation,
    ),
  ),
  ...['0x7C06', '0x7C07', '0x7C08', '0x7C09'].map(number =>
    refused(`app-by-property-${number.toLowerCase()}`, 'UpdateItem', update(tag(number)), {
      ...item,
      installsApps: true,
    }),
  ),
  refused('property-that-may-be-any', 'UpdateItem', update(tag('0x1006E')), {
    ...item,
    grants: true,
    hiddenRules: true,
    installsApps: true,
  }),
]

export const SENDING: readonly Reported[] = [
  ...PROPERTIES,
  ...CALENDARS,
  cancel('from-in-a-cancellation', `<t:CancelCalendarItem>${FROM_BOB}</t:CancelCalendarItem>`),
  cancel(
    'from-in-a-cancellation-by-its-type',
    `<t:Message xmlns:i="${XSI_NS}" i:type="t:CancelCalendarItemType">${FROM_BOB}</t:Message>`,
  ),
  ...HIDDEN,
]
