/**
 * Messages of responses: what each element says of a folder, an item, a subscription, or a setting.
 */

import t from 'tap'
import type { ReadOperation } from '../../src/ews/response-shape.ts'
import { AUTODISCOVER_NS } from '../../src/model/envelope.ts'
import { CODE, envelope, like, messages, read, UNREADABLE } from './responses.ts'

const found = { code: 'NoError', folderIds: [], items: [] }

/** Contents of a message, and what is read of it; undefined: the response is unreadable. */
const long = (length: number) => 'x'.repeat(length)
const subscription = (id: string) => `${CODE}<m:SubscriptionId>${id}</m:SubscriptionId>`
const folders = (content: string) => `${CODE}<m:Folders>${content}</m:Folders>`
const folder = (content: string, element = 'Folder') => `<t:${element}>${content}</t:${element}>`
const isHidden = (value: string) =>
  `<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x10f4"/>${value}</t:ExtendedProperty>`
const items = (content: string) => `${CODE}<m:Items><t:Message>${content}</t:Message></m:Items>`
const from = (content: string) => `<t:From><t:Mailbox>${content}</t:Mailbox></t:From>`
const address = '<t:EmailAddress>ann@x.example</t:EmailAddress>'
const PLACE = '<t:ParentFolderId Id="f"/><t:ItemClass>IPM</t:ItemClass>'
const place = { folderId: 'f', itemClass: 'IPM', isDraft: false, isAssociated: false }
for (const [operation, content, expected] of [
  ['Subscribe', CODE, found],
  ['Subscribe', '', undefined],
  ['Subscribe', CODE + CODE, undefined],
  ['Subscribe', '<m:ResponseCode/>', undefined],
  ['Subscribe', '<m:ResponseCode>No Error</m:ResponseCode>', undefined],
  ['Subscribe', '<m:ResponseCode>No<m:x/>Error</m:ResponseCode>', undefined],
  ['Subscribe', '<m:ResponseCode>No<!-- x -->Err&#111;r</m:ResponseCode>', found],
  ['Subscribe', '<t:ResponseCode>NoError</t:ResponseCode>', undefined],
  ['Subscribe', `<m:x>${CODE}</m:x>`, undefined],
  ['Subscribe', `<m:MessageText>x</m:MessageText>${CODE}x`, found],
  ['Subscribe', `<m:MessageText>&#120;</m:MessageText>${CODE}`, found],
  ['Subscribe', `<m:ResponseCode>x</m:ResponseCode>`, { code: 'x' }],
  ['Subscribe', `<m:ResponseCode>${long(64)}</m:ResponseCode>`, { code: long(64) }],
  ['Subscribe', `<m:ResponseCode>${long(65)}</m:ResponseCode>`, undefined],
  ['Subscribe', subscription('a'), { subscriptionId: 'a' }],
  ['Subscribe', subscription('a').replace(CODE, `${CODE}x&#120;`), { subscriptionId: 'a' }],
  ['Subscribe', subscription(long(1_024)), { subscriptionId: long(1_024) }],
  ['Subscribe', subscription(long(1_025)), undefined],
  ['Subscribe', subscription(''), undefined],
  ['Subscribe', subscription('a<t:x/>'), undefined],
  ['Subscribe', subscription('a') + subscription('b').replace(CODE, ''), undefined],
  [
    'Subscribe',
    subscription('a').replaceAll('m:Sub', 't:Sub'),
    { ...found, subscriptionId: undefined },
  ],
  ['GetFolder', subscription('a'), { ...found, subscriptionId: undefined }],
  ['GetFolder', folders(''), { ...found, folders: undefined }],
  ['GetFolder', folders(folder('<t:FolderId Id="a"/>')), { folderIds: ['a'], folders: undefined }],
  ['GetFolder', folders(folder('<t:FolderId Id="a"/><t:FolderId Id="b"/>')), undefined],
  ['GetFolder', folders(folder('<t:FolderId/>')), undefined],
  ['GetFolder', folders('').replace('</m:Folders>', '$&<m:Folders/>'), undefined],
  [
    'GetFolder',
    folders(folder('<t:FolderId Id="a"/><t:FolderClass>C</t:FolderClass>', 'TasksFolder')),
    { folders: [{ id: 'a', container: 'C', isHidden: false, isGeneric: false }] },
  ],
  [
    'GetFolder',
    folders(
      folder(`<t:FolderId Id="a"/><t:ParentFolderId Id="p"/>${isHidden('<t:Value>1</t:Value>')}`),
    ),
    { folders: [{ id: 'a', parentId: 'p', container: '', isHidden: true }] },
  ],
  [
    'GetFolder',
    folders(
      folder(
        `<t:FolderId Id="a"/><t:ParentFolderId Id="p"/>${isHidden('<t:Value>false</t:Value>')}`,
      ),
    ),
    { folders: [{ isHidden: false }] },
  ],
  [
    'GetFolder',
    folders(folder(`<t:FolderId Id="a"/><t:ParentFolderId Id="p"/>${isHidden('')}`)),
    { folders: [{ isHidden: false }] },
  ],
  [
    'GetFolder',
    folders(
      folder('<t:FolderId Id="a"/><t:FolderClass>C</t:FolderClass>') +
        folder('<t:FolderId Id="b"/><t:FolderClass>D</t:FolderClass>'),
    ),
    {
      folderIds: ['a', 'b'],
      folders: [
        { id: 'a', container: 'C' },
        { id: 'b', container: 'D' },
      ],
    },
  ],
  ['GetFolder', folders(folder('<t:ParentFolderId Id="p"/>')), { ...found, folders: undefined }],
  ['GetFolder', items(''), { items: [] }],
  ['GetItem', folders(folder('<t:FolderId Id="a"/>')), { folderIds: [], folders: undefined }],
  [
    'GetItem',
    items(''),
    { items: [{ kind: 'Message', changeKey: '', senders: [], unknownSender: false }] },
  ],
  ['GetItem', items('').replace(/<t:Mes.*sage>/, '$&$&'), { items: [{}, {}] }],
  ['GetItem', items('<t:ItemId Id="a" ChangeKey="k"/>'), { items: [{ changeKey: 'k' }] }],
  ['GetItem', items('<t:ItemId Id="a"/><t:ItemId Id="b"/>'), undefined],
  ['GetItem', items(PLACE), { items: [{ place }] }],
  [
    'GetItem',
    items(`${PLACE}<t:IsDraft>true</t:IsDraft>`),
    { items: [{ place: { ...place, isDraft: true } }] },
  ],
  [
    'GetItem',
    items(`${PLACE}<t:IsAssociated>false</t:IsAssociated><t:IsDraft>false</t:IsDraft>`),
    { items: [{ place }] },
  ],
  [
    'GetItem',
    items(`${PLACE}<t:IsAssociated>true</t:IsAssociated>`),
    { items: [{ place: { ...place, isAssociated: true } }] },
  ],
  ['GetItem', items('<t:IsDraft>true</t:IsDraft><t:IsDraft>true</t:IsDraft>'), undefined],
  [
    'GetItem',
    items(from(address)),
    { items: [{ senders: ['ann@x.example'], unknownSender: false }] },
  ],
  [
    'GetItem',
    items(from(address) + from(address)),
    { items: [{ senders: ['ann@x.example', 'ann@x.example'] }] },
  ],
  [
    'GetItem',
    items(from(`${address}<t:RoutingType>SMTP</t:RoutingType>`)),
    { items: [{ senders: ['ann@x.example'], unknownSender: false }] },
  ],
  [
    'GetItem',
    items(from(`${address}<t:RoutingType>EX</t:RoutingType>`)),
    { items: [{ unknownSender: true }] },
  ],
  ['GetItem', items('<t:From><t:x/></t:From>'), { items: [{ senders: [], unknownSender: true }] }],
  ['GetItem', items('<t:Organizer/>'), { items: [{ senders: [], unknownSender: true }] }],
  ['GetItem', items('<t:Sender/>'), { items: [{ senders: [], unknownSender: true }] }],
  [
    'GetItem',
    items('<t:ExtendedProperty><t:x/></t:ExtendedProperty>'),
    { items: [{ unknownSender: true }] },
  ],
  ...(
    [
      ['IPM.Note', false],
      ['IPM.Note.SMIME.MultipartSigned', true],
      ['ipm.note.smime', true],
    ] as const
  ).map(
    ([itemClass, unknownSender]) =>
      [
        'GetItem',
        items(`<t:ItemClass>${itemClass}</t:ItemClass>`),
        { items: [{ unknownSender }] },
      ] as const,
  ),
  ['GetItem', items('<t:x/>'), { items: [{ unknownSender: false }] }],
  ['GetItem', items('<o:x/>'), { items: [{ unknownSender: true }] }],
  ['GetItem', items('<t:Value>x</t:Value>'), { items: [{ unknownSender: false }] }],
] as const) {
  const result = read(envelope(messages(operation, content)), operation)
  const all = expected === undefined ? UNREADABLE : { messages: [expected] }
  t.strictSame(like(result, all), all, `${operation}: ${content.slice(0, 200)}`)
}

const nameOf = (text: string) => `<Name>${text}</Name>`
const value = (text: string) => `<Value>${text}</Value>`
const setting = (content: string) => `<UserSetting>${content}</UserSetting>`
const user = (content: string, code = '<ErrorCode>NoError</ErrorCode>') =>
  `<UserResponse>${code}<UserSettings>${content}</UserSettings></UserResponse>`
const settings = (users: string, code = '<ErrorCode>NoError</ErrorCode>') =>
  envelope(
    `<GetUserSettingsResponseMessage xmlns="${AUTODISCOVER_NS}"><Response>${code}` +
      `<UserResponses>${users}</UserResponses></Response></GetUserSettingsResponseMessage>`,
  )
/** Users in a response of Autodiscover, and their settings; undefined: the response is unreadable. */
for (const [users, expected] of [
  ['', []],
  [user(''), [undefined]],
  [user(setting(nameOf('a') + value('b'))), [{ a: 'b' }]],
  [user(setting(value('b') + nameOf('a'))), [{ a: 'b' }]],
  [user(setting(nameOf('a') + value('')) + setting(nameOf('c') + value('d'))), [{ a: '', c: 'd' }]],
  [
    user(setting(nameOf('a') + value('b'))) + user(setting(nameOf('a') + value('c'))),
    [{ a: 'b' }, { a: 'c' }],
  ],
  [user(setting(nameOf('a') + value('b')) + setting(nameOf('a') + value('b'))), undefined],
  [user(setting(nameOf('a') + value('b')) + setting(value('c'))), [{ a: 'b' }]],
  [user(setting(nameOf('a'))), [undefined]],
  [user(setting(nameOf('a') + value('b<c/>'))), [undefined]],
  [user(setting(nameOf('a<c/>') + value('b'))), [undefined]],
  [user(setting(nameOf('a') + value('x'.repeat(1_025)))), [undefined]],
  [user(setting(nameOf('a') + nameOf('b') + value('c'))), undefined],
  [user(setting(nameOf('a') + value('b') + value('c'))), undefined],
  [user('', ''), undefined],
  [user('', '<ErrorCode>No Error</ErrorCode>'), undefined],
  [user('').replace(/<UserSettings>.*Settings>/, '$&$&'), undefined],
  [user(setting(`<o:x>${nameOf('a')}</o:x>${value('b')}`)), [undefined]],
  [
    user(setting(nameOf('a') + value('b'))).replaceAll('UserSetting>', 'o:UserSetting>'),
    [undefined],
  ],
] as const) {
  const result = read(settings(users), 'GetUserSettings')
  const all =
    expected === undefined
      ? UNREADABLE
      : {
          messages: expected.map(each => ({
            ...found,
            settings: each && new Map(Object.entries(each)),
          })),
        }
  t.strictSame(like(result, all), all, `GetUserSettings: ${users.slice(0, 200)}`)
}
t.strictSame(
  like(read(settings('', '<ErrorCode>ServerBusy</ErrorCode>'), 'GetUserSettings'), {
    first: { code: '' },
  }),
  { first: { code: 'ServerBusy' } },
)
t.strictSame(read(settings('', '<ErrorCode/>'), 'GetUserSettings'), UNREADABLE)

t.test('a response has at most 10,000 values', async t => {
  const fits = (xml: string, operation: ReadOperation) => {
    const { failure } = { failure: undefined, ...read(xml, operation) }
    return failure === undefined
  }
  const itemsOf = (content: string, more: number) =>
    messages('GetItem', items(content).replace('</m:Items>', `${'<t:Message/>'.repeat(more)}$&`))
  const sender = `<t:Sender><t:Mailbox>${address}</t:Mailbox></t:Sender>`
  const repeated = (n: number, part: string) => Array<string>(n).fill(part)
  // The largest number of a part that fits. The message and the item count, too.
  for (const [name, most, operation, write] of [
    ['items', 9_998, 'GetItem', n => envelope(itemsOf('', n))],
    ['items beside an address', 9_997, 'GetItem', n => envelope(itemsOf(from(address), n))],
    [
      'items beside two addresses',
      9_996,
      'GetItem',
      n => envelope(itemsOf(from(address) + sender, n)),
    ],
    [
      'items beside a property',
      9_997,
      'GetItem',
      n => envelope(itemsOf(isHidden('<t:Value>1</t:Value>'), n)),
    ],
    ['items beside a class', 9_998, 'GetItem', n => envelope(itemsOf(PLACE, n))],
    [
      'folders',
      9_999,
      'GetFolder',
      n => envelope(messages('GetFolder', folders(folder('<t:FolderId Id="a"/>').repeat(n)))),
    ],
    ['messages', 10_000, 'Subscribe', n => envelope(messages('Subscribe', ...repeated(n, CODE)))],
    [
      'messages beside a subscription',
      9_998,
      'Subscribe',
      n => envelope(messages('Subscribe', subscription('a'), ...repeated(n, CODE))),
    ],
    ['settings', 9_999, 'GetUserSettings', n => settings(user(setting(nameOf('a')).repeat(n)))],
  ] as const satisfies readonly (readonly [
    string,
    number,
    ReadOperation,
    (n: number) => string,
  ])[]) {
    t.equal(fits(write(most), operation), true, `${most} ${name}`)
    t.equal(fits(write(most + 1), operation), false, `one more of ${name}`)
  }
})
