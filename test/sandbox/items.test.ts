import t from 'tap'
import { attribute, call, createItem, findItem, getFolder, startSandbox, texts } from './client.ts'

const [ALICE, BOB] = ['alice@example.com', 'bob@example.com']
const sandbox = await startSandbox()
t.teardown(() => sandbox.close())

const alice = (body: string) => call(sandbox, ALICE, body)
const to = (address: string, name = 'ToRecipients') =>
  `<t:${name}><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox></t:${name}>`
const from = (address: string) =>
  `<t:From><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox></t:From>`
const message = (inside: string) => `<t:Message>${inside}</t:Message>`
const ids = (id: string, changeKey = '') =>
  `<m:ItemIds><t:ItemId Id="${id}"${changeKey && ` ChangeKey="${changeKey}"`}/></m:ItemIds>`
const getItem = (id: string, shape = '<t:BaseShape>AllProperties</t:BaseShape>') =>
  alice(`<m:GetItem><m:ItemShape>${shape}</m:ItemShape>${ids(id)}</m:GetItem>`)

async function draft(inside = '') {
  const reply = await alice(createItem(message(`<t:Subject>Draft</t:Subject>${inside}`)))
  return {
    id: attribute(reply, 'ItemId', 'Id'),
    changeKey: attribute(reply, 'ItemId', 'ChangeKey'),
  }
}

const update = (id: string, changeKey: string, updates: string, resolution = 'AutoResolve') =>
  alice(
    `<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="${resolution}"><m:ItemChanges><t:ItemChange>` +
      `<t:ItemId Id="${id}"${changeKey && ` ChangeKey="${changeKey}"`}/><t:Updates>${updates}</t:Updates>` +
      '</t:ItemChange></m:ItemChanges></m:UpdateItem>',
  )
const setSubject = (subject: string) =>
  `<t:SetItemField><t:FieldURI FieldURI="item:Subject"/>${message(`<t:Subject>${subject}</t:Subject>`)}</t:SetItemField>`

t.test('CreateItem sends by MessageDisposition', async t => {
  const bob = sandbox.mailbox(BOB)
  const sent = sandbox.mailbox(ALICE)
  const count = bob.count('inbox')
  const only = await alice(createItem(message(`<t:Subject>Only</t:Subject>${to(BOB)}`), 'SendOnly'))
  t.notMatch(only.text, 'ItemId')
  t.equal(bob.subjects().at(-1), 'Only')
  t.notOk(sent.subjects('sentitems').includes('Only'))
  await alice(
    createItem(message(`<t:Subject>Both</t:Subject>${to('dl@example.com')}`), 'SendAndSaveCopy'),
  )
  t.equal(bob.count('inbox'), count + 2, 'once, though the list and the sender are in it too')
  t.ok(sent.subjects('sentitems').includes('Both'))
})

t.test(
  'send() hides blind copies, and needs recipients and the right to the sender’s name',
  async t => {
    await alice(
      createItem(
        message(`<t:Subject>Blind</t:Subject>${to(BOB)}${to('boss@example.com', 'BccRecipients')}`),
        'SendOnly',
      ),
    )
    const found = await call(sandbox, 'ceo@example.com', findItem('inbox', '', 'AllProperties'))
    t.ok(texts(found, 'Subject').includes('Blind'))
    for (const [inside, code] of [
      ['', 'ErrorInvalidRecipients'],
      [to(BOB) + from('ceo@example.com'), 'ErrorSendAsDenied'],
      [to(BOB) + from('x@partner.example'), 'ErrorSendAsDenied'],
      [to(BOB) + from(ALICE), 'NoError'],
    ] as const)
      t.strictSame((await alice(createItem(message(inside), 'SendOnly'))).codes, [code])
    t.strictSame(
      (await alice(createItem(message(from('x@partner.example'))))).codes,
      ['NoError'],
      'saving is no sending',
    )
  },
)

t.test('GetItem returns the MAPI properties of every item', async t => {
  const { id } = await draft('<t:Body BodyType="Text">one</t:Body>')
  const asked = ['0xe23', '0x0E08', '0x3a00'].map(
    tag => `<t:ExtendedFieldURI PropertyTag="${tag}" PropertyType="Integer"/>`,
  )
  const shape = `<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>${asked.join('')}</t:AdditionalProperties>`
  const [number, size, ...others] = texts(await getItem(id, shape), 'Value').map(Number)
  t.ok(Number(number) > 0, 'its article number')
  t.ok(Number(size) > 0, 'its size')
  t.strictSame(others, [], 'and no more')
})

t.test('ExpandDL expands a list of the contacts by its ID, and no other item', async t => {
  const expand = (id: string) =>
    alice(`<m:ExpandDL><m:Mailbox><t:ItemId Id="${id}"/></m:Mailbox></m:ExpandDL>`)
  const members = `<t:Members><t:Member><t:Mailbox><t:Name>Outside</t:Name><t:EmailAddress>one@out.example</t:EmailAddress></t:Mailbox></t:Member></t:Members>`
  const list = await alice(
    createItem(
      `<t:DistributionList><t:DisplayName>Team</t:DisplayName>${members}</t:DistributionList>`,
    ),
  )
  const expanded = await expand(attribute(list, 'ItemId', 'Id'))
  t.strictSame(texts(expanded, 'EmailAddress'), ['one@out.example'])
  t.match((await expand((await draft()).id)).text, 'ErrorNameResolutionNoResults')
})

t.test('UpdateItem sets, appends and deletes', async t => {
  const { id, changeKey } = await draft(
    '<t:Body BodyType="Text">one</t:Body><t:Importance>High</t:Importance>',
  )
  const property = '<t:ExtendedFieldURI PropertyTag="0x3a00" PropertyType="String"/>'
  const reply = await update(
    id,
    changeKey,
    setSubject('Set') +
      `<t:AppendToItemField><t:FieldURI FieldURI="item:Body"/>${message('<t:Body BodyType="Text"> two</t:Body>')}</t:AppendToItemField>` +
      '<t:DeleteItemField><t:FieldURI FieldURI="item:Importance"/></t:DeleteItemField>' +
      `<t:SetItemField>${property}${message(`<t:ExtendedProperty>${property}<t:Value>v</t:Value></t:ExtendedProperty>`)}</t:SetItemField>`,
  )
  t.strictSame(reply.codes, ['NoError'])
  t.not(attribute(reply, 'ItemId', 'ChangeKey'), changeKey)
  const got = await getItem(
    id,
    `<t:BaseShape>Default</t:BaseShape><t:AdditionalProperties>${property.replace('0x3a00', '14848')}</t:AdditionalProperties>`,
  )
  t.strictSame(
    ['Subject', 'Body', 'Importance', 'Value'].map(name => texts(got, name)[0]),
    ['Set', 'one two', 'Normal', 'v'],
  )
})

t.test('UpdateItem sends no contact, whatever its disposition says', async t => {
  const contact =
    '<m:CreateItem><m:Items><t:Contact><t:FileAs>Jane</t:FileAs></t:Contact></m:Items></m:CreateItem>'
  const id = attribute(await alice(contact), 'ItemId', 'Id')
  const sent = sandbox.sent.length
  const reply = await alice(
    '<m:UpdateItem MessageDisposition="SendAndSaveCopy" ConflictResolution="AlwaysOverwrite"><m:ItemChanges><t:ItemChange>' +
      `<t:ItemId Id="${id}"/><t:Updates><t:SetItemField><t:FieldURI FieldURI="contacts:CompanyName"/>` +
      '<t:Contact><t:CompanyName>Changed</t:CompanyName></t:Contact></t:SetItemField></t:Updates>' +
      '</t:ItemChange></m:ItemChanges></m:UpdateItem>',
  )
  t.strictSame(reply.codes, ['NoError'])
  t.equal(sandbox.sent.length, sent)
  t.strictSame(texts(await getItem(id), 'CompanyName'), ['Changed'])
})

t.test('ConvertId names the mailbox, whatever address the request has', async t => {
  const id = attribute(await alice(getFolder('root')), 'FolderId', 'Id')
  const reply = await alice(
    '<m:ConvertId DestinationFormat="EwsId"><m:SourceIds>' +
      `<t:AlternateId Format="EwsId" Id="${id}" Mailbox="any@example.com"/></m:SourceIds></m:ConvertId>`,
  )
  t.equal(attribute(reply, 'AlternateId', 'Mailbox'), ALICE)
})

t.test('UpdateItem keeps entries apart', async t => {
  const entry = (key: string, value: string) => `<t:Entry Key="${key}">${value}</t:Entry>`
  const contact = (inside: string) => `<t:Contact>${inside}</t:Contact>`
  const reply = await alice(
    createItem(
      contact(
        `<t:EmailAddresses>${entry('EmailAddress1', 'a@x')}${entry('EmailAddress2', 'b@x')}</t:EmailAddresses>`,
      ),
    ),
  )
  const id = attribute(reply, 'ItemId', 'Id')
  const path = (key: string) =>
    `<t:IndexedFieldURI FieldURI="contacts:EmailAddress" FieldIndex="${key}"/>`
  await update(
    id,
    attribute(reply, 'ItemId', 'ChangeKey'),
    `<t:SetItemField>${path('EmailAddress2')}${contact(`<t:EmailAddresses>${entry('EmailAddress2', 'c@x')}</t:EmailAddresses>`)}</t:SetItemField><t:DeleteItemField>${path('EmailAddress1')}</t:DeleteItemField>`,
  )
  t.strictSame(texts(await getItem(id), 'Entry'), ['c@x'])
})

t.test('UpdateItem checks change keys', async t => {
  const { id, changeKey } = await draft()
  await update(id, changeKey, setSubject('One'))
  for (const [key, resolution, code] of [
    [changeKey, 'NeverOverwrite', 'ErrorIrresolvableConflict'],
    [changeKey, 'AutoResolve', 'NoError'],
    ['', 'AutoResolve', 'ErrorChangeKeyRequiredForWriteOperations'],
    ['', 'AlwaysOverwrite', 'NoError'],
  ] as const)
    t.strictSame((await update(id, key, setSubject('Two'), resolution)).codes, [code], resolution)
})

t.test('UpdateItem rejects properties that only the server sets', async t => {
  const { id, changeKey } = await draft()
  const size = `<t:SetItemField><t:FieldURI FieldURI="item:Size"/>${message('<t:Size>1</t:Size>')}</t:SetItemField>`
  t.strictSame((await update(id, changeKey, size)).codes, ['ErrorInvalidPropertySet'])
})

t.test('DeleteItem deletes as requested', async t => {
  const box = sandbox.mailbox(ALICE)
  for (const [type, folder] of [
    ['MoveToDeletedItems', 'deleteditems'],
    ['SoftDelete', 'recoverableitemsdeletions'],
  ] as const) {
    const { id } = await draft()
    const before = box.count(folder)
    await alice(`<m:DeleteItem DeleteType="${type}">${ids(id)}</m:DeleteItem>`)
    t.equal(box.count(folder), before + 1, type)
    t.strictSame((await getItem(id)).codes, ['ErrorItemNotFound'])
  }
  const before = box.count()
  const { id } = await draft()
  await alice(`<m:DeleteItem DeleteType="HardDelete">${ids(id)}</m:DeleteItem>`)
  t.equal(box.count(), before)
})

t.test('MoveItem assigns a new ID, in the archive too; CopyItem keeps the original', async t => {
  const { id } = await draft()
  const relocate = (name: string, folder: string, from: string) =>
    alice(
      `<m:${name}><m:ToFolderId><t:DistinguishedFolderId Id="${folder}"/></m:ToFolderId>${ids(from)}</m:${name}>`,
    )
  const copied = attribute(await relocate('CopyItem', 'inbox', id), 'ItemId', 'Id')
  t.strictSame((await getItem(id)).codes, ['NoError'])
  const moved = attribute(
    await relocate('MoveItem', 'archivemsgfolderroot', copied),
    'ItemId',
    'Id',
  )
  t.strictSame((await getItem(copied)).codes, ['ErrorItemNotFound'])
  t.strictSame(texts(await getItem(moved), 'Subject'), ['Draft'])
  const guid = (id: string) => Buffer.from(id, 'base64').toString('latin1', 4, 40)
  t.equal(guid(copied), sandbox.mailbox(ALICE).guid)
  t.equal(guid(moved), sandbox.mailbox(ALICE).archiveGuid)
})

t.test('SendItem requires a change key, and moves the sent item', async t => {
  const { id, changeKey } = await draft(to(BOB))
  const send = (key: string, save = 'true') =>
    alice(`<m:SendItem SaveItemToFolder="${save}">${ids(id, key)}</m:SendItem>`)
  t.strictSame((await send('')).codes, ['ErrorChangeKeyRequired'])
  t.strictSame((await send('CQAAAA==')).codes, ['ErrorIrresolvableConflict'])
  t.strictSame((await send(changeKey)).codes, ['NoError'])
  t.equal(sandbox.mailbox(BOB).subjects().at(-1), 'Draft')
  t.equal(sandbox.mailbox(ALICE).subjects('sentitems').at(-1), 'Draft')
})

t.test('CreateItem keeps MIME content byte for byte', async t => {
  const mime = Buffer.from(
    [
      'From: =?iso-8859-1?Q?J=FCrgen?= <j@partner.example>',
      'To: alice@example.com, "Bob, B." <bob@example.com>',
      'Subject: =?utf-8?B?R3LDvMOfZQ==?=',
      ' =?utf-8?Q?_und_mehr?=',
      'Date: Tue, 24 Nov 2026 10:00:00 +0100',
      'Message-ID: <1@partner.example>',
      'Content-Type: multipart/mixed; boundary="=_b"',
      '',
      '--=_b',
      'Content-Type: text/html; charset=iso-8859-1',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      '<p>=FC=20x=',
      '</p>',
      '--=_b',
      'Content-Type: application/pdf; name="x.pdf"',
      "Content-Disposition: attachment; filename*=utf-8''%C3%BC.pdf",
      'Content-Transfer-Encoding: base64',
      '',
      'AAEC',
      '--=_b--',
      '',
    ].join('\r\n'),
  )
  const made = await alice(
    createItem(message(`<t:MimeContent>${mime.toString('base64')}</t:MimeContent>`)),
  )
  const got = await getItem(
    attribute(made, 'ItemId', 'Id'),
    '<t:BaseShape>AllProperties</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>',
  )
  t.equal(texts(got, 'MimeContent')[0], mime.toString('base64'))
  t.strictSame(texts(got, 'Subject'), ['Grüße und mehr'])
  t.strictSame(texts(got, 'Body'), ['&lt;p&gt;ü x&lt;/p&gt;'])
  t.strictSame(texts(got, 'DateTimeSent'), ['2026-11-24T09:00:00Z'])
  t.strictSame(texts(got, 'EmailAddress'), [ALICE, BOB, 'j@partner.example'])
  t.strictSame(
    texts(got, 'Name').filter(name => !name.includes('@')),
    ['ü.pdf', 'Alice', 'Bob, B.', 'Jürgen'],
  )
})

t.test('GetItem writes MIME content that is read back unchanged', async t => {
  const original = await draft(
    '<t:Body BodyType="HTML">&lt;b&gt;ü&lt;/b&gt;</t:Body><t:Attachments><t:FileAttachment>' +
      `<t:Name>ü.bin</t:Name><t:Content>AAEC</t:Content></t:FileAttachment></t:Attachments>${to(BOB)}`,
  )
  const shape = '<t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>'
  const [mime = ''] = texts(await getItem(original.id, shape), 'MimeContent')
  const made = await alice(createItem(message(`<t:MimeContent>${mime}</t:MimeContent>`)))
  const got = await getItem(attribute(made, 'ItemId', 'Id'))
  t.strictSame(texts(got, 'Subject'), ['Draft'])
  t.strictSame(texts(got, 'Body'), ['&lt;b&gt;ü&lt;/b&gt;'])
  t.ok(texts(got, 'Name').includes('ü.bin'))
})

t.test('CreateItem creates an event from a calendar without a message', async t => {
  const calendar = [
    'BEGIN:VCALENDAR',
    'BEGIN:VEVENT',
    'UID:one',
    'DTSTART:20160128T100000Z',
    'DTEND:20160128T110000Z',
    'SUMMARY:Bare',
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n')
  const mime = Buffer.from(calendar).toString('base64')
  const event = `<t:CalendarItem><t:MimeContent>${mime}</t:MimeContent></t:CalendarItem>`
  const made = await alice(createItem(event))
  const got = await getItem(attribute(made, 'ItemId', 'Id'))
  t.strictSame(texts(got, 'Subject'), ['Bare'])
  t.strictSame(texts(got, 'Start'), ['2016-01-28T10:00:00Z'])
})

t.test('UploadItems updates an item, and rejects malformed data', async t => {
  const { id } = await draft()
  const exported = await alice(`<m:ExportItems>${ids(id)}</m:ExportItems>`)
  const [data = ''] = texts(exported, 'Data')
  const other = await draft('<t:Importance>High</t:Importance>')
  const folder = attribute(await getItem(id), 'ParentFolderId', 'Id')
  const upload = (action: string, content: string) =>
    alice(
      `<m:UploadItems><m:Items><t:Item CreateAction="${action}"><t:ParentFolderId Id="${folder}"/>${action === 'Update' ? `<t:ItemId Id="${other.id}"/>` : ''}<t:Data>${content}</t:Data></t:Item></m:Items></m:UploadItems>`,
    )
  const updated = await upload('Update', data)
  t.equal(attribute(updated, 'ItemId', 'Id'), other.id)
  t.strictSame(texts(await getItem(other.id), 'Importance'), ['Normal'])
  t.strictSame((await upload('CreateNew', 'AAAA')).codes, ['ErrorItemCorrupt'])
})

t.test('CreateFolder, UpdateFolder, MoveFolder, DeleteFolder check their input', async t => {
  const create = (name: string) =>
    alice(
      `<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderId><m:Folders><t:Folder><t:DisplayName>${name}</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>`,
    )
  const id = attribute(await create('One'), 'FolderId', 'Id')
  t.strictSame((await create('ONE')).codes, ['ErrorFolderExists'])
  const move = (id: string, to: string) =>
    alice(
      `<m:MoveFolder><m:ToFolderId>${to}</m:ToFolderId><m:FolderIds><t:FolderId Id="${id}"/></m:FolderIds></m:MoveFolder>`,
    )
  t.strictSame((await move(id, `<t:FolderId Id="${id}"/>`)).codes, ['ErrorMoveCopyFailed'])
  t.strictSame((await move(id, '<t:DistinguishedFolderId Id="msgfolderroot"/>')).codes, ['NoError'])
  t.ok(sandbox.mailbox(ALICE).folderNames().includes('One'))
  const remove = (folder: string, type: string) =>
    alice(
      `<m:DeleteFolder DeleteType="${type}"><m:FolderIds>${folder}</m:FolderIds></m:DeleteFolder>`,
    )
  t.strictSame((await remove('<t:DistinguishedFolderId Id="inbox"/>', 'HardDelete')).codes, [
    'ErrorDeleteDistinguishedFolder',
  ])
  await remove(`<t:FolderId Id="${id}"/>`, 'MoveToDeletedItems')
  t.notOk(sandbox.mailbox(ALICE).folderNames().includes('One'))
  await remove(`<t:FolderId Id="${id}"/>`, 'HardDelete')
  t.strictSame((await move(id, '<t:DistinguishedFolderId Id="inbox"/>')).codes, [
    'ErrorFolderNotFound',
  ])
})

t.test('Sandbox answers item by item', async t => {
  const { id } = await draft()
  const reply = await alice(
    `<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ItemIds><t:ItemId Id="${id}"/><t:ItemId Id="rubbish"/><t:ItemId Id=""/></m:ItemIds></m:GetItem>`,
  )
  t.strictSame(reply.codes, ['NoError', 'ErrorInvalidIdMalformed', 'ErrorInvalidIdEmpty'])
  const others = await call(
    sandbox,
    BOB,
    `<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>${ids(id)}</m:GetItem>`,
  )
  t.strictSame(others.codes, ['ErrorItemNotFound'])
})

t.test('UpdateItem sends a read receipt once a message that asks for one is read', async t => {
  const bob = sandbox.mailbox(BOB)
  const asking = (subject: string) =>
    message(
      `<t:Subject>${subject}</t:Subject>${to(ALICE)}<t:IsReadReceiptRequested>true</t:IsReadReceiptRequested>`,
    )
  const idOf = async (subject: string) => {
    const { text } = await alice(findItem('inbox', '', 'AllProperties'))
    const found = text.split('<t:Message>').find(it => it.includes(`<t:Subject>${subject}<`))
    return /ItemId Id="([^"]+)"/.exec(found ?? '')?.[1]
  }
  const setRead = (read: boolean) =>
    `<t:SetItemField><t:FieldURI FieldURI="message:IsRead"/>${message(`<t:IsRead>${read}</t:IsRead>`)}</t:SetItemField>`
  for (const [what, attributes, read, receipts] of [
    ['marked as read', '', true, ['Read: marked as read']],
    ['marked as read, with suppressed receipts', 'SuppressReadReceipts="true" ', true, []],
    ['marked as unread', '', false, []],
  ] as const) {
    await call(sandbox, BOB, createItem(asking(what), 'SendOnly'))
    const id = await idOf(what)
    const count = bob.count('inbox')
    const { codes } = await alice(
      `<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite" ${attributes}><m:ItemChanges>` +
        `<t:ItemChange><t:ItemId Id="${id}"/><t:Updates>${setRead(read)}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`,
    )
    t.strictSame(codes, ['NoError'])
    t.strictSame(bob.subjects().slice(count), receipts, what)
  }
  t.strictSame(
    sandbox.sent
      .filter(({ itemClass }) => itemClass === 'REPORT.IPM.Note.IPNRN')
      .map(sent => [sent.from.address, ...sent.to]),
    [[ALICE, BOB]],
  )
})

t.test('GetItem returns the other appointments at the time of an appointment', async t => {
  const event = async (subject: string, start: string, end: string) =>
    attribute(
      await alice(
        '<m:CreateItem SendMeetingInvitations="SendToNone"><m:Items><t:CalendarItem>' +
          `<t:Subject>${subject}</t:Subject><t:Start>2031-05-05T${start}:00Z</t:Start><t:End>2031-05-05T${end}:00Z</t:End>` +
          '</t:CalendarItem></m:Items></m:CreateItem>',
      ),
      'ItemId',
      'Id',
    )
  const id = await event('Own', '09:00', '10:00')
  await event('Over', '09:30', '10:30')
  await event('Next', '10:00', '11:00')
  await event('Far', '12:00', '13:00')
  const { text } = await getItem(id)
  const subjectsIn = (name: string) =>
    texts(
      { text: new RegExp(`<t:${name}>.*?</t:${name}>`).exec(text)?.[0] ?? '' } as never,
      'Subject',
    )
  t.strictSame(subjectsIn('ConflictingMeetings'), ['Over'])
  t.strictSame(subjectsIn('AdjacentMeetings'), ['Next'])
  const found = await alice(findItem('calendar', '', 'AllProperties'))
  t.notMatch(found.text, 'ConflictingMeetings', 'not in lists')
})
