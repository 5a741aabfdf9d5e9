/**
 * Facts that the reader finds in an operation, each by one cause alone. A row also says that no other fact
 * is found.
 */

import t from 'tap'
import { writeId } from '../../sandbox/ids.ts'
import { readEnvelope } from '../../src/ews/reader.ts'
import type { BodyFacts } from '../../src/model/envelope.ts'
import { envelope } from '../kit/corpus.ts'

const XSI = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
const ANN = 'ann@example.com'
const BOB = 'bob@example.com'
const GUID = '9362c853-fa03-45d1-9d7c-ef09db45f783'
const ID = writeId({ guid: GUID, folder: 1, item: 2 })
/** Address that DavMail writes beside each ID that it converts. */
const DAVMAIL = 'blah@blah.com'
const LIST = '7d2e1a3b-0000-4000-8000-00000000000a'

/** Facts for the guard. */
function factsOf(operation: string): Omit<BodyFacts, 'content'> {
  const { content: _, ...facts } = readEnvelope(Buffer.from(envelope(ANN, operation))).facts
  return facts
}
/** ID of a public folder. */
const PUBLIC = Buffer.from([0, 1, 46, 0, ...Array(46).fill(1)]).toString('base64')
const NOTHING = factsOf('<m:FindItem/>')

const MALFORMED = { name: 'Failure', reason: 'envelope-malformed' }

const findItem = (content: string) => `<m:FindItem>${content}</m:FindItem>`
const createItem = (content: string) =>
  `<m:CreateItem MessageDisposition="SaveOnly">${content}</m:CreateItem>`
const inbox = (content: string) =>
  findItem(`<t:DistinguishedFolderId Id="inbox">${content}</t:DistinguishedFolderId>`)
const INBOX = { hasIds: true, folders: ['inbox'] }
const address = (of: string) => `<t:EmailAddress>${of}</t:EmailAddress>`
const mailbox = (content: string) => `<t:Mailbox>${content}</t:Mailbox>`
const own = (...addresses: readonly string[]) =>
  addresses.map(of => ({ address: of, allowed: 'own' as const }))
const converted = (of: string) => [{ address: of, allowed: 'converted' as const }]
const convert = (attributes: string) => `<m:ConvertId><t:AlternateId ${attributes}/></m:ConvertId>`
const from = (of: string) => `<t:From>${mailbox(address(of))}</t:From>`
const mime = (text: string, attributes = '') =>
  `<t:MimeContent${attributes}>${Buffer.from(text).toString('base64')}</t:MimeContent>`
const many = (count: number) => Array.from({ length: count }, (_, n) => `user${n}@example.com`)
const events = (content: string) => `<m:GetEvents>${content}</m:GetEvents>`
const subscription = (id: string) => `<m:SubscriptionId>${id}</m:SubscriptionId>`
const subscriptions = (count: number) => Array.from({ length: count }, (_, i) => `s${i}`)
const stream = (content: string) => `<m:GetStreamingEvents>${content}</m:GetStreamingEvents>`
const subscribe = (content: string) => `<m:Subscribe>${content}</m:Subscribe>`
const sync = (content: string) => `<m:SyncFolderItems>${content}</m:SyncFolderItems>`

/** Facts about sending in an update that sends nothing, before a server that sends nothing by default. */
const IF_QUIET = {
  sends: false,
  senders: [],
  unknownSender: false,
  sentItems: [],
  unknownSentItem: false,
  foreignHeaders: false,
}

type Row = readonly [name: string, operation: string, found: Partial<BodyFacts>]

const rows: readonly Row[] = [
  ['a FolderId without an ID', findItem('<t:FolderId/>'), { hasIds: true }],
  [
    'a DistinguishedFolderId without an ID',
    findItem('<t:DistinguishedFolderId/>'),
    { hasIds: true },
  ],
  ['an ItemId without an ID', findItem('<t:ItemId/>'), { hasIds: true }],
  [
    'an ID',
    findItem(`<t:FolderId Id="${ID}"/>`),
    { hasIds: true, folders: [ID], mailboxGuids: [GUID] },
  ],
  [
    'an ID outside of all mailboxes',
    findItem(`<t:FolderId Id="${PUBLIC}"/>`),
    { hasIds: true, folders: [PUBLIC], unknownMailbox: true },
  ],
  [
    'an attribute that is an ID',
    createItem(`<t:ReferenceItemId Id="${ID}"/>`),
    { hasIds: true, items: [ID], itemCount: 1, mailboxGuids: [GUID] },
  ],
  ['a time zone', createItem('<t:StartTimeZone Id="UTC"/>'), { hasIds: true }],
  [
    'an attribute like an ID on another element',
    createItem('<t:Subject Id="UTC"/>'),
    {
      hasIds: true,
      items: ['UTC'],
      itemCount: 1,
      unknownMailbox: true,
      opaqueIds: true,
      unknownIds: true,
    },
  ],
  [
    'an ID to convert',
    convert(`Id="${ID}" Mailbox="${BOB}"`),
    { mailboxes: converted(BOB), mailboxGuids: [GUID] },
  ],
  [
    'an ID to convert with percent encoding',
    convert(`Id="${encodeURIComponent(ID)}" Mailbox="${BOB}"`),
    { mailboxes: converted(BOB), mailboxGuids: [GUID] },
  ],
  [
    'an ID to convert of an unknown form',
    convert(`Id="ITM-1" Mailbox="${BOB}"`),
    { mailboxes: converted(BOB), opaqueIds: true, unknownIds: true },
  ],
  [
    'an ID to convert outside of all mailboxes',
    convert(`Id="${PUBLIC}" Mailbox="${BOB}"`),
    { mailboxes: converted(BOB), unknownMailbox: true },
  ],
  [
    'an address without an ID to convert',
    convert(`Mailbox="${BOB}"`),
    { mailboxes: converted(BOB) },
  ],
  [
    'an ID to convert without an address',
    convert(`Id="${ID}"`),
    { mailboxGuids: [GUID], unknownMailbox: true },
  ],
  [
    'an ID to convert with an empty address',
    convert(`Id="${ID}" Mailbox=""`),
    { mailboxGuids: [GUID], unknownMailbox: true },
  ],
  ['the first request of exchangelib', convert('Id="DUMMY" Mailbox="DUMMY"'), {}],
  [
    'the ID of that request with an address',
    convert(`Id="DUMMY" Mailbox="${BOB}"`),
    { mailboxes: converted(BOB), opaqueIds: true, unknownIds: true },
  ],
  [
    'the address of that request with an ID',
    convert(`Id="${ID}" Mailbox="DUMMY"`),
    { mailboxes: converted('DUMMY'), mailboxGuids: [GUID] },
  ],
  [
    'the address that DavMail writes',
    convert(`Id="${ID}" Mailbox="${DAVMAIL}"`),
    { mailboxGuids: [GUID] },
  ],
  [
    'that address with an ID of an unknown form',
    convert(`Id="ITM-1" Mailbox="${DAVMAIL}"`),
    { opaqueIds: true, unknownIds: true },
  ],
  ...['', 'Id="" '].map(
    id =>
      [
        `that address with ${id === '' ? 'no' : 'an empty'} ID`,
        convert(`${id}Mailbox="${DAVMAIL}"`),
        { mailboxes: converted(DAVMAIL) },
      ] as const,
  ),
  ...['Blah@blah.com', ' blah@blah.com', 'smtp:blah@blah.com'].map(
    address =>
      [
        `another address, ${address}`,
        convert(`Id="${ID}" Mailbox="${address}"`),
        { mailboxes: converted(address), mailboxGuids: [GUID] },
      ] as const,
  ),
  [
    'a public folder to convert',
    '<m:ConvertId><t:AlternatePublicFolderId FolderId="x"/></m:ConvertId>',
    { hasIds: true, unknownMailbox: true },
  ],
  [
    'an item in a public folder to convert',
    '<m:ConvertId><t:AlternatePublicFolderItemId FolderId="x" ItemId="y"/></m:ConvertId>',
    { hasIds: true, unknownMailbox: true },
  ],
  [
    'an ID to convert by an unknown attribute',
    convert(`OtherId="${ID}" Mailbox="${BOB}"`),
    { mailboxes: converted(BOB), unknownMailbox: true },
  ],
  [
    'an ID to convert in an operation that converts none',
    findItem(`<t:AlternateId Id="${ID}"/>`),
    { hasIds: true, unknownMailbox: true },
  ],
  ['a distinguished folder', inbox(''), INBOX],
  [
    'a distinguished folder outside of all mailboxes',
    findItem('<t:DistinguishedFolderId Id="publicfoldersroot"/>'),
    { hasIds: true, folders: ['publicfoldersroot'], unknownMailbox: true },
  ],
  [
    'an ID with a line break',
    findItem('<t:FolderId Id="QUFB&#10;QUFB"/>'),
    {
      hasIds: true,
      folders: ['QUFB\nQUFB'],
      unknownMailbox: true,
      opaqueIds: true,
      unknownIds: true,
    },
  ],
  [
    'a list of the address book',
    `<m:FindPeople><t:AddressListId Id="${LIST}"/></m:FindPeople>`,
    { hasIds: true, items: [LIST], itemCount: 1 },
  ],
  [
    'a list of the address book that is in a mailbox',
    `<m:FindPeople><t:AddressListId Id="${ID}"/></m:FindPeople>`,
    { hasIds: true, items: [ID], itemCount: 1, unknownMailbox: true },
  ],
  [
    'a list of the address book in an operation on folders',
    `<m:FindConversation><t:AddressListId Id="${LIST}"/></m:FindConversation>`,
    { hasIds: true, items: [LIST], itemCount: 1, unknownMailbox: true },
  ],
  ['an owner', inbox(mailbox(address(ANN))), { ...INBOX, mailboxes: own(ANN) }],
  [
    'an owner by an address and an item',
    inbox(mailbox(`${address(ANN)}<t:ItemId/>`)),
    { ...INBOX, mailboxes: own(ANN), unknownMailbox: true },
  ],
  [
    'an item beside an owner',
    inbox(`${mailbox(address(ANN))}<t:ItemId/>`),
    {
      ...INBOX,
      mailboxes: own(ANN),
    },
  ],
  [
    'two addresses of an owner',
    inbox(mailbox(address(ANN) + address(BOB))),
    {
      ...INBOX,
      mailboxes: own(ANN, BOB),
    },
  ],
  ['an owner without an address', inbox(mailbox('')), { ...INBOX, unknownMailbox: true }],
  [
    'an owner with an empty address',
    inbox(mailbox(address(''))),
    { ...INBOX, unknownMailbox: true },
  ],
  [
    'an owner with an address too deep',
    inbox(mailbox(`<t:Other>${address(ANN)}</t:Other>`)),
    { ...INBOX, mailboxes: own(ANN), unknownMailbox: true },
  ],
  [
    'a mailbox behind a folder',
    `${inbox('').replace('</m:FindItem>', '')}${mailbox(address(BOB))}</m:FindItem>`,
    INBOX,
  ],
  [
    'an owner in another selector',
    `<m:GetUserAvailabilityRequest><t:Email><t:DistinguishedFolderId>${mailbox(address(ANN))}` +
      '</t:DistinguishedFolderId></t:Email></m:GetUserAvailabilityRequest>',
    { hasIds: true, mailboxes: own(ANN), unknownMailbox: true },
  ],
  ['a mailbox that is no owner', findItem(mailbox(address(BOB))), {}],
  ['an address outside of a mailbox', inbox(address(BOB)), INBOX],
  [
    'a mailbox by its GUID',
    '<m:StartSearchSession><t:MailboxGuid/></m:StartSearchSession>',
    { unknownMailbox: true },
  ],
  ['a name like a mailbox', findItem('<t:OtherMailbox/>'), { unknownMailbox: true }],
  ['a name with such a word in it', findItem('<t:MailboxOther/>'), {}],
  ['a push subscription', subscribe('<m:PushSubscriptionRequest/>'), { pushSubscription: true }],
  ['an address to call', subscribe('<t:URL/>'), { pushSubscription: true }],
  [
    'a push subscription by its type',
    subscribe(`<m:PullSubscriptionRequest ${XSI} i:type="t:PushSubscriptionRequestType"/>`),
    { pushSubscription: true },
  ],
  [
    'a pull subscription by its type',
    subscribe(`<m:PullSubscriptionRequest ${XSI} i:type="t:PullSubscriptionRequestType"/>`),
    {},
  ],
  ['permissions', createItem('<t:PermissionSet/>'), { grants: true }],
  [
    'permissions by their type',
    createItem(`<t:Other ${XSI} i:type="t:PermissionSetType"/>`),
    { grants: true },
  ],
  ['a cancellation', createItem('<t:CancelCalendarItem/>'), { sends: true }],
  [
    'a cancellation behind an element that names no sender',
    createItem('<t:FolderId/><t:FieldURI PropertyTag="0x0042"/><t:CancelCalendarItem/>'),
    { hasIds: true, sends: true },
  ],
  ...['From', 'Sender', 'Organizer', 'MimeContent', 'ExtendedFieldURI', 'Path'].map(
    (element): Row => [
      `a cancellation behind ${element}`,
      createItem(`<t:${element}/><t:CancelCalendarItem/>`),
      { sends: true, unknownSender: true },
    ],
  ),
  [
    'a property that names the sender',
    createItem('<t:ExtendedFieldURI PropertyTag="0x0042"/>').replace('SaveOnly', 'SendOnly'),
    { sends: true, unknownSender: true },
  ],
  [
    'the attribute of such a property at a field',
    createItem('<t:FieldURI PropertyTag="0x0042"/>').replace('SaveOnly', 'SendOnly'),
    { sends: true },
  ],
  ...[
    ['From', from(ANN), [ANN], false],
    ['From and Sender', from(ANN) + from(BOB).replaceAll('From', 'Sender'), [ANN, BOB], false],
    ['the same twice', from(ANN) + from(ANN), [ANN], false],
    ['an empty From', '<t:From/>', [], true],
    ['a From with an empty address', from(''), [], true],
    ['a From with a long address', from('x'.repeat(1_025)), [], true],
    ['a From without a mailbox', `<t:From>${address(ANN)}</t:From>`, [ANN], false],
    [
      'a From with an address too deep',
      `<t:From>${mailbox(mailbox(address(ANN)))}</t:From>`,
      [ANN],
      true,
    ],
    ['20 senders', many(20).map(from).join(''), many(20), false],
    ['21 senders', many(21).map(from).join(''), many(20), true],
    ['a message', mime(`From: ${ANN}\n\n`), [ANN], false],
    ['a message in UTF-8', mime(`From: ${ANN}\n\n`, ' CharacterSet="UTF-8"'), [ANN], false],
    ['a message in UTF-7', mime(`From: ${ANN}\n\n`, ' CharacterSet="UTF-7"'), [ANN], true],
    ['a message of 21 senders', mime(`From: ${many(21).join()}\n\n`), many(20), true],
    ['two messages', mime(`From: ${ANN}\n\n`) + mime(`From: ${BOB}\n\n`), [ANN, BOB], false],
    ['a message, and a From', mime(`From: ${ANN}\n\n`) + from(BOB), [ANN, BOB], false],
    ['a message that is no base64', '<t:MimeContent>!</t:MimeContent>', [], true],
  ].map(
    ([name, content, senders, unknownSender]): Row =>
      [
        `the senders of ${name}`,
        createItem(content as string).replace('SaveOnly', 'SendOnly'),
        { sends: true, senders, unknownSender },
      ] as Row,
  ),
  ...[
    ['CreateItem', '', false],
    ['CreateItem', 'MessageDisposition="SaveOnly"', false],
    ['CreateItem', 'MessageDisposition="saveonly"', true],
    ['CreateItem', 'MessageDisposition=""', true],
    ['CreateItem', 'SendMeetingInvitations="SendToNone"', false],
    ['CreateItem', 'SendMeetingInvitations="SendOnlyToAll"', true],
    ['CreateItem', 'MessageDisposition="SaveOnly" SendMeetingInvitations="SendToNone"', false],
    ['CreateItem', 'MessageDisposition="SaveOnly" SendMeetingInvitations="SendOnlyToAll"', true],
    ['CreateItem', 'SendMeetingInvitations="SendToNone" MessageDisposition="SendOnly"', true],
    ['CreateItem', 'Other="x"', false],
    ['UpdateItem', '', true],
    ['UpdateItem', 'MessageDisposition="SaveOnly"', false],
    ['UpdateItem', 'SendMeetingInvitationsOrCancellations="SendToNone"', false],
    ['UpdateItem', 'SendMeetingInvitationsOrCancellations="SendToChangedAndSaveCopy"', true],
    ['DeleteItem', '', false],
    ['DeleteItem', 'SendMeetingCancellations="SendToNone"', false],
    ['DeleteItem', 'SendMeetingCancellations="SendOnlyToAll"', true],
    ['SendItem', '', true],
    ['SendItem', 'MessageDisposition="SaveOnly"', true],
    ['CopyItem', '', false],
    ['CopyItem', 'MessageDisposition="SendOnly"', true],
  ].map(
    ([operation, attributes, sends]) =>
      [
        `whether ${operation} with ${attributes} sends`,
        `<m:${operation} ${attributes}/>`,
        { sends, ...(`${operation}${attributes}` === 'UpdateItem' && { ifQuiet: IF_QUIET }) },
      ] as Row,
  ),
  ['a subscription', events(subscription('s')), { subscriptions: ['s'] }],
  ['a subscription twice', events(subscription('s').repeat(2)), { subscriptions: ['s'] }],
  ['an empty subscription', events(subscription('')), { unknownSubscription: true }],
  ['a long subscription', events(subscription('s'.repeat(1_025))), { unknownSubscription: true }],
  [
    '200 subscriptions',
    events(subscriptions(200).map(subscription).join('')),
    { subscriptions: subscriptions(200) },
  ],
  [
    '201 subscriptions',
    events(subscriptions(201).map(subscription).join('')),
    { subscriptions: subscriptions(200), unknownSubscription: true },
  ],
  [
    'a misnamed subscription',
    stream('<m:SubscriptionIds><t:subscriptionid>s</t:subscriptionid></m:SubscriptionIds>'),
    { unknownSubscription: true },
  ],
  [
    'a stream as clients open it',
    stream(
      '<m:SubscriptionIds><t:SubscriptionId>s</t:SubscriptionId></m:SubscriptionIds>' +
        '<m:ConnectionTimeout>1</m:ConnectionTimeout>',
    ),
    { subscriptions: ['s'], connectionTimeout: 1 },
  ],
  ['no synchronization state', sync('<m:SyncState> </m:SyncState>'), {}],
  ['a synchronization state', sync('<m:SyncState>x</m:SyncState>'), { opaqueIds: true }],
  [
    'a long synchronization state of blanks',
    sync(`<m:SyncState>${' '.repeat(1_025)}</m:SyncState>`),
    { opaqueIds: true },
  ],
  ['a watermark', events('<m:Watermark>x</m:Watermark>'), { opaqueIds: true }],
  [
    'the ID of a search',
    '<m:SearchMailboxes><m:SearchSessionId>x</m:SearchSessionId></m:SearchMailboxes>',
    { opaqueIds: true, unknownIds: true, unknownMailbox: true },
  ],
  ...['0', '30', '9999', ' 30\n'].flatMap((text): Row[] => [
    [
      `a stream of ${text} minutes`,
      stream(`<m:ConnectionTimeout>${text}</m:ConnectionTimeout>`),
      { connectionTimeout: Number(text) },
    ],
    [
      `a subscription of ${text} minutes`,
      subscribe(`<t:Timeout>${text}</t:Timeout>`),
      { subscriptionTimeout: Number(text) },
    ],
  ]),
  ...['', ' ', '-1', '+1', '1.5', '1e1', 'x1', '1x', '1 1', '10000', '0x10'].map(
    (text): Row => [
      `a stream of "${text}" minutes`,
      stream(`<m:ConnectionTimeout>${text}</m:ConnectionTimeout>`),
      {},
    ],
  ),
  [
    'a subscription’s time in a stream',
    stream('<t:Timeout>1</t:Timeout>'),
    { unknownSubscription: true },
  ],
  [
    'a stream’s time in a subscription',
    subscribe('<t:ConnectionTimeout>1</t:ConnectionTimeout>'),
    {},
  ],
]
for (const [name, operation, found] of rows)
  t.strictSame(factsOf(operation), { ...NOTHING, ...found }, `TargetReader finds ${name}`)

const nil = (value: string) => `<t:Subject ${XSI} i:nil="${value}"/>`
const typed = (type: string, element = 'Subject') => `<t:${element} ${XSI} i:type="${type}"/>`
const lang = (element: string) => `<t:${element} xml:lang="en"/>`
const XS = 'xmlns:t2="http://schemas.microsoft.com/exchange/services/2006/types"'
const ALIEN = 'xmlns:t2="urn:x"'

for (const [name, content, isRead] of [
  ['an element in another namespace', '<x:Subject xmlns:x="urn:x"/>', false],
  ['an element in no namespace', '<Subject/>', false],
  ['an element in the SOAP namespace', '<s:Body/>', false],
  ['a language', lang('Subject'), true],
  ['a language of a mailbox', lang('Mailbox'), true],
  ['another attribute of XML', '<t:Subject xml:space="preserve"/>', false],
  ['nothing', nil('true'), true],
  ['something', nil('false'), true],
  ['nothing by a number', nil('1'), false],
  ['nothing before a blank', nil('true '), false],
  ['nothing after a blank', nil(' true'), false],
  ['a type', typed('t:MessageType'), true],
  ['a type with another prefix', typed('t2:MessageType').replace(XSI, `${XSI} ${XS}`), true],
  ['a type of another namespace', typed('t2:MessageType').replace(XSI, `${XSI} ${ALIEN}`), false],
  ['a type of messages', typed('m:MessageType'), false],
  ['a type without a namespace', typed('MessageType'), false],
  ['a type with an unknown prefix', typed('q:MessageType'), false],
  ['a type before a blank', typed('t:MessageType '), false],
  ['a type after a blank', typed(' t:MessageType'), false],
  ['an empty type', typed(''), false],
  ['a prefix alone', typed('t:'), false],
  ['two prefixes', typed('t:t:MessageType'), false],
  ['another attribute of the instance', `<t:Subject ${XSI} i:schemaLocation="x"/>`, false],
  [
    'an attribute of another namespace',
    '<t:Subject xmlns:x="urn:x" x:type="t:MessageType"/>',
    false,
  ],
  ['a type of a FolderId', typed('t:FolderIdType', 'FolderId'), false],
  [
    'a type of an owner',
    `<t:DistinguishedFolderId>${typed('t:EmailAddressType', 'Mailbox')}</t:DistinguishedFolderId>`,
    false,
  ],
  [
    'a type of an owner’s address',
    `<t:DistinguishedFolderId>${mailbox(typed('t:x', 'EmailAddress'))}</t:DistinguishedFolderId>`,
    false,
  ],
  ['a type of a mailbox that is no owner', typed('t:EmailAddressType', 'Mailbox'), true],
] as const) {
  const read = () => factsOf(findItem(content))
  if (isRead) t.doesNotThrow(read, `TargetReader reads ${name}`)
  else t.throws(read, MALFORMED, `TargetReader rejects ${name}`)
}
t.throws(
  () => factsOf(findItem('').replace('>', ` ${XSI} i:type="t:MessageType">`)),
  MALFORMED,
  'TargetReader rejects a type of the operation',
)

for (const [name, operation] of [
  ['an address', inbox(mailbox(address(`${ANN}INNER`)))],
  ['a subscription', events(subscription('sINNER'))],
  ['a synchronization state', sync('<m:SyncState>INNER</m:SyncState>')],
  ['a message', createItem('<t:MimeContent>INNER</t:MimeContent>').replace('SaveOnly', 'SendOnly')],
] as const) {
  t.doesNotThrow(() => factsOf(operation.replace('INNER', '')), `TargetReader reads ${name}`)
  for (const inner of ['<t:x/>', '<![CDATA[x]]>'])
    t.throws(
      () => factsOf(operation.replace('INNER', inner)),
      MALFORMED,
      `TargetReader rejects ${name} that contains ${inner}`,
    )
}

const TYPED = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="t:MessageType"'
/** New items, the attributes of CreateItem, and whether it sends: in the list, and outside of it. */
for (const [items, attributes, inList, outside = inList] of [
  ['<t:Message/>', '', true],
  ['<t:Message/>', 'MessageDisposition="SaveOnly"', false],
  ['<t:Message/>', 'SendMeetingInvitations="SendToNone"', true],
  ['<t:CalendarItem/>', 'MessageDisposition="SaveOnly"', true],
  ['<t:CalendarItem/>', 'SendMeetingInvitations="SendToNone"', false],
  ['<t:Contact/>', '', false],
  ['<t:CalendarItem/><t:Contact/>', 'SendMeetingInvitations="SendToNone"', false],
  ['<t:CalendarItem/><t:AcceptItem/>', 'SendMeetingInvitations="SendToNone"', true],
  ['<t:AcceptItem/><t:CalendarItem/>', 'SendMeetingInvitations="SendToNone"', true],
  ['<t:DeclineItem/>', 'SendMeetingInvitations="SendToNone"', true],
  ['<t:TentativelyAcceptItem/>', 'SendMeetingInvitations="SendToNone"', true],
  ['<t:Contact><t:Message/></t:Contact>', '', false, true],
  [`<t:Contact ${TYPED}/>`, '', true, false],
] as const)
  for (const [where, content, sends] of [
    ['in the list', `<m:Items>${items}</m:Items>`, inList],
    ['outside of the list', items, outside],
  ] as const)
    t.equal(
      factsOf(`<m:CreateItem ${attributes}>${content}</m:CreateItem>`).sends,
      sends,
      `R44 TargetReader finds whether ${items} ${where} sends with ${attributes}`,
    )

const ORGANIZED =
  '<t:CalendarItem><t:Organizer><t:Mailbox><t:EmailAddress>bob@example.com</t:EmailAddress></t:Mailbox></t:Organizer></t:CalendarItem>'
t.match(
  factsOf(
    `<m:CreateItem SendMeetingInvitations="SendToNone"><m:Items>${ORGANIZED}<t:Message/></m:Items></m:CreateItem>`,
  ),
  { sends: true, unknownSender: true, senders: [] },
  'R13 a sender before an item that turns out to be sent is unknown',
)
