/**
 * R13: who sends what a request sends. R14: the back doors to inbox rules and apps. Grants.
 */

import fc from 'fast-check'
import t from 'tap'
import { MAX_HEAD_BYTES } from '../../src/ews/mime-head.ts'
import { MimeMessage } from '../../src/ews/mime-message.ts'
import { EnvelopeReader } from '../../src/ews/reader.ts'
import { runs } from '../kit/runs.ts'
import { type Case, guardOn, requestWith } from '../policy/guard-cases.ts'

const SENT = 'MessageDisposition="SendAndSaveCopy"'
const SAVED = 'MessageDisposition="SaveOnly"'
const create = (content: string, how = SENT) =>
  `<m:CreateItem ${how}><m:Items><t:Message>${content}</t:Message></m:Items></m:CreateItem>`
const update = (change: string, how = SENT) =>
  `<m:UpdateItem ${how} ConflictResolution="AutoResolve"><m:ItemChanges><t:ItemChange><t:Updates>` +
  `<t:SetItemField>${change}</t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`
const mailbox = (address: string) =>
  `<t:Mailbox><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox>`
const from = (address: string, element = 'From') =>
  `<t:${element}>${mailbox(address)}</t:${element}>`
const mime = (text: string | Uint8Array, attributes = '') =>
  `<t:MimeContent${attributes}>${Buffer.from(text).toString('base64')}</t:MimeContent>`
const property = (attributes: string, value = 'bob@example.com') =>
  `<t:ExtendedProperty><t:ExtendedFieldURI ${attributes} PropertyType="String"/><t:Value>${value}</t:Value></t:ExtendedProperty>`

const OWN = 'From: Ann <ann@example.com>\r\n'
const SENDER_TAGS = [
  0x003b, 0x0041, 0x0042, 0x0064, 0x0065, 0x0c19, 0x0c1a, 0x0c1d, 0x0c1e, 0x0c1f, 0x5d01, 0x5d02,
]

/** The last column is the reason for which the content is not even saved. */
type Row = readonly [name: string, content: string, refused: boolean, saved?: 'operation-refused']

const rows: readonly Row[] = [
  ['nothing about who sends', '<t:Subject>Hi</t:Subject>', false],
  ['the user', from('ann@example.com'), false],
  ['an alias of the user', from('ANN.alias@example.com'), false],
  ['another user', from('bob@example.com'), true],
  ['an unknown user', from('stranger@example.org'), true],
  ['another user as Sender', from('bob@example.com', 'Sender'), true],
  [
    'the user as From and another user as Sender',
    from('ann@example.com') + from('bob@example.com', 'Sender'),
    true,
  ],
  ['another user as Organizer', from('bob@example.com', 'Organizer'), true],
  ['the user as Organizer', from('ann@example.com', 'Organizer'), false],
  [
    'another user in a custom header',
    '<t:InternetMessageHeaders><t:InternetMessageHeader HeaderName="From">bob@example.com</t:InternetMessageHeader></t:InternetMessageHeaders>',
    true,
  ],
  [
    'another header of its own',
    '<t:InternetMessageHeaders><t:InternetMessageHeader HeaderName="X-From">x</t:InternetMessageHeader></t:InternetMessageHeaders>',
    false,
  ],
  ['a message as properties', mime(`${OWN}Content-Type: application/ms-tnef\r\n\r\nx`), true],
  ['properties beside a message', mime(`${OWN}X-MS-TNEF-Correlator: <1>\r\n\r\nx`), true],
  [
    'a word that only sounds like it',
    mime(`${OWN}Content-Type: text/plain; x=tnef\r\nX-Note: ms-tnef\r\n\r\nx`),
    false,
  ],
  ['two From', from('ann@example.com') + from('bob@example.com'), true],
  ['an empty From', '<t:From/>', true],
  [
    'a From without an address',
    '<t:From><t:Mailbox><t:Name>ann@example.com</t:Name></t:Mailbox></t:From>',
    true,
  ],
  [
    'an address too deep',
    `<t:From><t:A><t:B><t:EmailAddress>ann@example.com</t:EmailAddress></t:B></t:A></t:From>`,
    true,
  ],
  [
    'two addresses in a From',
    `<t:From>${mailbox('ann@example.com')}${mailbox('bob@example.com')}</t:From>`,
    true,
  ],
  [
    'another user inside an attached item',
    `<t:Attachments><t:ItemAttachment><t:Message>${from('bob@example.com')}</t:Message></t:ItemAttachment></t:Attachments>`,
    true,
  ],
  ...SENDER_TAGS.flatMap((tag): Row[] => [
    [
      `property 0x${tag.toString(16)}`,
      property(`PropertyTag="0x${tag.toString(16).padStart(4, '0')}"`),
      true,
    ],
    [`property ${tag} in decimals`, property(`PropertyTag="${tag}"`), true],
    [
      `property ${tag} with blanks`,
      property(`PropertyTag=" 0X${tag.toString(16).toUpperCase()} "`),
      true,
      'operation-refused',
    ],
    [
      `property ${tag} with its type`,
      property(`PropertyTag="0x${tag.toString(16).padStart(4, '0')}001F"`),
      true,
      'operation-refused',
    ],
  ]),
  ['a harmless property', property('PropertyTag="0x0070"'), false],
  [
    'an internet header',
    property('DistinguishedPropertySetId="InternetHeaders" PropertyName="From"'),
    true,
  ],
  [
    'a harmless internet header',
    property('DistinguishedPropertySetId="InternetHeaders" PropertyName="X-Mailer"'),
    false,
  ],
  ['MIME of the user', mime(`${OWN}Subject: x\r\n\r\nBody`), false],
  ['MIME that says nothing', mime('Subject: x\r\n\r\nFrom: bob@example.com'), false],
  ['MIME of nothing', mime(''), false],
  ['MIME of another user', mime('From: bob@example.com\r\n\r\n'), true],
  ['MIME without an end of its header', mime('Subject: x\r\nFrom: bob@example.com'), true],
  ['MIME with LF', mime('Subject: x\nFrom: bob@example.com\n\n'), true],
  ['MIME with CR', mime('Subject: x\rFrom: bob@example.com\r\r'), true],
  ['MIME of the user with CR', mime('From: ann@example.com\rSubject: x\r\r'), true],
  [
    'MIME whose header only seems to end',
    mime(`${OWN}X: a\r\r\nFrom: bob@example.com\r\n\r\n`),
    true,
  ],
  ['MIME that begins with an empty line', mime(`\r\n${OWN}\r\n`), true],
  ['MIME with two From', mime(`${OWN}From: bob@example.com\r\n\r\n`), true],
  ['MIME with the same twice', mime(`${OWN}${OWN}\r\n`), false],
  ['MIME with a folded From', mime('From:\r\n bob@example.com\r\n\r\n'), true],
  ['MIME of the user, folded', mime('From: Ann\r\n\t<ann@example.com>\r\n\r\n'), false],
  ['MIME with a blank before the colon', mime(`${OWN}From : bob@example.com\r\n\r\n`), true],
  ['MIME with a blank before the name', mime(` From: bob@example.com\r\n${OWN}\r\n`), true],
  ['MIME with a name in two lines', mime('From\r\n From: bob@example.com\r\n\r\n'), true],
  ['MIME with capitals', mime('FROM: bob@example.com\r\n\r\n'), true],
  ['MIME with a mark of byte order', mime(`\ufeffFrom: bob@example.com\r\n\r\n`), true],
  ['MIME with a zero in the name', mime(`Fr\0om: bob@example.com\r\n\r\n`), true],
  ['MIME with Sender', mime(`${OWN}Sender: bob@example.com\r\n\r\n`), true],
  ['MIME with Resent-From', mime(`${OWN}Resent-From: bob@example.com\r\n\r\n`), true],
  ['MIME with an encoded name', mime('From: =?utf-8?B?QW5u?= <ann@example.com>\r\n\r\n'), false],
  ['MIME with an encoded address', mime('From: =?utf-8?Q?bob=40example.com?=\r\n\r\n'), true],
  [
    'MIME with brackets in an encoded word',
    mime('From: =?utf-8?Q?<bob@example.com>?= <ann@example.com>\r\n\r\n'),
    true,
  ],
  ['MIME with two in brackets', mime('From: <bob@example.com> <ann@example.com>\r\n\r\n'), true],
  ['MIME with a list', mime('From: ann@example.com, bob@example.com\r\n\r\n'), true],
  ['MIME with a comment', mime('From: ann@example.com (bob@example.com)\r\n\r\n'), true],
  ['MIME with a quoted name', mime('From: "Ann, of course" <ann@example.com>\r\n\r\n'), false],
  [
    'MIME with a quoted quote',
    mime('From: "a\\" <bob@example.com>, \\"" <ann@example.com>\r\n\r\n'),
    true,
  ],
  ['MIME with a route', mime('From: <@bob.example.com:ann@example.com>\r\n\r\n'), true],
  ['MIME with an empty From', mime('From: \r\n\r\n'), true],
  ['MIME of an mbox', mime('From ann@example.com Mon\r\nSubject: x\r\n\r\n'), true],
  [
    'MIME in UTF-16',
    mime(Buffer.from('From: bob@example.com\r\n\r\n', 'utf16le'), ' CharacterSet="UTF-16"'),
    true,
  ],
  ['MIME in Latin 1', mime(OWN, ' CharacterSet="iso-8859-1"'), false],
  ['MIME with a header too long', mime(`X: ${'x'.repeat(MAX_HEAD_BYTES)}\r\n\r\n`), true],
  [
    'MIME that hides in padding',
    '<t:MimeContent>U3ViamVjdDogeA==RnJvbTogYm9iQGV4YW1wbGUuY29t</t:MimeContent>',
    true,
  ],
  ['MIME that is no base64', '<t:MimeContent>From: bob</t:MimeContent>', true],
  [
    'MIME as references',
    `<t:MimeContent>${[...Buffer.from('From: bob@example.com').toString('base64')].map(c => `&#${c.charCodeAt(0)};`).join('')}</t:MimeContent>`,
    true,
  ],
  [
    'MIME with blanks in its base64',
    mime('From: bob@example.com\r\n\r\n')
      .replaceAll(/(.{3})(?=.*<\/)/g, '$1')
      .replace(/(?<=>)(..)/, '$1 \r\n\t'),
    true,
  ],
  [
    'MIME in UTF-8 of the newer kind',
    mime('From: bob@example.com\r\n\r\n').replaceAll('MimeContent', 'MimeContentUTF8'),
    true,
  ],
  ['two MIME', mime(OWN) + mime('From: bob@example.com\r\n\r\n'), true],
]

for (const [name, content, refused, saved] of rows) {
  t.equal(
    guardOn(create(content)),
    refused ? 'sender-refused' : undefined,
    `R13 CreateItem ${name}`,
  )
  t.equal(
    guardOn(update(content)),
    refused ? 'sender-refused' : undefined,
    `R13 UpdateItem ${name}`,
  )
  t.equal(guardOn(create(content, SAVED)), saved, `R13 saved: ${name}`)
  t.equal(
    guardOn(create(content), { guard: { mailboxes: 'any' } }),
    refused ? 'sender-refused' : undefined,
    `R13 under any: ${name}`,
  )
}

t.equal(
  guardOn(create(property('PropertyTag="0x0065h"')), { guard: { delegation: true } }),
  'sender-refused',
  'R13 a property that cannot be read may name a sender',
)

/** Attributes, whether they send a new message, and whether they send a change, if that is different. */
for (const [attributes, sends, changes = sends] of [
  [SENT, true],
  ['MessageDisposition="SendOnly"', true],
  ['MessageDisposition="saveonly"', true],
  ['MessageDisposition=" SaveOnly"', true],
  ['', true],
  [SAVED, false],
  ['SendMeetingInvitations="SendToNone"', true, false],
  ['SendMeetingInvitations="SendOnlyToAll"', true],
  [`${SAVED} SendMeetingInvitations="SendToAllAndSaveCopy"`, true],
  [`${SAVED} SendMeetingInvitationsOrCancellations="SendToChangedAndSaveCopy"`, true],
  [`${SAVED} SendMeetingInvitationsOrCancellations="SendToNone"`, false],
] as const) {
  const refusal = sends ? 'operation-refused' : undefined
  const refusalOfChange = changes ? 'operation-refused' : undefined
  const quiet: Case = { guard: { sending: false } }
  t.equal(guardOn(create('', attributes), quiet), refusal, `CreateItem ${attributes} sends`)
  t.equal(guardOn(update('', attributes), quiet), refusalOfChange, `UpdateItem ${attributes} sends`)
  t.equal(
    guardOn(create(from('bob@example.com'), attributes)),
    sends ? 'sender-refused' : undefined,
  )
}
t.equal(
  guardOn(
    '<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToAllAndSaveCopy"/>',
    {
      guard: { sending: false },
    },
  ),
  'operation-refused',
  'DeleteItem that sends cancellations',
)
t.equal(
  guardOn('<m:DeleteItem DeleteType="HardDelete"/>', { guard: { sending: false } }),
  undefined,
)

const itemClass = (text: string) => `<t:ItemClass>${text}</t:ItemClass>`
const classProperty = (value: string, tag = '0x001A') => property(`PropertyTag="${tag}"`, value)
const upload = (attributes: string) =>
  `<m:UploadItems><m:Items><t:Item CreateAction="CreateNew"${attributes}><t:Data>AAAA</t:Data></t:Item></m:Items></m:UploadItems>`
const configuration = (operation: string, name: string) =>
  `<m:${operation}><m:UserConfiguration><t:UserConfigurationName Name="${name}"><t:DistinguishedFolderId Id="inbox"/></t:UserConfigurationName></m:UserConfiguration></m:${operation}>`
const folder = (content: string, operation = 'CreateFolder') =>
  `<m:${operation}><m:Folders><t:Folder>${content}</t:Folder></m:Folders></m:${operation}>`

for (const [name, request, reason, by] of [
  ['a mail', create(itemClass('IPM.Note'), SAVED), undefined, {}],
  [
    'a rule',
    create(itemClass('IPM.Rule.Version2.Message'), SAVED),
    'operation-refused',
    { inboxRules: true },
  ],
  [
    'an extended rule',
    create(itemClass('IPM.ExtendedRule.Message'), SAVED),
    'operation-refused',
    { inboxRules: true },
  ],
  [
    'a rule in small letters',
    create(itemClass(' ipm.rule.message'), SAVED),
    'operation-refused',
    { inboxRules: true },
  ],
  [
    'a rule behind many blanks',
    create(itemClass(`${' '.repeat(100)}IPM.Rule.Message`), SAVED),
    'operation-refused',
    { inboxRules: true },
  ],
  [
    'a rule in CDATA',
    create(itemClass('<![CDATA[IPM.Rule]]>'), SAVED),
    'operation-refused',
    { inboxRules: true },
  ],
  [
    'a rule in pieces',
    create(itemClass('IP&#77;.<![CDATA[Ru]]>le'), SAVED),
    'operation-refused',
    { inboxRules: true },
  ],
  [
    'a rule inside another value',
    create('<t:Value>x<t:Value>IPM.Rule</t:Value></t:Value>', SAVED),
    'operation-refused',
    { inboxRules: true },
  ],
  [
    'a rule by its property',
    create(classProperty('IPM.Rule.Message'), SAVED),
    'operation-refused',
    { inboxRules: true },
  ],
  [
    'a rule whose value comes first',
    create(
      '<t:ExtendedProperty><t:Value>IPM.Rule.Message</t:Value><t:ExtendedFieldURI PropertyTag="26"/></t:ExtendedProperty>',
      SAVED,
    ),
    'operation-refused',
    { inboxRules: true },
  ],
  [
    'an update to a rule',
    update(itemClass('IPM.Rule.Message'), SAVED),
    'operation-refused',
    { inboxRules: true },
  ],
  ['an item that is uploaded', upload(''), undefined, {}],
  ['one that is not hidden', upload(' IsAssociated="false"'), undefined, {}],
  ['a hidden one', upload(' IsAssociated="true"'), 'operation-refused', { inboxRules: true }],
  [
    'a hidden one by number',
    upload(' IsAssociated="1"'),
    'operation-refused',
    { inboxRules: true },
  ],
  [
    'a hidden one by blanks',
    upload(' IsAssociated=" true "'),
    'operation-refused',
    { inboxRules: true },
  ],
  [
    'a hidden one by nonsense',
    upload(' IsAssociated="TRUE"'),
    'operation-refused',
    { inboxRules: true },
  ],
  [
    'the table of apps',
    configuration('CreateUserConfiguration', 'ExtensionMasterTable'),
    'operation-refused',
    undefined,
  ],
  [
    'an app',
    configuration('UpdateUserConfiguration', 'ClientExtension.123'),
    'operation-refused',
    undefined,
  ],
  [
    'an app in other letters',
    configuration('UpdateUserConfiguration', ' clientextension.123'),
    'operation-refused',
    undefined,
  ],
  [
    'an app as an item',
    create(itemClass('IPM.Configuration.ExtensionMasterTable'), SAVED),
    'operation-refused',
    undefined,
  ],
  [
    'some other configuration',
    configuration('CreateUserConfiguration', 'Signatures'),
    undefined,
    {},
  ],
  [
    'reading the table of apps',
    configuration('GetUserConfiguration', 'ExtensionMasterTable'),
    undefined,
    {},
  ],
  [
    'deleting the table of apps',
    '<m:DeleteUserConfiguration><m:UserConfigurationName Name="ExtensionMasterTable"/></m:DeleteUserConfiguration>',
    'operation-refused',
    undefined,
  ],
  [
    'permissions of a new folder',
    folder('<t:PermissionSet><t:Permissions/></t:PermissionSet>'),
    'grant-refused',
    { delegation: true },
  ],
  [
    'those of a calendar',
    folder('<t:CalendarPermissionSet/>', 'CreateFolderPath'),
    'grant-refused',
    { delegation: true },
  ],
  [
    'permissions in an update',
    folder('<t:FieldURI FieldURI="folder:PermissionSet"/>', 'UpdateFolder'),
    'grant-refused',
    { delegation: true },
  ],
  [
    'permissions by their property',
    folder(property('PropertyTag="0x3FE0"')),
    'grant-refused',
    { delegation: true },
  ],
  [
    'security by its property',
    folder(property('PropertyTag="3623"'), 'UpdateFolder'),
    'grant-refused',
    { delegation: true },
  ],
  ...['0x0E6A', '0x0F00', '0x3D21', '0x3FFE'].map(
    tag =>
      [
        `security by the property ${tag}`,
        folder(property(`PropertyTag="${tag}"`), 'UpdateFolder'),
        'grant-refused',
        { delegation: true },
      ] as const,
  ),
  ...['0x0E27', '0x6844', '0x6845', '0x684A', '0x686B'].map(
    tag =>
      [
        `security or delegates as the item’s property ${tag}`,
        update(property(`PropertyTag="${tag}"`), SAVED),
        'grant-refused',
        { delegation: true },
      ] as const,
  ),
  [
    'a property that cannot be read, which may be any',
    update(property('PropertyTag="0x0065h"'), SAVED),
    'operation-refused',
    undefined,
  ],
  [
    'security by a property with its type, which may be any',
    folder(property('PropertyTag="0x3FFE0102"'), 'UpdateFolder'),
    'operation-refused',
    undefined,
  ],
  [
    'some other property of an item',
    update(property('PropertyTag="0x6846"'), SAVED),
    undefined,
    {},
  ],
  [
    'reading permissions',
    '<m:GetFolder><m:FolderShape><t:FieldURI FieldURI="folder:PermissionSet"/></m:FolderShape></m:GetFolder>',
    undefined,
    {},
  ],
  [
    'an invitation to share',
    create('<t:AcceptSharingInvitation/>', SAVED),
    'grant-refused',
    { delegation: true },
  ],
] as const) {
  t.equal(guardOn(request), reason, `R14 ${name}`)
  if (reason !== undefined)
    t.equal(
      guardOn(request, { guard: by ?? { inboxRules: true, delegation: true, mailboxes: 'any' } }),
      by === undefined ? reason : undefined,
      `R14 by switch: ${name}`,
    )
  if (reason !== undefined)
    t.equal(
      guardOn(request, { type: 'READ_ONLY', guard: { inboxRules: true, delegation: true } }),
      'role-is-read-only',
      `P4 ${name}`,
    )
}

t.test('R13 MimeMessage reads the same wherever its text is split', async t => {
  const text = Buffer.from(`Subject: x\r\n${OWN}Sender: bob@example.com\r\n\r\nBody`).toString(
    'base64',
  )
  const bytes = Buffer.from(text.replace(/(.{10})/g, '$1\r\n '))
  for (let at = 0; at <= bytes.length; at++) {
    const head = new MimeMessage()
    head.add(bytes, 0, at)
    head.add(bytes, at, bytes.length)
    t.strictSame(head.senders(), ['ann@example.com', 'bob@example.com'])
  }
})

t.test('R13 a streaming body keeps its sender, and none of its chunks, in memory', async t => {
  const body = Buffer.from(`${OWN}\r\n${'x'.repeat(10 << 20)}`)
  const bytes = requestWith(create(mime(body) + from('bob@example.com')))
  const reader = new EnvelopeReader()
  const chunk = new Uint8Array(65_536)
  let kept = 0
  for (let at = 0; at < bytes.length; at += chunk.length) {
    const length = Math.min(chunk.length, bytes.length - at)
    chunk.set(bytes.subarray(at, at + length))
    reader.write(chunk.subarray(0, length))
    kept = Math.max(kept, at + length - reader.settled)
    // A reader that kept the chunk would read this instead.
    chunk.fill(0)
  }
  reader.end()
  t.ok(kept < 1_000, 'nothing but a tag is kept')
  t.strictSame(reader.facts.senders, ['ann@example.com', 'bob@example.com'])
})

const header = fc
  .array(
    fc.constantFrom(
      'From',
      'from',
      ':',
      ' ',
      '\t',
      '\r\n',
      '\n',
      '\r',
      '<',
      '>',
      '"',
      ',',
      'X',
      'ann@example.com',
      'bob@example.com',
      '\0',
    ),
    { maxLength: 20 },
  )
  .map(parts => parts.join(''))

/** The most generous reading: any line that begins like a From, up to the first empty line. */
function boldSender(text: string): boolean {
  const [head = ''] = text.split(/\r?\n\r?\n/)
  return head.split(/\r\n|\r|\n/).some(line => /^\0*from[\s\0]*:.*bob@/i.test(line))
}
const bold = fc.check(
  fc.property(header, text => {
    if (text.startsWith('\n') || text.startsWith('\r\n')) return true
    const head = new MimeMessage()
    const bytes = Buffer.from(Buffer.from(text).toString('base64'))
    head.add(bytes, 0, bytes.length)
    const senders = head.senders()
    return (
      !boldSender(text) ||
      senders === undefined ||
      senders.some(address => address.includes('bob@'))
    )
  }),
  { numRuns: runs(5_000) },
)
t.notOk(bold.failed, 'R13 MimeMessage overlooks no From that another reader might see', bold)
