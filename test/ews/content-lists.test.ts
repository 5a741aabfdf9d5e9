/**
 * Facts for profiles that depend on several values, or on the elements around a value. A row also says that no other fact
 * is found.
 */

import t from 'tap'
import { NO_FACTS, readEnvelope } from '../../src/ews/reader.ts'
import type { ContentFacts } from '../../src/model/envelope.ts'
import { envelope } from '../kit/corpus.ts'

const XSI = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
const WHOLE: ContentFacts = { ...NO_FACTS.content, isWhole: true }

const factsOf = (operation: string): ContentFacts =>
  readEnvelope(Buffer.from(envelope('ann@example.com', operation))).facts.content

const folder = (id: string) => `<t:FolderId Id="${id}"/>`
const item = (id: string) => `<t:ItemId Id="${id}"/>`
const typed = (element: string, type: string) => `<t:${element} ${XSI} i:type="t:${type}"/>`
const getItem = (content: string) => `<m:GetItem>${content}</m:GetItem>`
const field = (name: string) => `<t:FieldURI FieldURI="${name}"/>`
const shape = (...texts: readonly string[]) =>
  getItem(texts.map(text => `<t:BaseShape>${text}</t:BaseShape>`).join(''))
const sync = (...scopes: readonly string[]) =>
  `<m:SyncFolderItems>${scopes.map(scope => `<m:SyncScope>${scope}</m:SyncScope>`).join('')}</m:SyncFolderItems>`
const subscribe = (...requests: readonly string[]) =>
  `<m:Subscribe>${requests.map(request => `<m:${request}/>`).join('')}</m:Subscribe>`
const create = (...contents: readonly string[]) =>
  `<m:CreateItem MessageDisposition="SaveOnly"><m:Items>${contents.join('')}</m:Items></m:CreateItem>`
const message = (content: string) => `<t:Message>${content}</t:Message>`
const itemClass = (of: string) => `<t:ItemClass>${of}</t:ItemClass>`
const createFolder = (content: string, parent = '') =>
  `<m:CreateFolder>${parent}<m:Folders>${content}</m:Folders></m:CreateFolder>`
const ofClass = (name: string) => `<t:Folder><t:FolderClass>${name}</t:FolderClass></t:Folder>`

const place = (id: string, isDestination = false) =>
  ({ kind: 'folder', id, isDestination }) as const
const object = (id: string, isDestination = false) => ({ kind: 'item', id, isDestination }) as const
const LONG = 'x'.repeat(2_048)

type Row = readonly [name: string, operation: string, found: Partial<ContentFacts>]

const rows: readonly Row[] = [
  ['the longest ID', getItem(item(LONG)), { named: [object(LONG)] }],
  ['an exported item', `<m:ExportItems>${item('x')}</m:ExportItems>`, {}],
  ['an uploaded item', '<m:UploadItems><t:ParentFolderId Id="x"/></m:UploadItems>', {}],
  [
    'the item of a new attachment',
    '<m:CreateAttachment><m:ParentItemId Id="x"/></m:CreateAttachment>',
    { named: [object('x')] },
  ],
  [
    'the item of a reply',
    create('<t:ReplyToItem><t:ReferenceItemId Id="x"/></t:ReplyToItem>'),
    { created: ['ReplyToItem'], named: [object('x')] },
  ],
  [
    'a new folder in a folder',
    createFolder('<t:Folder/>', `<m:ParentFolderId>${folder('x')}</m:ParentFolderId>`),
    { created: ['Folder'], named: [place('x')] },
  ],
  [
    'an item beside a place to move to',
    `<m:MoveItem><m:ToFolderId>${item('y')}${folder('x')}</m:ToFolderId></m:MoveItem>`,
    { named: [object('y', true), place('x', true)] },
  ],
  [
    'a place to move to around another one',
    `<m:MoveItem><m:ToFolderId><m:ToFolderId>${folder('x')}</m:ToFolderId>${folder('y')}</m:ToFolderId></m:MoveItem>`,
    { named: [place('x', true), place('y', true)] },
  ],
  [
    'the place of a conversation',
    '<m:ApplyConversationAction><m:ConversationActions><t:ConversationAction><t:ContextFolderId>' +
      `${folder('x')}</t:ContextFolderId></t:ConversationAction></m:ConversationActions></m:ApplyConversationAction>`,
    { named: [place('x')] },
  ],
  ['items at any depth', '<m:FindItem Traversal="Deep"/>', {}],
  ['a sent item that is kept, in digits', '<m:SendItem SaveItemToFolder="1"/>', {}],
  [
    'not all folders, in digits',
    subscribe('PullSubscriptionRequest SubscribeToAllFolders="0"'),
    {},
  ],
  ['some folders', subscribe('PullSubscriptionRequest'), {}],
  [
    'all folders, then some',
    subscribe(
      'PullSubscriptionRequest SubscribeToAllFolders="true"',
      'StreamingSubscriptionRequest SubscribeToAllFolders="false"',
    ),
    { allFolders: true },
  ],
  ['all folders by another element', getItem('<t:ItemId SubscribeToAllFolders="true"/>'), {}],
  [
    'meetings beside another one',
    getItem(field('calendar:AdjacentMeetings')),
    { otherMeetings: true },
  ],
  [
    'other meetings, then a subject',
    getItem(field('calendar:ConflictingMeetings') + field('item:Subject')),
    { otherMeetings: true },
  ],
  [
    'other meetings in an operation that returns no items',
    `<m:GetFolder>${field('calendar:ConflictingMeetings')}</m:GetFolder>`,
    {},
  ],
  ['the usual properties', shape('Default'), {}],
  ['all properties, then few', shape('AllProperties', 'IdOnly'), { allProperties: true }],
  [
    'hidden items, then visible ones',
    sync('NormalAndAssociatedItems', 'NormalItems'),
    { hidden: true },
  ],
  [
    'a type in a request that creates nothing',
    `<m:FindItem><m:Restriction>${typed('SearchExpression', 'IsEqualToType')}</m:Restriction></m:FindItem>`,
    {},
  ],
  [
    'a type inside a new item',
    create(message(typed('Body', 'BodyType'))),
    { created: ['Message'] },
  ],
  [
    'a type of the list of new items',
    `<m:CreateItem MessageDisposition="SaveOnly">${typed('Items', 'TaskType')}</m:CreateItem>`,
    {},
  ],
  [
    'two new items',
    create(message(''), '<t:Task/>', message('')),
    { created: ['Message', 'Task'] },
  ],
  [
    'two item classes',
    create(message(itemClass('IPM.Note') + itemClass('IPM.Task'))),
    { created: ['Message'], itemClasses: ['IPM.Note', 'IPM.Task'] },
  ],
  [
    'two container classes',
    createFolder(ofClass('IPF.Note') + ofClass('IPF.Task')),
    { created: ['Folder'], containers: ['IPF.Note', 'IPF.Task'] },
  ],
]

for (const [name, operation, found] of rows)
  t.strictSame(factsOf(operation), { ...WHOLE, ...found }, `ContentReader finds ${name}`)

t.test('ContentReader finds at most 500 classes', async t => {
  const classes = (count: number) => Array.from({ length: count }, (_, i) => `IPM.X${i}`)
  const items = (count: number) => factsOf(create(message(classes(count).map(itemClass).join(''))))
  t.match(items(500), { unknownClass: false, itemClasses: { length: 500 } })
  t.match(items(501), { unknownClass: true, itemClasses: { length: 500 } })
  const folders = (count: number) => factsOf(createFolder(classes(count).map(ofClass).join('')))
  t.match(folders(500), { unknownClass: false, containers: { length: 500 } })
  t.match(folders(501), { unknownClass: true, containers: { length: 500 } })
})
