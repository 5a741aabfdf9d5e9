/**
 * R45: what tools do with meetings and drafts of grommunio works through the gateway as directly, and nothing of it lets a
 * user send as another one. The same requests before the kind Exchange are denied where a server of this kind could differ.
 */

import t, { type Test } from 'tap'
import { envelope } from '../kit/corpus.ts'
import {
  type GatewayTestServer,
  type RoleSeed,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'

const ALICE = 'alice@example.com'
const BOB = 'bob@example.com'

const OPEN: RoleSeed = { name: 'open', type: 'FULL_ACCESS', allow: 'all' }
const withProfile = (name: 'agent' | 'calendar-write' | 'mail-draft'): RoleSeed => ({
  ...OPEN,
  name,
  profile: { name },
})
const ROLES = [OPEN, withProfile('agent'), withProfile('calendar-write'), withProfile('mail-draft')]

const folder = (name: string) => `<t:DistinguishedFolderId Id="${name}"/>`
const saved = (name: string) => `<m:SavedItemFolderId>${folder(name)}</m:SavedItemFolderId>`
const box = (element: string, address: string) =>
  `<t:${element}><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox></t:${element}>`
const attendees = (...addresses: readonly string[]) =>
  `<t:RequiredAttendees>${addresses.map(address => box('Attendee', address)).join('')}</t:RequiredAttendees>`
const tag = (number: string, type = 'String') =>
  `<t:ExtendedFieldURI PropertyTag="${number}" PropertyType="${type}"/>`
const property = (number: string, value: string, type = 'String') =>
  `<t:ExtendedProperty>${tag(number, type)}<t:Value>${value}</t:Value></t:ExtendedProperty>`
const meeting = (content = '', sending = 'SendToNone') =>
  `<m:CreateItem SendMeetingInvitations="${sending}">${saved('calendar')}<m:Items><t:CalendarItem>` +
  `<t:Subject>Plan</t:Subject>${content}<t:Start>2026-12-01T10:00:00Z</t:Start>` +
  `<t:End>2026-12-01T11:00:00Z</t:End>${attendees(BOB)}</t:CalendarItem></m:Items></m:CreateItem>`
const draft = (content = '') =>
  `<m:CreateItem MessageDisposition="SaveOnly">${saved('drafts')}<m:Items><t:Message>` +
  `<t:Subject>Draft</t:Subject>${content}<t:ToRecipients><t:Mailbox><t:EmailAddress>${BOB}</t:EmailAddress>` +
  '</t:Mailbox></t:ToRecipients></t:Message></m:Items></m:CreateItem>'

type Id = Readonly<{ id: string; key: string }>
const itemId = ({ id, key }: Id, element = 'ItemId') =>
  `<t:${element} Id="${id}"${key === '' ? '' : ` ChangeKey="${key}"`}/>`
const update = (item: Id, attributes: string, change: string) =>
  `<m:UpdateItem ConflictResolution="AlwaysOverwrite" ${attributes}><m:ItemChanges><t:ItemChange>${itemId(item)}` +
  `<t:Updates>${change}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`
const set = (field: string, kind: string, value: string) =>
  `<t:SetItemField>${field}<t:${kind}>${value}</t:${kind}></t:SetItemField>`
const field = (name: string) => `<t:FieldURI FieldURI="${name}"/>`
const subject = (kind: string, value: string) =>
  set(field('item:Subject'), kind, `<t:Subject>${value}</t:Subject>`)
const QUIET = 'MessageDisposition="SaveOnly" SendMeetingInvitationsOrCancellations="SendToNone"'
const inviting = (to: string) =>
  `MessageDisposition="SaveOnly" SendMeetingInvitationsOrCancellations="${to}"`
const cancel = (item: Id) =>
  `<m:CreateItem MessageDisposition="SendAndSaveCopy"><m:Items><t:CancelCalendarItem>${itemId(item, 'ReferenceItemId')}` +
  '</t:CancelCalendarItem></m:Items></m:CreateItem>'
const deletion = (item: Id) =>
  `<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToAllAndSaveCopy"><m:ItemIds>${itemId(item)}</m:ItemIds></m:DeleteItem>`
const attach = ({ id }: Id) =>
  `<m:CreateAttachment><m:ParentItemId Id="${id}"/><m:Attachments><t:FileAttachment><t:Name>a.txt</t:Name>` +
  '<t:Content>YQ==</t:Content></t:FileAttachment></m:Attachments></m:CreateAttachment>'
const send = (item: Id) =>
  `<m:SendItem SaveItemToFolder="true"><m:ItemIds>${itemId(item)}</m:ItemIds></m:SendItem>`
const markRead = (item: Id) =>
  `<m:UpdateItem ConflictResolution="AutoResolve"><m:ItemChanges><t:ItemChange>${itemId(item)}<t:Updates>` +
  `${set(field('message:IsRead'), 'Message', '<t:IsRead>true</t:IsRead>')}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`
const find = (name: string) =>
  '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>' +
  `<m:ParentFolderIds>${folder(name)}</m:ParentFolderIds></m:FindItem>`

/** A one-off entry ID that names Bob. */
const BOBS_ENTRY = Buffer.concat([
  Buffer.from('00000000812b1fa4bea310199d6e00dd010f540200000110', 'hex'),
  Buffer.from(`Bob\0SMTP\0${BOB}\0`),
]).toString('base64')

const idIn = (text: string): Id => {
  const [, attributes = ''] = /<t:ItemId ([^>]*)>/.exec(text) ?? []
  const of = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? ''
  return { id: of('Id'), key: of('ChangeKey') }
}

const start = (t: Test, kind: 'exchange' | 'grommunio' | 'other') =>
  startGatewayTestServer(t, {
    gromox: true,
    roles: ROLES,
    organization: { upstream: { kind }, opaqueIds: 'allow' } as never,
  })

/** Sends a request through the gateway; returns the reason of a denial, the code, and the text. */
async function post(server: GatewayTestServer, operation: string, role = 'open') {
  const auth = server.client(role).key
  const { text, headers } = await server.post(envelope(ALICE, operation), { auth })
  const decision = server
    .audit()
    .find(it => it.type === 'decision' && it.decisionId === headers['x-decision-id'])
  return { text, reason: decision?.reason, code: /ResponseCode>(\w+)</.exec(text)?.[1] }
}

const DONE = { reason: undefined, code: 'NoError' }

t.test('R45 meetings of grommunio are changed, canceled, and deleted with notices', async t => {
  const server = await start(t, 'grommunio')
  for (const role of ['open', 'calendar-write'])
    for (const [name, request] of [
      [
        'update and send',
        item => update(item, inviting('SendToAllAndSaveCopy'), subject('CalendarItem', 'New')),
      ],
      [
        'change of attendees',
        item =>
          update(
            item,
            inviting('SendToChangedAndSaveCopy'),
            set(
              field('calendar:RequiredAttendees'),
              'CalendarItem',
              attendees(BOB, 'carol@example.com'),
            ),
          ),
      ],
      ['cancellation', cancel],
      ['deletion with cancellations', deletion],
    ] as const satisfies readonly (readonly [string, (item: Id) => string])[]) {
      const made = await post(server, meeting('', 'SendToAllAndSaveCopy'), role)
      t.match(made, DONE, `${role}: ${name}`)
      server.sandbox.forget()
      t.match(await post(server, request(idIn(made.text)), role), DONE, `${role}: ${name}`)
      t.match(server.sandbox.sent, [
        { as: ALICE, from: { address: ALICE }, sender: { address: ALICE } },
      ])
    }
})

t.test('R13 a meeting of grommunio that names another sender is not sent', async t => {
  const server = await start(t, 'grommunio')
  const remove = (number: string, type?: string) =>
    `<t:DeleteItemField>${tag(number, type)}</t:DeleteItemField>`
  const setTag = (number: string, value: string, type?: string) =>
    set(tag(number, type), 'CalendarItem', property(number, value, type))
  for (const [name, change] of [
    ['another SMTP address', setTag('0x5D01', BOB)],
    ['another address', setTag('0x0C1F', BOB)],
    ['another SMTP address of who is represented', setTag('0x5D02', BOB)],
    ['another address in an entry ID', setTag('0x0C19', BOBS_ENTRY, 'Binary')],
    ['no SMTP address', remove('0x5D01')],
    ['no address', remove('0x5D01') + remove('0x0C1F')],
    ['a name instead of the SMTP address', setTag('0x5D01', 'bob')],
  ] as const) {
    const made = await post(server, meeting())
    const item = idIn(made.text)
    t.match(await post(server, update(item, QUIET, change)), DONE, `${name}: it is saved`)
    server.sandbox.forget()
    for (const request of [
      update(item, inviting('SendToAllAndSaveCopy'), subject('CalendarItem', 'New')),
      cancel(item),
      deletion(item),
    ])
      t.match(await post(server, request), { reason: 'sender-refused' }, name)
    t.strictSame(server.sandbox.sent, [], name)
  }
})

t.test('R45 a draft of grommunio is sent after a file was attached to it', async t => {
  const server = await start(t, 'grommunio')
  for (const [name, change] of [
    ['with the ChangeKey from before', (item: Id) => item],
    ['without a ChangeKey', ({ id }: Id) => ({ id, key: '' })],
  ] as const) {
    const made = await post(server, draft())
    const attached = await post(server, attach(idIn(made.text)))
    t.match(attached, DONE)
    t.notMatch(attached.text, 'RootItemChangeKey', 'the response has no new ChangeKey')
    server.sandbox.forget()
    t.match(await post(server, send(change(idIn(made.text)))), DONE, name)
    t.match(server.sandbox.sent, [{ as: ALICE, from: { address: ALICE } }], name)
  }
  const made = await post(server, draft(box('From', BOB)))
  server.sandbox.forget()
  t.match(await post(server, send({ ...idIn(made.text), key: '' })), { reason: 'sender-refused' })
  t.strictSame(server.sandbox.sent, [], 'nor is a draft of another sender')

  for (const kind of ['exchange', 'other'] as const) {
    const other = await start(t, kind)
    const made = await post(other, draft())
    await post(other, attach(idIn(made.text)))
    other.sandbox.forget()
    const denied = await post(other, send(idIn(made.text)))
    t.match(denied, { reason: 'sender-refused' }, `${kind}: another ChangeKey stays denied`)
    t.strictSame(other.sandbox.sent, [])
  }
})

t.test('R45 an update without a disposition is denied where it could send', async t => {
  for (const [kind, expected] of [
    ['grommunio', DONE],
    ['exchange', { reason: 'sender-refused' }],
    ['other', { reason: 'sender-refused' }],
  ] as const) {
    const server = await start(t, kind)
    const item = idIn((await post(server, find('inbox'))).text)
    server.sandbox.forget()
    t.match(await post(server, markRead(item)), expected, kind)
    t.strictSame(server.sandbox.sent, [], 'nothing is sent')
  }
})

t.test('R45 profiles change their own drafts on grommunio, and nothing else', async t => {
  const server = await start(t, 'grommunio')
  const change = (item: Id) => update(item, QUIET, subject('Message', 'Changed'))
  for (const role of ['mail-draft', 'agent']) {
    const made = await post(server, draft(), role)
    t.match(made, DONE, `${role} saves a draft`)
    t.match(await post(server, change(idIn(made.text)), role), DONE, `${role} changes it`)
    t.match(await post(server, attach(idIn(made.text)), role), DONE, `${role} attaches a file`)
    const before = server.sandbox.mailbox(ALICE).subjects()
    const received = idIn((await post(server, find('inbox'))).text)
    for (const request of [change(received), attach(received)])
      t.match(await post(server, request, role), { reason: 'outside-profile' }, role)
    const elsewhere = await post(server, draft().replace('"drafts"', '"sentitems"'))
    t.match(await post(server, change(idIn(elsewhere.text)), role), { reason: 'outside-profile' })
    t.strictSame(server.sandbox.mailbox(ALICE).subjects(), before)
    t.ok(server.sandbox.mailbox(ALICE).subjects('drafts').includes('Changed'))
  }
  const strict = await start(t, 'exchange')
  const made = await post(strict, draft(), 'mail-draft')
  const denied = await post(strict, change(idIn(made.text)), 'mail-draft')
  t.match(denied, { reason: 'outside-profile' }, 'a server that marks drafts has to mark it')
})

t.test(
  'R45 a tool for meetings finds the sent items, and saves the copy of a cancellation there',
  async t => {
    const server = await start(t, 'grommunio')
    const role = 'calendar-write'
    const getFolder = (name: string) =>
      `<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>${folder(name)}</m:FolderIds></m:GetFolder>`
    const into = (name: string, request: string) =>
      request.replace('<m:Items>', `${saved(name)}<m:Items>`)
    t.match(await post(server, getFolder('sentitems'), role), DONE)
    t.match(await post(server, getFolder('inbox'), role), { reason: 'outside-profile' })
    t.match(await post(server, find('sentitems'), role), { reason: 'outside-profile' })
    const item = idIn((await post(server, meeting(), role)).text)
    server.sandbox.forget()
    t.match(await post(server, into('inbox', cancel(item)), role), { reason: 'outside-profile' })
    t.strictSame(server.sandbox.sent, [])
    t.match(await post(server, into('sentitems', cancel(item)), role), DONE)
    t.match(server.sandbox.sent, [{ as: ALICE, subject: 'Canceled: Plan' }])
    const event = meeting().replace('"calendar"', '"sentitems"')
    t.match(await post(server, event, role), { reason: 'outside-profile' }, 'an event is no copy')
  },
)
