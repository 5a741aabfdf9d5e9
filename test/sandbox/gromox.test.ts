/**
 * The sandbox that runs operations like grommunio: its senders, and the effects of hidden content.
 */

import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import t from 'tap'
import { Behavior } from '../../sandbox/behavior.ts'
import { rejectionOf } from '../../sandbox/iis.ts'
import { sloppyTag } from '../../sandbox/property-tag.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import {
  AUTHORIZATION,
  attribute,
  call,
  createItem,
  envelope,
  findItem,
  getFolder,
  post,
  startSandbox,
} from './client.ts'

const ALICE = 'alice@example.com'
const BOB = 'bob@example.com'

const to = (address: string) =>
  `<t:ToRecipients><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox></t:ToRecipients>`
const sender = (element: string, address: string) =>
  `<t:${element}><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox></t:${element}>`
const property = (tag: string, value: string, attributes = `PropertyTag="${tag}"`) =>
  `<t:ExtendedProperty><t:ExtendedFieldURI ${attributes} PropertyType="String"/><t:Value>${value}</t:Value></t:ExtendedProperty>`
const message = (content: string) => `<t:Message>${content}${to('carol@example.com')}</t:Message>`
const mime = (lines: readonly string[]) =>
  `<t:MimeContent>${Buffer.from(lines.join('\r\n')).toString('base64')}</t:MimeContent>`
const event = (organizer: string) => ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', organizer, 'END:VEVENT']
const base64Of = (text: string) => Buffer.from(text).toString('base64')

for (const [text, tag] of [
  ['0x0065', 0x65],
  ['0X65', 0x65],
  ['0x10065', 0x65],
  ['0x00000000000000065', 0x65],
  ['101', 0x65],
  ['65637', 0x65],
  ['0145', 0x65],
  [' \t+101', 0x65],
  ['-65435', 0x65],
  ['101 and more', 0x65],
  ['0x65h', 0x65],
  ['0x', 0],
  ['09', 0],
  ['', undefined],
  ['x65', undefined],
  ['\u00a0101', undefined],
  ['18446744073709551615', 0xffff],
  ['18446744073709551616', undefined],
] as const)
  t.equal(sloppyTag(text), tag, `sloppyTag() reads ${JSON.stringify(text)}`)

const sandbox = await startSandbox({ gromox: true })
t.teardown(() => sandbox.close())

/** Sends a message and returns who it is from, or undefined where nothing was sent. */
async function fromOf(on: Sandbox, content: string) {
  on.forget()
  await call(on, ALICE, createItem(content, 'SendOnly'))
  return on.sent[0]
}

for (const [name, content, from, by] of [
  ['nothing', message(''), ALICE, ALICE],
  ['From', message(sender('From', BOB)), BOB, ALICE],
  ['Sender', message(sender('Sender', BOB)), ALICE, BOB],
  ['From in MIME', message(mime([`From: ${BOB}`, '', ''])), BOB, ALICE],
  ['a property', message(property('0x5D02', BOB)), BOB, ALICE],
  ['a property that is truncated', message(property('0x10065', BOB)), BOB, ALICE],
  ['a property whose number begins alike', message(property('1012', BOB)), ALICE, ALICE],
  ['a property of the sender', message(property('0x0C1F', BOB)), ALICE, BOB],
  ['a search key', message(property('0x003B', base64Of(`SMTP:${BOB.toUpperCase()}`))), BOB, ALICE],
  [
    'a number in PS_MAPI',
    message(
      property('', BOB, 'PropertySetId="{00020328-0000-0000-C000-000000000046}" PropertyId="101"'),
    ),
    BOB,
    ALICE,
  ],
  [
    'ORGANIZER before From',
    message(
      mime([
        `From: ${ALICE}`,
        'Content-Type: multipart/mixed; boundary=a',
        '',
        '--a',
        'Content-Type: message/rfc822',
        '',
        'Content-Type: multipart/mixed; boundary=b',
        '',
        '--b',
        'Content-Type: text/calendar',
        'Content-Disposition: attachment; filename=x.ics',
        'Content-Transfer-Encoding: base64',
        '',
        base64Of(event(`organizer;CN="a:b":MAIL\r\n TO:${BOB}`).join('\r\n')),
        '--b--',
        '--a--',
      ]),
    ),
    BOB,
    ALICE,
  ],
  [
    'ORGANIZER in plain text',
    message(mime([`From: ${ALICE}`, '', ...event(`ORGANIZER:mailto:${BOB}`)])),
    ALICE,
    ALICE,
  ],
] as const)
  t.test(`Sandbox (gromox) sends with the sender of the item: ${name}`, async t => {
    t.match(await fromOf(sandbox, content), {
      as: ALICE,
      from: { address: from },
      sender: { address: by },
      to: ['carol@example.com'],
    })
  })

t.test('Sandbox sends as the user alone, and records sent messages', async t => {
  const strict = await startSandbox()
  t.teardown(() => strict.close())
  t.equal(await fromOf(strict, message(sender('From', BOB))), undefined)
  t.match(await fromOf(strict, message('')), {
    from: { address: ALICE },
    sender: { address: ALICE },
  })
  t.match(
    await fromOf(strict, message(property('0x10065', BOB))),
    { from: { address: ALICE } },
    'a tag is not truncated',
  )
  strict.forget()
  t.strictSame(strict.sent, [])
})

t.test('Sandbox (gromox) sends a saved item whatever its ChangeKey', async t => {
  const saved = await call(sandbox, ALICE, createItem(message(property('0x0065', BOB))))
  const id = attribute(saved, 'ItemId', 'Id')
  const got = await call(
    sandbox,
    ALICE,
    `<m:GetItem><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape><m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds></m:GetItem>`,
  )
  t.match(got.text, /<t:From>.*bob@example.com.*<\/t:From>/, 'GetItem tells the sender')
  sandbox.forget()
  const sent = await call(
    sandbox,
    ALICE,
    `<m:SendItem SaveItemToFolder="true"><m:ItemIds><t:ItemId Id="${id}" ChangeKey="x"/></m:ItemIds></m:SendItem>`,
  )
  t.strictSame(sent.codes, ['NoError'])
  t.match(sandbox.sent, [{ as: ALICE, from: { address: BOB } }])
})

t.test('Sandbox (gromox) sends invitations and cancellations as the organizer', async t => {
  const meeting = (organizer: string) =>
    `<t:CalendarItem>${organizer}<t:Subject>Plans</t:Subject><t:Start>2027-01-01T10:00:00Z</t:Start>` +
    '<t:End>2027-01-01T11:00:00Z</t:End><t:RequiredAttendees><t:Attendee><t:Mailbox>' +
    '<t:EmailAddress>carol@example.com</t:EmailAddress></t:Mailbox></t:Attendee>' +
    '</t:RequiredAttendees></t:CalendarItem>'
  const invite = (organizer: string, to = 'SendToAllAndSaveCopy') =>
    `<m:CreateItem SendMeetingInvitations="${to}"><m:Items>${meeting(organizer)}</m:Items></m:CreateItem>`
  for (const [organizer, from] of [
    ['', ALICE],
    [mime(event(`ORGANIZER:mailto:${BOB}`)), BOB],
  ] as const) {
    sandbox.forget()
    const saved = await call(sandbox, ALICE, invite(organizer))
    t.match(sandbox.sent, [{ as: ALICE, from: { address: from }, subject: 'Plans' }])
    sandbox.forget()
    const id = attribute(saved, 'ItemId', 'Id')
    const cancel = `<t:CancelCalendarItem><t:ReferenceItemId Id="${id}"/></t:CancelCalendarItem>`
    await call(sandbox, ALICE, createItem(cancel, 'SaveOnly'))
    t.match(sandbox.sent, [{ from: { address: from }, subject: 'Canceled: Plans' }])
  }
  const invited = await call(sandbox, ALICE, invite('', 'SendToNone'))
  const id = attribute(invited, 'ItemId', 'Id')
  sandbox.forget()
  const saved = await call(sandbox, ALICE, invite(sender('Organizer', BOB), 'SendToNone'))
  const yes = `<t:AcceptItem><t:ReferenceItemId Id="${attribute(saved, 'ItemId', 'Id')}"/></t:AcceptItem>`
  await call(sandbox, ALICE, createItem(yes, 'SendOnly'))
  t.match(sandbox.sent, [{ from: { address: ALICE }, to: [BOB] }], "an answer is the attendee's")
  sandbox.forget()
  const accept = `<t:AcceptItem>${sender('Sender', BOB)}<t:ReferenceItemId Id="${id}"/></t:AcceptItem>`
  await call(sandbox, ALICE, createItem(accept, 'SendOnly'))
  t.match(sandbox.sent, [{ from: { address: ALICE }, sender: { address: BOB } }])
})

t.test('Sandbox answers an invitation without a message if it is only saved', async t => {
  const strict = await startSandbox()
  t.teardown(() => strict.close())
  const saved = await call(
    strict,
    ALICE,
    '<m:CreateItem SendMeetingInvitations="SendToNone"><m:Items><t:CalendarItem>' +
      '<t:Start>2027-01-01T10:00:00Z</t:Start><t:End>2027-01-01T11:00:00Z</t:End>' +
      '</t:CalendarItem></m:Items></m:CreateItem>',
  )
  const accept = `<t:AcceptItem><t:ReferenceItemId Id="${attribute(saved, 'ItemId', 'Id')}"/></t:AcceptItem>`
  strict.forget()
  const accepted = await call(strict, ALICE, createItem(accept, 'SaveOnly'))
  t.strictSame(strict.sent, [])
  const again = accept.replace(/Id="[^"]*"/, `Id="${attribute(accepted, 'ItemId', 'Id')}"`)
  await call(strict, ALICE, createItem(again, 'SendOnly'))
  t.equal(strict.sent.length, 1)
})

t.test('Sandbox (gromox) reads like grommunio, and rejects a tag that is not a number', async t => {
  const foreign = '<x:ExchangeImpersonation xmlns:x="urn:other"><x:ConnectingSID>'
  const header = `${foreign}<x:SmtpAddress>${ALICE}</x:SmtpAddress></x:ConnectingSID></x:ExchangeImpersonation>`
  sandbox.forget()
  await post(sandbox, envelope(createItem(message(''), 'SendOnly'), header))
  t.match(sandbox.sent, [{ as: ALICE }])
  sandbox.forget()
  const reply = await call(sandbox, ALICE, createItem(message(property('x', BOB)), 'SendOnly'))
  t.match(reply.text, /<faultcode>ErrorInvalidRequest</)
  t.strictSame(sandbox.sent, [])
})

t.test('Sandbox remembers as many sent messages as requests', async t => {
  const strict = await startSandbox({ keepSeen: 2 })
  t.teardown(() => strict.close())
  for (const subject of ['1', '2', '3'])
    await call(strict, ALICE, createItem(message(`<t:Subject>${subject}</t:Subject>`), 'SendOnly'))
  t.strictSame(
    strict.sent.map(({ subject }) => subject),
    ['2', '3'],
  )
})

const folder = (content: string) =>
  '<m:UpdateFolder><m:FolderChanges><t:FolderChange><t:DistinguishedFolderId Id="inbox"/><t:Updates>' +
  `<t:SetFolderField><t:ExtendedFieldURI PropertyTag="0x3FE1" PropertyType="Binary"/><t:Folder>${content}` +
  '</t:Folder></t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>'
const action = (text: string) =>
  '<m:ApplyConversationAction><m:ConversationActions><t:ConversationAction>' +
  `<t:Action>${text}</t:Action><t:ConversationId Id="AAQ="/></t:ConversationAction>` +
  '</m:ConversationActions></m:ApplyConversationAction>'
const configuration = (operation: string, name: string) =>
  `<m:${operation}><m:UserConfiguration><t:UserConfigurationName Name="${name}">` +
  `<t:DistinguishedFolderId Id="inbox"/></t:UserConfigurationName></m:UserConfiguration></m:${operation}>`
const associated = (itemClass: string, flag = 'true') =>
  message(`<t:ItemClass>${itemClass}</t:ItemClass><t:IsAssociated>${flag}</t:IsAssociated>`)

for (const [name, request, kinds] of [
  ['a message', createItem(message('')), []],
  ['a property of a rule', createItem(message(property('0x16679', 'x'))), ['rule']],
  ['rules of a folder', folder(property('0x13FE1', 'x')), ['rule']],
  ['roaming data', createItem(message(property('31751', 'x'))), ['setting']],
  ['a rule', createItem(associated('IPM.Rule.Version2.Message')), ['rule']],
  ['a rule that is not hidden', createItem(associated('IPM.Rule.Message', 'false')), []],
  ['an app', createItem(associated('IPM.Configuration.ExtensionMasterTable', '2')), ['app']],
  ['a setting', createItem(associated('IPM.Configuration.OWA', 'TRUE')), ['setting']],
  ['a hidden item', createItem(associated('IPM.Note')), ['item']],
  ['a hidden item by its property', createItem(message(property('0x67AA', 'true'))), ['item']],
  ['a standing action', action('AlwaysDelete'), ['rule']],
  ['an action', action('SetReadState'), []],
  ['a configuration', configuration('CreateUserConfiguration', 'Work'), ['setting']],
  ['a table of apps', configuration('UpdateUserConfiguration', 'ExtensionMasterTable'), ['app']],
] as const)
  t.test(`MailboxControl.hidden() lists ${name}`, async t => {
    const sandbox = await startSandbox({ gromox: true, seed: false })
    t.teardown(() => sandbox.close())
    const reply = await call(sandbox, ALICE, request)
    t.strictSame(reply.codes, ['NoError'])
    const hidden = sandbox.mailbox(ALICE).hidden()
    t.strictSame(
      hidden.map(({ kind }) => kind),
      kinds,
    )
    t.strictSame(sandbox.mailbox(BOB).hidden(), [])
  })

t.test(
  'ApplyConversationAction acts on the messages of a conversation in one folder, or in all',
  async t => {
    for (const [what, content, inbox, junk] of [
      [
        'in a folder',
        '<t:ContextFolderId><t:DistinguishedFolderId Id="inbox"/></t:ContextFolderId>',
        0,
        1,
      ],
      [
        'in another folder',
        '<t:ContextFolderId><t:DistinguishedFolderId Id="tasks"/></t:ContextFolderId>',
        1,
        1,
      ],
      ['in all', '', 0, 0],
    ] as const) {
      const sandbox = await startSandbox({ gromox: true, seed: false })
      t.teardown(() => sandbox.close())
      const save = (folder: string) =>
        call(
          sandbox,
          ALICE,
          createItem(message('<t:Subject>Topic</t:Subject>')).replace(
            '<m:Items>',
            `<m:SavedItemFolderId><t:DistinguishedFolderId Id="${folder}"/></m:SavedItemFolderId><m:Items>`,
          ),
        )
      await save('inbox')
      await save('junkemail')
      const id = attribute(
        await call(sandbox, ALICE, findItem('inbox', '', 'AllProperties')),
        'ConversationId',
        'Id',
      )
      const reply = await call(
        sandbox,
        ALICE,
        '<m:ApplyConversationAction><m:ConversationActions><t:ConversationAction><t:Action>Delete</t:Action>' +
          `<t:ConversationId Id="${id}"/>${content}<t:DeleteType>MoveToDeletedItems</t:DeleteType>` +
          '</t:ConversationAction></m:ConversationActions></m:ApplyConversationAction>',
      )
      t.strictSame(reply.codes, ['NoError'])
      const alice = sandbox.mailbox(ALICE)
      const counts = ['inbox', 'junkemail', 'deleteditems'].map(name => alice.count(name))
      t.strictSame(counts, [inbox, junk, 2 - inbox - junk], what)
    }
  },
)

t.test('Sandbox without this mode has no operation that creates hidden content', async t => {
  const strict = await startSandbox({ seed: false })
  t.teardown(() => strict.close())
  t.strictSame((await call(strict, ALICE, action('AlwaysDelete'))).codes, ['ErrorInvalidRequest'])
  await call(strict, ALICE, createItem(message(property('0x16679', 'x'))))
  t.strictSame(strict.mailbox(ALICE).hidden(), [])
})

t.test('Sandbox (gromox) implements HTTP as grommunio does', async t => {
  const get = (path: string) =>
    fetch(new URL(path, sandbox.url), { headers: { authorization: AUTHORIZATION } })
  t.equal((await get('/EWS/Exchange.asmx')).status, 405)
  for (const name of ['Services.wsdl', 'messages.xsd', 'types.xsd']) {
    const { status, headers } = await get(`/EWS/${name}`)
    t.strictSame([status, headers.get('content-type')], [200, null], name)
  }
  const length = 50 * 1024 * 1024 + 1
  const headers = { authorization: AUTHORIZATION, 'content-length': length }
  const sent = request(sandbox.url, { method: 'POST', headers })
  sent.on('error', () => undefined).flushHeaders()
  const [response] = await once(sent, 'response')
  sent.destroy()
  t.strictSame([response.statusCode, response.headers['content-type']], [405, 'text/plain'])
  const smaller = { headers: { 'content-length': String(length - 1) } } as IncomingMessage
  t.equal(
    rejectionOf(smaller, { lenient: true, gromox: true, behavior: new Behavior(undefined) }),
    undefined,
  )
})

t.test('Sandbox (gromox) returns an existing item and an error for a missing one', async t => {
  const found = await call(sandbox, ALICE, findItem())
  const id = attribute(found, 'ItemId', 'Id')
  const get = (...ids: readonly string[]) =>
    `<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ItemIds>${ids.map(id => `<t:ItemId Id="${id}"/>`).join('')}</m:ItemIds></m:GetItem>`
  const { status, codes } = await call(sandbox, ALICE, get(id, 'AAAA', id))
  t.strictSame([status, codes], [200, ['NoError', 'ErrorInvalidIdMalformed', 'NoError']])
  const bobs = await call(sandbox, BOB, get(id))
  t.strictSame(bobs.codes, ['ErrorItemNotFound'], "of another user's mailbox")
})

t.test(
  'Sandbox (gromox) writes faults with status 200, and 500 for an unknown request',
  async t => {
    const unknown = await call(sandbox, 'nobody@example.com', getFolder())
    t.equal(unknown.status, 200)
    t.match(unknown.text, /^<SOAP:Envelope .*<faultcode>ErrorCannotFindUser<.faultcode>/)
    t.notMatch(unknown.text, '<detail>')
    t.equal((await call(sandbox, ALICE, '<m:FindConversation/>')).status, 500)
  },
)

t.test('Sandbox (gromox) saves every kind of item in the outbox if no folder is named', async t => {
  const gromox = await startSandbox({ gromox: true, seed: false })
  const strict = await startSandbox({ seed: false })
  t.teardown(() => Promise.all([gromox.close(), strict.close()]))
  const event =
    '<t:CalendarItem><t:Start>2027-01-01T10:00:00Z</t:Start><t:End>2027-01-01T11:00:00Z</t:End></t:CalendarItem>'
  for (const [item, disposition, home] of [
    ['<t:Message/>', 'SaveOnly', 'drafts'],
    [message(''), 'SendAndSaveCopy', 'sentitems'],
    ['<t:PostItem/>', 'SaveOnly', 'inbox'],
    ['<t:Contact/>', 'SaveOnly', 'contacts'],
    ['<t:Task/>', 'SaveOnly', 'tasks'],
    [event, 'SaveOnly', 'calendar'],
  ] as const)
    for (const [sandbox, folder] of [
      [gromox, 'outbox'],
      [strict, home],
    ] as const) {
      const before = sandbox.mailbox(ALICE).count(folder)
      t.strictSame((await call(sandbox, ALICE, createItem(item, disposition))).codes, ['NoError'])
      t.equal(sandbox.mailbox(ALICE).count(folder), before + 1, `${item} is in ${folder}`)
    }
})

t.test('Sandbox sends nothing without MessageDisposition', async t => {
  const strict = await startSandbox({ seed: false })
  const gromox = await startSandbox({ gromox: true, seed: false })
  t.teardown(() => Promise.all([gromox.close(), strict.close()]))
  const without = (operation: string) => operation.replace(/ MessageDisposition="[^"]*"/, '')
  const subject = '<t:Subject>new</t:Subject>'
  for (const [on, code, subjects] of [
    [strict, 'ErrorMessageDispositionRequired', ['']],
    [gromox, 'NoError', ['new']],
  ] as const) {
    const created = await call(on, ALICE, without(createItem(message(subject))))
    t.strictSame(created.codes, [code])
    const drafts = createItem(message('')).replace(
      '<m:Items>',
      '<m:SavedItemFolderId><t:DistinguishedFolderId Id="drafts"/></m:SavedItemFolderId><m:Items>',
    )
    const saved = await call(on, ALICE, drafts)
    const [id, key] = [attribute(saved, 'ItemId', 'Id'), attribute(saved, 'ItemId', 'ChangeKey')]
    const update =
      '<m:UpdateItem ConflictResolution="AutoResolve"><m:ItemChanges><t:ItemChange>' +
      `<t:ItemId Id="${id}" ChangeKey="${key}"/><t:Updates><t:SetItemField><t:FieldURI FieldURI="item:Subject"/>` +
      `<t:Message>${subject}</t:Message></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`
    t.strictSame((await call(on, ALICE, update)).codes, [code])
    t.strictSame(on.mailbox(ALICE).subjects('drafts'), subjects)
    t.strictSame(on.sent, [])
  }
})
