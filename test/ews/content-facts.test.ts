/**
 * Facts for profiles that the reader finds in an operation, each by one cause alone. A row also says that no other fact
 * is found.
 */

import t from 'tap'
import { writeId } from '../../sandbox/ids.ts'
import { EnvelopeReader, NO_FACTS, readEnvelope } from '../../src/ews/reader.ts'
import type { ContentFacts, NamedContent } from '../../src/model/envelope.ts'
import { envelope } from '../kit/corpus.ts'

const GUID = '9362c853-fa03-45d1-9d7c-ef09db45f783'
const ITEM = writeId({ guid: GUID, folder: 1, item: 2 })
const ATTACHMENT = writeId({ guid: GUID, folder: 1, item: 2, attachment: 3 })
const XSI = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
const ANYTHING = { writesClassProperty: true, writesState: true, archives: true }
const WHOLE: ContentFacts = { ...NO_FACTS.content, isWhole: true }

const factsOf = (operation: string): ContentFacts =>
  readEnvelope(Buffer.from(envelope('ann@example.com', operation))).facts.content

const named = (kind: NamedContent['kind'], id: string, isDestination = false) => ({
  named: [{ kind, id, isDestination }],
})
const findItem = (content: string, attributes = '') =>
  `<m:FindItem${attributes}>${content}</m:FindItem>`
const getItem = (content: string) => `<m:GetItem>${content}</m:GetItem>`
const createItem = (content: string) =>
  `<m:CreateItem MessageDisposition="SaveOnly">${content}</m:CreateItem>`
const upload = (content: string) => `<m:UploadItems><m:Items>${content}</m:Items></m:UploadItems>`
const items = (content: string) => createItem(`<m:Items>${content}</m:Items>`)
const createFolder = (content: string) =>
  `<m:CreateFolder><m:Folders>${content}</m:Folders></m:CreateFolder>`
const update = (field: string) =>
  `<m:UpdateItem MessageDisposition="SaveOnly"><m:ItemChanges><t:ItemChange><t:Updates><t:SetItemField>${field}` +
  '</t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>'
const property = (tag: string) =>
  update(`<t:ExtendedFieldURI PropertyTag="${tag}" PropertyType="String"/>`)
const action = (text: string) =>
  '<m:ApplyConversationAction><m:ConversationActions><t:ConversationAction>' +
  `<t:Action>${text}</t:Action></t:ConversationAction></m:ConversationActions></m:ApplyConversationAction>`
const message = (content: string) => items(`<t:Message>${content}</t:Message>`)
const subscribe = (kind: string, value: string) =>
  `<m:Subscribe><m:${kind} SubscribeToAllFolders="${value}"/></m:Subscribe>`

const rows: readonly (readonly [name: string, operation: string, found: Partial<ContentFacts>])[] =
  [
    ['nothing', findItem('', ' Traversal="Shallow"'), {}],
    [
      'a distinguished folder',
      findItem('<t:DistinguishedFolderId Id="Inbox"/>'),
      named('distinguished', 'Inbox'),
    ],
    ['a folder', findItem('<t:FolderId Id="x"/>'), named('folder', 'x')],
    ['an item', getItem('<t:ItemId Id="x"/>'), named('item', 'x')],
    ['an occurrence', getItem('<t:OccurrenceItemId RecurringMasterId="x"/>'), named('item', 'x')],
    ['a series', getItem('<t:RecurringMasterItemId OccurrenceId="x"/>'), named('item', 'x')],
    [
      'the ranges of a series',
      getItem('<t:RecurringMasterItemIdRanges Id="x"/>'),
      named('item', 'x'),
    ],
    [
      'the item of an attachment',
      `<m:GetAttachment><t:AttachmentId Id="${ATTACHMENT}"/></m:GetAttachment>`,
      named('item', ITEM),
    ],
    ['groups of items', findItem('<m:GroupBy Order="Ascending"/>'), { unknownNames: true }],
    ['groups as usual', findItem('<m:DistinguishedGroupBy/>'), { unknownNames: true }],
    [
      'an attachment of no known item',
      '<m:GetAttachment><t:AttachmentId Id="x"/></m:GetAttachment>',
      { unknownNames: true },
    ],
    [
      'a conversation',
      '<m:GetConversationItems><t:ConversationId Id="x"/></m:GetConversationItems>',
      { unknownNames: true },
    ],
    [
      'an ID that is too long',
      getItem(`<t:ItemId Id="${'x'.repeat(2_049)}"/>`),
      { unknownNames: true },
    ],
    [
      'a place to move a conversation to',
      '<m:ApplyConversationAction><m:ConversationActions><t:ConversationAction><t:DestinationFolderId>' +
        '<t:FolderId Id="x"/></t:DestinationFolderId></t:ConversationAction></m:ConversationActions>' +
        '</m:ApplyConversationAction>',
      named('folder', 'x', true),
    ],
    [
      'a change of a search folder',
      '<m:UpdateFolder><m:FolderChanges><t:FolderChange><t:Updates><t:SetFolderField><t:SearchFolder/>' +
        '</t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>',
      { searchFolders: true },
    ],
    [
      'a place to move to',
      '<m:MoveItem><m:ToFolderId><t:FolderId Id="x"/></m:ToFolderId></m:MoveItem>',
      named('folder', 'x', true),
    ],
    [
      'a place to save in',
      createItem(
        '<m:SavedItemFolderId><t:DistinguishedFolderId Id="drafts"/></m:SavedItemFolderId>',
      ),
      { ...named('distinguished', 'drafts', true), namesHome: true },
    ],
    [
      'a place to save in, inside of an item',
      message('<m:SavedItemFolderId><t:FolderId Id="x"/></m:SavedItemFolderId>'),
      { created: ['Message'], ...named('folder', 'x', true) },
    ],
    [
      'a place beside new items where servers look for none',
      createItem('<m:ToFolderId><t:FolderId Id="x"/></m:ToFolderId>'),
      { created: ['FolderId'], ...named('folder', 'x', true) },
    ],
    [
      'a place to save changes in',
      '<m:UpdateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId><t:FolderId Id="x"/></m:SavedItemFolderId></m:UpdateItem>',
      named('folder', 'x', true),
    ],
    [
      'an item after a place to move to',
      '<m:MoveItem><m:ToFolderId><t:FolderId Id="x"/></m:ToFolderId><t:ItemId Id="y"/></m:MoveItem>',
      {
        named: [
          { kind: 'folder', id: 'x', isDestination: true },
          { kind: 'item', id: 'y', isDestination: false },
        ],
      },
    ],
    ['hidden items', findItem('', ' Traversal="Associated"'), { hidden: true }],
    // Exchange shows the recoverable items of the whole mailbox, whatever folder they come from.
    ['recoverable items', findItem('', ' Traversal="SoftDeleted"'), { hidden: true }],
    [
      'hidden items in a synchronization',
      '<m:SyncFolderItems><m:SyncScope>NormalAndAssociatedItems</m:SyncScope></m:SyncFolderItems>',
      { hidden: true },
    ],
    [
      'visible items in a synchronization',
      '<m:SyncFolderItems><m:SyncScope>NormalItems</m:SyncScope></m:SyncFolderItems>',
      {},
    ],
    ['a new item', items('<t:CalendarItem/>'), { created: ['CalendarItem'] }],
    ['a new item in a language', items('<t:Task xml:lang="en"/>'), { created: ['Task'] }],
    [
      'a new item of a type',
      items(`<t:Item ${XSI} i:type="t:TaskType"/>`),
      { created: ['Item', 'Task'] },
    ],
    [
      'a new item outside of Items',
      createItem('<m:Others><t:Task/></m:Others>'),
      { created: ['Task'] },
    ],
    [
      'an item in an item',
      message('<t:Attachments><t:ItemAttachment><t:Task/></t:ItemAttachment></t:Attachments>'),
      { created: ['Message'] },
    ],
    [
      'an item class',
      message('<t:ItemClass> IPM.Task</t:ItemClass>'),
      { created: ['Message'], itemClasses: ['IPM.Task'] },
    ],
    [
      'a long item class',
      message(`<t:ItemClass>IPM.${'x'.repeat(64)}</t:ItemClass>`),
      { created: ['Message'], unknownClass: true },
    ],
    [
      'a class that is too long by a reference',
      message(`<t:ItemClass>IPM.${'x'.repeat(60)}&#120;</t:ItemClass>`),
      { created: ['Message'], unknownClass: true },
    ],
    [
      'a container class',
      createFolder('<t:Folder><t:FolderClass>IPF.Task</t:FolderClass></t:Folder>'),
      { created: ['Folder'], containers: ['IPF.Task'] },
    ],
    [
      'a search folder',
      createFolder('<t:SearchFolder/>'),
      { created: ['SearchFolder'], searchFolders: true },
    ],
    [
      'a search folder by its type',
      createFolder(`<t:Folder ${XSI} i:type="t:SearchFolderType"/>`),
      { created: ['Folder', 'SearchFolder'], searchFolders: true },
    ],
    ['the property of an item class', property('0x001A'), { writesClassProperty: true }],
    ['the property of a container class', property('0x3613'), { writesClassProperty: true }],
    ['any property', property('0x3613001F'), { ...ANYTHING, deletes: true }],
    ['another property', property('0x3612'), {}],
    ['a retention tag', property('0x3019'), { deletes: true }],
    [
      'a field with a retention tag',
      update('<t:FieldURI FieldURI="item:PolicyTag"/>'),
      { deletes: true },
    ],
    ['a message that is no draft', property('0x0E07'), { writesState: true }],
    ['an upload', upload('<t:Item CreateAction="CreateNew"/>'), {}],
    ['an upload that replaces', upload('<t:Item CreateAction="Update"/>'), { overwrites: true }],
    [
      'an upload that can replace',
      upload('<t:Item CreateAction="UpdateOrCreate"/>'),
      { overwrites: true },
    ],
    ['an upload without an action', upload('<t:Item/>'), { overwrites: true }],
    [
      'an upload that replaces beside others',
      upload(
        '<t:Item CreateAction="CreateNew"/><t:Item CreateAction=""/><t:Item CreateAction="CreateNew"/>',
      ),
      { overwrites: true },
    ],
    [
      'an upload with an ID',
      upload('<t:Item CreateAction="CreateNew"><t:ItemId/></t:Item>'),
      { overwrites: true },
    ],
    ['all folders', subscribe('PullSubscriptionRequest', 'true'), { allFolders: true }],
    [
      'all folders of a stream',
      subscribe('StreamingSubscriptionRequest', '1'),
      { allFolders: true },
    ],
    ['not all folders', subscribe('PullSubscriptionRequest', 'false'), {}],
    ['contacts', '<m:ResolveNames/>', { contacts: true }],
    [
      'contacts beside the address book',
      '<m:ResolveNames SearchScope="ActiveDirectoryContacts"/>',
      { contacts: true },
    ],
    ['the address book', '<m:ResolveNames SearchScope="ActiveDirectory"/>', {}],
    [
      'other meetings',
      getItem('<t:FieldURI FieldURI="calendar:ConflictingMeetings"/>'),
      { otherMeetings: true },
    ],
    [
      'all properties',
      getItem('<t:BaseShape>AllProperties</t:BaseShape>'),
      { allProperties: true },
    ],
    ['all properties of found items', findItem('<t:BaseShape>AllProperties</t:BaseShape>'), {}],
    ['few properties', getItem('<t:BaseShape>IdOnly</t:BaseShape>'), {}],
    [
      'a public folder',
      '<m:ConvertId><m:SourceIds><t:AlternatePublicFolderId FolderId="x"/></m:SourceIds></m:ConvertId>',
      { searchFolders: true },
    ],
    ['an action that deletes', action('Delete'), { deletes: true }],
    ['an action that deletes later', action('SetRetentionPolicy'), { deletes: true }],
    ['an action that moves', action('Move'), {}],
    ['a sent item that is not kept', '<m:SendItem SaveItemToFolder="false"/>', { deletes: true }],
    ['a sent item that may not be kept', '<m:SendItem/>', { deletes: true }],
    ['a sent item that is kept', '<m:SendItem SaveItemToFolder="true"/>', {}],
    ...(
      [
        ['', {}],
        ['MessageDisposition="SaveOnly"', {}],
        ['MessageDisposition="SendAndSaveCopy"', {}],
        ['MessageDisposition="SendOnly"', { deletes: true }],
        ['MessageDisposition="sendandsavecopy"', { deletes: true }],
        ['MessageDisposition=""', { deletes: true }],
      ] as const
    ).map(
      ([disposition, found]) =>
        [`a change with ${disposition}`, `<m:UpdateItem ${disposition}/>`, found] as const,
    ),
    ['a new item that is not kept', '<m:CreateItem MessageDisposition="SendOnly"/>', {}],
  ]

for (const [name, operation, found] of rows)
  t.strictSame(factsOf(operation), { ...WHOLE, ...found }, `ContentReader finds ${name}`)

const IDS = '<t:ItemId Id="x"/><t:OccurrenceItemId RecurringMasterId="y"/><t:ItemId Id="x"/>'
const list = (content: string, name = 'ItemIds') => `<m:${name}>${content}</m:${name}>`

t.test('ContentReader finds the entries of a list, in their order', async t => {
  const entriesIn = (operation: string) => factsOf(operation).entries.map(({ id }) => id)
  t.strictSame(entriesIn(getItem(list(IDS))), ['x', 'y', 'x'])
  t.strictSame(entriesIn(getItem(`<m:ItemShape/>${list(IDS)}`)), ['x', 'y', 'x'])
  const folders =
    '<t:FolderId Id="f"/><t:DistinguishedFolderId Id="inbox"><t:Mailbox/></t:DistinguishedFolderId>'
  t.strictSame(entriesIn(`<m:GetFolder>${list(folders, 'FolderIds')}</m:GetFolder>`), [
    'f',
    'inbox',
  ])
  const attachments = list(`<t:AttachmentId Id="${ATTACHMENT}"/>`, 'AttachmentIds')
  t.strictSame(entriesIn(`<m:GetAttachment>${attachments}</m:GetAttachment>`), [ITEM])

  for (const [what, operation] of [
    ['two lists', getItem(list(IDS) + list(IDS))],
    ['another list', getItem(list(IDS) + list('<t:FolderId Id="f"/>', 'FolderIds'))],
    ['an ID outside of the list', getItem(`<t:ItemId Id="z"/>${list(IDS)}`)],
    ['an ID in an entry', getItem(list('<t:ItemId Id="x"><t:ItemId Id="z"/></t:ItemId>'))],
    ['an ID in another element of the list', getItem(list('<t:A><t:ItemId Id="z"/></t:A>'))],
    ['an element that names nothing', getItem(list(`${IDS}<t:ItemId/>`))],
    ['an ID that is too long', getItem(list(`${IDS}<t:ItemId Id="${'x'.repeat(2_049)}"/>`))],
    ['more than 500 entries', getItem(list('<t:ItemId Id="x"/>'.repeat(501)))],
    ['another operation', `<m:MoveItem>${list(IDS)}</m:MoveItem>`],
    ['no list', getItem(IDS)],
  ] as const)
    t.strictSame(entriesIn(operation), [], what)
  t.equal(entriesIn(getItem(list('<t:ItemId Id="x"/>'.repeat(500)))).length, 500)
})

t.test('ContentReader finds at most 500 folders and items', async t => {
  const ids = (count: number) =>
    getItem(Array.from({ length: count }, (_, i) => `<t:ItemId Id="x${i}"/>`).join(''))
  t.match(factsOf(ids(500)), { unknownNames: false, named: { length: 500 } })
  t.match(factsOf(ids(501)), { unknownNames: true, named: { length: 500 } })
  t.match(factsOf(ids(501)), { unknownDestination: false })
})

t.test('ContentReader finds a destination that is not among the names', async t => {
  const items = Array.from({ length: 500 }, (_, i) => `<t:ItemId Id="x${i}"/>`).join('')
  const to = (folder: string) => `<m:ToFolderId>${folder}</m:ToFolderId>`
  const trash = to('<t:DistinguishedFolderId Id="deleteditems"/>')
  for (const [what, inside, unknownDestination] of [
    ['a folder', `${trash}<t:ItemId Id="x"/>`, false],
    ['a folder before 500 items', trash + items, false],
    ['a folder after 500 items', items + trash, true],
    ['an address list', to('<t:AddressListId Id="x"/>'), true],
    ['a folder whose ID is too long', to(`<t:FolderId Id="${'x'.repeat(2_049)}"/>`), true],
    ['an address list elsewhere', `${trash}<t:AddressListId Id="x"/>`, false],
  ] as const)
    t.match(factsOf(`<m:MoveItem>${inside}</m:MoveItem>`), { unknownDestination }, what)
})

t.test('ContentReader says when the operation has not been read completely', async t => {
  const whole = Buffer.from(envelope('ann@example.com', findItem('<t:FolderId Id="x"/>')))
  const reader = new EnvelopeReader()
  reader.write(whole.subarray(0, whole.indexOf('</m:FindItem>')))
  t.match(reader.facts.content, { isWhole: false, ...named('folder', 'x') })
})
