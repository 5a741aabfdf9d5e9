/**
 * Profiles at `authorize()`: every operation in every class of folders, and requests that a profile denies for their
 * content.
 */

import t from 'tap'
import { authorize } from '../../src/decision/authorize.ts'
import { explain } from '../../src/decision/explain.ts'
import {
  EXTRA_READS,
  OPERATIONS,
  type OperationName,
  requestElementOf,
} from '../../src/ews/operations.ts'
import { NO_FACTS, readEnvelope } from '../../src/ews/reader.ts'
import type { BodyFacts, NamedContent } from '../../src/model/envelope.ts'
import { byAddress, type Organization } from '../../src/model/identity.ts'
import type { DataKind } from '../../src/model/policy-data.ts'
import {
  FOLDER_CLASSES,
  type FolderClass,
  PROFILES,
  type ProfileName,
  type RoleProfile,
} from '../../src/model/profile.ts'
import { NO_PROTECTION } from '../../src/model/protection.ts'
import { DEFAULT_GUARD, type ImpersonationRole, type Mailboxes } from '../../src/model/role.ts'
import type { ContentQuery, ContentResult, StoredFolder } from '../../src/model/stored-content.ts'
import { containersOf, foldersOf } from '../../src/policy/folder-classes.ts'
import { accessOf } from '../../src/policy/profiles.ts'
import { allowsIn } from '../policy/allows-in.ts'
import { GUIDS, idIn, requestWith } from '../policy/guard-cases.ts'
import { coldData, EVE, subscriptionOf } from './crowd.ts'
import { ANN, BOB, CREDENTIAL, GET_FOLDER, ORGANIZATION, ROLE, type TestData } from './data.ts'

const NAMES = Object.keys(OPERATIONS) as OperationName[]
const OPEN: ImpersonationRole = {
  ...ROLE,
  guard: {
    ...DEFAULT_GUARD,
    mailboxes: 'any',
    delegation: true,
    inboxRules: true,
    extraReads: [...EXTRA_READS],
  },
}
/** A server that checks senders, and saves messages in the drafts folder by itself. */
const organization = { ...ORGANIZATION, enforcesSendAs: true, kind: 'exchange' } as const

const ITEM_CLASSES: Readonly<Record<string, string>> = {
  mail: 'IPM.Note',
  calendar: 'IPM.Appointment',
  contacts: 'IPM.Contact',
  tasks: 'IPM.Task',
  notes: 'IPM.StickyNote',
  other: 'IPM.Activity',
  hidden: 'IPM.Configuration.X',
}

/** Returns the folder whose ID names its class: an unknown one in `none`, and no folder in `unknown`. */
function folderOf(id: string): StoredFolder | undefined {
  const [name = ''] = id.split('/')
  if (name === 'unknown') return undefined
  const [container = ''] = containersOf(name as FolderClass)
  return { container, isHidden: name === 'hidden' }
}

/** Reports classes by the IDs: a folder's, or `folder/item/draft` of an item. */
function reported({ folders, items }: ContentQuery): ContentResult {
  return {
    folders: folders.map(folderOf),
    items: items.map(id => {
      const [, itemClass = '', isDraft] = id.split('/')
      const folder = folderOf(id)
      return (
        folder && {
          folder,
          itemClass: ITEM_CLASSES[itemClass] ?? itemClass,
          isDraft: isDraft === 'draft',
          isAssociated: isDraft === 'hidden',
        }
      )
    }),
  }
}

const KNOWN: readonly DataKind[] = [
  'content-classes',
  'mailbox-owners',
  'name',
  'shared-mailbox',
  'stored-items',
  'subscription',
  'user',
]

function dataOf(profile: RoleProfile | undefined, values: object = {}): TestData {
  const { data } = coldData(KNOWN, { 'content-classes': reported, ...values })
  data.put('role', ROLE.id, profile === undefined ? OPEN : { ...OPEN, profile })
  return data
}

function decide(
  requestElement: string,
  body: BodyFacts,
  data: TestData,
  server: Organization = organization,
): string {
  const request = { ...GET_FOLDER, organization: server, requestElement, body }
  const decided = authorize(request, data)
  if ('missing' in decided) throw new TypeError(JSON.stringify(decided.missing))
  return decided.decision.verdict === 'allow' ? 'allow' : decided.decision.reason
}

/** Profiles with classes. Their operations that are allowed in all folders must name none. */
const HAS_CLASSES: ReadonlySet<ProfileName> = new Set(
  PROFILES.filter(name => !/^(no|export|import)-/.test(name)),
)

/** Facts of a body that names one folder or item, and a home for new items. */
const bodyWith = (kind: NamedContent['kind'], id: string): BodyFacts => ({
  ...NO_FACTS,
  content: {
    ...NO_FACTS.content,
    isWhole: true,
    namesHome: true,
    named: [{ kind, id, isDestination: false }],
  },
})

t.test('every operation is decided in every class of folders, by name and by ID', async t => {
  const open = dataOf(undefined)
  const base = new Map(
    NAMES.map(name => [name, decide(requestElementOf(name), NO_FACTS, open)] as const),
  )
  let allowed = 0
  for (const profile of PROFILES) {
    const data = dataOf({ name: profile })
    for (const folder of [...FOLDER_CLASSES, undefined]) {
      const item = `${folder}/${folder}/draft`
      const bodies = [
        [
          'by name',
          bodyWith('distinguished', folder ? (foldersOf(folder)[0] as string) : 'todosearch'),
        ],
        // The root folders have no class but by their names.
        ...(folder === 'root' ? [] : [['by ID', bodyWith('folder', folder ?? 'none')] as const]),
        ...(folder === 'root' ? [] : [['of an item', bodyWith('item', item)] as const]),
      ] as const
      for (const name of NAMES)
        for (const [how, body] of bodies) {
          const before = base.get(name)
          const isUnnamed = accessOf(profile, name) === 'any' && HAS_CLASSES.has(profile)
          const isInside = allowsIn(profile, name, folder) && !isUnnamed
          const expected = before === 'allow' && !isInside ? 'outside-profile' : before
          const found = decide(requestElementOf(name), body, data)
          if (found === 'allow') allowed += 1
          if (found !== expected) t.equal(found, expected, `${profile} ${name} ${folder} ${how}`)
        }
    }
  }
  t.ok(allowed > 3_000, `${allowed} are allowed`)
  for (const profile of PROFILES)
    for (const name of NAMES)
      if (accessOf(profile, name) === 'any') {
        const found = decide(requestElementOf(name), NO_FACTS, dataOf({ name: profile }))
        if (found !== base.get(name)) t.equal(found, base.get(name), `${profile} ${name} alone`)
      }
})

/** Returns the decision on an operation element in a role with a profile. */
function decisionOn(name: ProfileName, operation: string, server?: Organization): string {
  const { prologue, facts } = readEnvelope(requestWith(operation))
  return decide(prologue.requestElement, facts, dataOf({ name }), server)
}

const folder = (id: string) => `<t:DistinguishedFolderId Id="${id}"/>`
const byId = (id: string) => `<t:FolderId Id="${id}"/>`
const itemId = (id: string) => `<t:ItemId Id="${id}"/>`
const createItem = (item: string, { to = '', send = 'SaveOnly', invite = 'SendToNone' } = {}) =>
  `<m:CreateItem MessageDisposition="${send}" SendMeetingInvitations="${invite}">` +
  `${to && `<m:SavedItemFolderId>${to}</m:SavedItemFolderId>`}<m:Items>${item}</m:Items></m:CreateItem>`
const move = (item: string, to: string, operation = 'MoveItem') =>
  `<m:${operation}><m:ToFolderId>${to}</m:ToFolderId><m:ItemIds>${item}</m:ItemIds></m:${operation}>`
const updateItem = (
  item: string,
  value = '<t:Message><t:Subject>x</t:Subject></t:Message>',
  send = 'SaveOnly',
) =>
  `<m:UpdateItem MessageDisposition="${send}" SendMeetingInvitationsOrCancellations="SendToNone" SuppressReadReceipts="true">` +
  `<m:ItemChanges><t:ItemChange>${item}<t:Updates><t:SetItemField><t:FieldURI FieldURI="item:Subject"/>${value}` +
  '</t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>'
/** An update that names a folder, as Evolution writes it. */
const savedIn = (to: string, update: string) =>
  update.replace(
    '<m:ItemChanges>',
    `<m:SavedItemFolderId>${to}</m:SavedItemFolderId><m:ItemChanges>`,
  )
const getItem = (item: string, shape = '<t:BaseShape>IdOnly</t:BaseShape>') =>
  `<m:GetItem><m:ItemShape>${shape}</m:ItemShape><m:ItemIds>${item}</m:ItemIds></m:GetItem>`
const getFolder = (folders: string) =>
  `<m:GetFolder><m:FolderIds>${folders}</m:FolderIds></m:GetFolder>`
const findItem = (folders: string, traversal = 'Shallow', content = '') =>
  `<m:FindItem Traversal="${traversal}">${content}<m:ParentFolderIds>${folders}</m:ParentFolderIds></m:FindItem>`
const reply = (name: string, item: string) =>
  `<t:${name}><t:ReferenceItemId Id="${item}"/></t:${name}>`
const deleteItem = (item: string, send = 'SendToNone') =>
  `<m:DeleteItem DeleteType="MoveToDeletedItems" SendMeetingCancellations="${send}"><m:ItemIds>${itemId(item)}</m:ItemIds></m:DeleteItem>`
const subscribe = (content: string, attributes = '') =>
  `<m:Subscribe><m:StreamingSubscriptionRequest${attributes}>${content}</m:StreamingSubscriptionRequest></m:Subscribe>`
const conversation = (action: string, to = '') =>
  `<m:ApplyConversationAction><m:ConversationActions><t:ConversationAction><t:Action>${action}</t:Action>${to}` +
  '</t:ConversationAction></m:ConversationActions></m:ApplyConversationAction>'
const expandDl = (content: string) => `<m:ExpandDL><m:Mailbox>${content}</m:Mailbox></m:ExpandDL>`
const mailTips = (content: string) =>
  `<m:GetMailTips><m:Recipients><t:Mailbox>${content}</t:Mailbox></m:Recipients></m:GetMailTips>`
const sendItem = (saves: boolean, to = 'sentitems') =>
  `<m:SendItem SaveItemToFolder="${saves}"><m:ItemIds>${itemId('mail/mail/draft')}</m:ItemIds>` +
  `<m:SavedItemFolderId>${folder(to)}</m:SavedItemFolderId></m:SendItem>`

const attach = (item: string) =>
  `<m:CreateAttachment><m:ParentItemId Id="${item}"/><m:Attachments/></m:CreateAttachment>`
const upload = ({ action = 'CreateAction="CreateNew"', content = '' } = {}) =>
  `<m:UploadItems><m:Items><t:Item ${action}>` +
  `<t:ParentFolderId Id="mail"/>${content}<t:Data/></t:Item></m:Items></m:UploadItems>`

const [MAIL, DRAFT] = ['mail/mail', 'mail/mail/draft']
const APPOINTMENT = 'calendar/calendar'
const REQUEST = 'mail/IPM.Schedule.Meeting.Request'
const ALL = '<t:BaseShape>AllProperties</t:BaseShape>'
const OTHERS =
  '<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="calendar:AdjacentMeetings"/></t:AdditionalProperties>'
const HIDDEN_RULE = '<t:Message><t:ItemClass>IPM.Rule.Version2.Message</t:ItemClass></t:Message>'

/** `[profile, request, whether it is inside]`. */
const cases: readonly (readonly [ProfileName, string, boolean])[] = [
  ['mail-read', findItem(folder('inbox') + byId('mail')), true],
  ['mail-read', findItem(folder('inbox') + byId('calendar')), false],
  ['mail-read', findItem(folder('inbox') + folder('calendar')), false],
  ['mail-read', findItem(''), false],
  ['mail-read', findItem(byId('unknown')), false],
  ['mail-read', findItem(folder('inbox'), 'Associated'), false],
  ['mail-read', getItem(itemId(MAIL) + itemId(MAIL)), true],
  ['mail-read', getItem(itemId(MAIL) + itemId(APPOINTMENT)), true],
  ['mail-read', getItem(itemId(APPOINTMENT) + itemId('unknown')), false],
  ['calendar-write', move(itemId(APPOINTMENT) + itemId(MAIL), folder('calendar')), false],
  ['mail-read', getFolder(folder('calendar') + folder('inbox')), true],
  ['mail-read', getFolder(folder('calendar') + byId('mail')), true],
  ['mail-read', getFolder(folder('calendar') + byId('calendar')), false],
  ['mail-read', getFolder(folder('calendar')), false],
  ['mail-read', getItem(itemId('mail/calendar')), false],
  ['mail-read', getItem(itemId('calendar/mail')), false],
  ['mail-read', getItem(itemId('mail/IPM')), false],
  ['mail-read', getItem(itemId('mail/mail/hidden')), false],
  ['mail-read', getItem(itemId(REQUEST)), true],
  ['mail-read', getItem(itemId(REQUEST), ALL), false],
  ['mail-read', getItem(itemId(MAIL), ALL), true],
  ['mail-read', getItem(itemId(MAIL), OTHERS), true],
  ['mail-read', getItem(itemId(REQUEST), OTHERS), false],
  ['mail-read', getItem(itemId(MAIL) + itemId(REQUEST), OTHERS), true],
  ['mail-read', findItem(folder('inbox'), 'Shallow', '<m:GroupBy/>'), false],
  ['agent', getItem(itemId(REQUEST), ALL), true],
  ['mail-read', '<m:SyncFolderHierarchy/>', true],
  ['calendar-read', '<m:SyncFolderHierarchy/>', true],
  ['room-panel', '<m:SyncFolderHierarchy/>', false],
  [
    'calendar-read',
    `<m:SyncFolderHierarchy><m:SyncFolderId>${folder('calendar')}</m:SyncFolderId></m:SyncFolderHierarchy>`,
    true,
  ],
  [
    'calendar-read',
    '<m:ConvertId><m:SourceIds><t:AlternateId Id="x" Mailbox="ann@example.com"/></m:SourceIds></m:ConvertId>',
    true,
  ],
  [
    'calendar-read',
    '<m:ConvertId><m:SourceIds><t:AlternatePublicFolderId/></m:SourceIds></m:ConvertId>',
    false,
  ],
  ['calendar-read', subscribe(`<t:FolderIds>${folder('calendar')}</t:FolderIds>`), true],
  ['calendar-read', subscribe('', ' SubscribeToAllFolders="true"'), false],
  ['calendar-read', subscribe(''), false],
  ['calendar-write', createItem('<t:CalendarItem/>'), true],
  ['calendar-write', createItem('<t:CalendarItem/>', { invite: 'SendToAllAndSaveCopy' }), true],
  ['calendar-write', createItem('<t:Message/>'), false],
  ['calendar-write', createItem('<t:CalendarItem/>', { to: folder('inbox') }), false],
  [
    'calendar-write',
    createItem('<t:CalendarItem><t:ItemClass>IPM.Appointment.Own</t:ItemClass></t:CalendarItem>'),
    true,
  ],
  [
    'calendar-write',
    createItem('<t:CalendarItem><t:ItemClass>IPM.Note</t:ItemClass></t:CalendarItem>'),
    false,
  ],
  [
    'calendar-write',
    createItem(reply('AcceptItem', APPOINTMENT), { send: 'SendAndSaveCopy' }),
    true,
  ],
  ...(
    [
      ['CancelCalendarItem', 'SendAndSaveCopy', 'sentitems', true],
      ['CancelCalendarItem', 'SendAndSaveCopy', 'SentItems', true],
      ['CancelCalendarItem', 'SendAndSaveCopy', 'inbox', false],
      ['DeclineItem', 'SendAndSaveCopy', 'sentitems', true],
      ['DeclineItem', 'SaveOnly', 'sentitems', false],
      ['RemoveItem', 'SendAndSaveCopy', 'sentitems', false],
    ] as const
  ).map(
    ([name, send, to, isInside]) =>
      [
        'calendar-write',
        createItem(reply(name, APPOINTMENT), { send, to: folder(to) }),
        isInside,
      ] as const,
  ),
  [
    'calendar-write',
    createItem(`${reply('CancelCalendarItem', APPOINTMENT)}<t:CalendarItem/>`, {
      send: 'SendAndSaveCopy',
      to: folder('sentitems'),
    }),
    false,
  ],
  [
    'calendar-write',
    createItem('<t:CalendarItem/>', {
      invite: 'SendToAllAndSaveCopy',
      to: folder('sentitems'),
    }),
    false,
  ],
  ['calendar-write', move(itemId(APPOINTMENT), folder('sentitems')), false],
  ['calendar-write', findItem(folder('sentitems')), false],
  ['calendar-write', getFolder(folder('sentitems')), true],
  ['calendar-read', getFolder(folder('sentitems')), false],
  [
    'no-send',
    createItem(reply('CancelCalendarItem', APPOINTMENT), { to: folder('sentitems') }),
    false,
  ],
  ['calendar-write', createItem(reply('AcceptItem', REQUEST), { send: 'SendAndSaveCopy' }), false],
  ['calendar-write', createItem(reply('ForwardItem', APPOINTMENT)), false],
  ['calendar-write', deleteItem(APPOINTMENT, 'SendToAllAndSaveCopy'), true],
  ['calendar-write', deleteItem(MAIL), false],
  ['calendar-write', move(itemId(APPOINTMENT), byId('calendar')), true],
  ['calendar-write', move(itemId(APPOINTMENT), folder('deleteditems')), false],
  ['calendar-write', move(itemId(MAIL), folder('calendar'), 'CopyItem'), false],
  [
    'calendar-write',
    updateItem(
      itemId(APPOINTMENT),
      '<t:CalendarItem><t:ItemClass>IPM.Note</t:ItemClass></t:CalendarItem>',
    ),
    false,
  ],
  ['calendar-write', '<m:ResolveNames SearchScope="ActiveDirectory"/>', true],
  ['calendar-write', '<m:ResolveNames SearchScope="Contacts"/>', false],
  ['contacts-sync', '<m:ResolveNames/>', true],
  ['mail-draft', expandDl('<t:EmailAddress>all@example.com</t:EmailAddress>'), true],
  ['mail-draft', expandDl(itemId('contacts/contacts')), false],
  ['contacts-sync', expandDl(itemId('contacts/contacts')), false],
  ['agent', mailTips(itemId('unknown')), false],
  ['no-send', expandDl(itemId('contacts/contacts')), true],
  ['mail-draft', createItem('<t:Message/>'), true],
  ['mail-draft', createItem('<t:Message/>', { to: folder('Drafts') }), true],
  ['mail-draft', createItem('<t:Message/>', { to: folder('inbox') }), false],
  ['mail-draft', createItem('<t:Message/>', { to: byId('mail') }), false],
  ['mail-draft', createItem('<t:Message/>', { send: 'SendOnly' }), false],
  ['mail-draft', createItem('<t:Message/>', { send: 'SendAndSaveCopy' }), false],
  ['mail-draft', createItem('<t:CalendarItem/>', { invite: 'SendToAllAndSaveCopy' }), false],
  ['mail-draft', createItem(reply('ReplyToItem', MAIL), { to: folder('drafts') }), true],
  ['mail-draft', createItem(reply('ReplyToItem', MAIL)), false],
  ['mail-draft', createItem(HIDDEN_RULE), false],
  ['mail-draft', updateItem(itemId(DRAFT)), true],
  ['mail-draft', updateItem(itemId(MAIL)), false],
  ['mail-draft', updateItem(itemId(DRAFT), undefined, 'SendAndSaveCopy'), false],
  ['agent', updateItem(itemId(APPOINTMENT)), false],
  ['no-send', createItem('<t:Message/>', { send: 'SendOnly' }), false],
  ['no-send', createItem('<t:CalendarItem/>', { invite: 'SendOnlyToAll' }), false],
  ['no-send', createItem('<t:CalendarItem/>'), true],
  ['no-send', updateItem(itemId(MAIL), undefined, 'SendAndSaveCopy'), false],
  ['no-send', deleteItem(APPOINTMENT, 'SendToAllAndSaveCopy'), false],
  ['no-send', deleteItem(MAIL), true],
  ['no-send', createItem(HIDDEN_RULE), false],
  ['no-delete', createItem('<t:Message/>', { send: 'SendAndSaveCopy' }), true],
  ['no-delete', move(itemId(MAIL), folder('inbox')), true],
  ['no-delete', move(itemId(MAIL), folder('DeletedItems')), false],
  ['no-delete', move(itemId(MAIL), folder('archivedeleteditems')), false],
  ['no-delete', move(itemId(MAIL), folder('recoverableitemspurges')), false],
  ['no-delete', move(itemId(MAIL), byId('mail')), false],
  ['no-delete', move(itemId(MAIL), byId('mail'), 'CopyItem'), true],
  ['no-delete', sendItem(true), true],
  ['no-delete', sendItem(false), false],
  ['no-delete', sendItem(true, 'deleteditems'), false],
  ['no-delete', createItem(reply('DeclineItem', REQUEST), { send: 'SendAndSaveCopy' }), false],
  ['no-delete', createItem(reply('RemoveItem', REQUEST)), false],
  ['no-delete', createItem(reply('ProposeNewTime', REQUEST)), false],
  ['no-delete', createItem(reply('RejectRequestItem', MAIL)), false],
  ['no-delete', createItem('<t:Frobnicate/>'), false],
  ['no-delete', createItem(reply('SuppressReadReceipt', MAIL)), true],
  ['no-delete', createItem(reply('ReplyToItem', MAIL)), true],
  ...[byId('mail'), folder('deleteditems')].flatMap(
    to =>
      [
        ['no-delete', savedIn(to, updateItem(itemId(MAIL))), true],
        ['no-delete', savedIn(to, updateItem(itemId(MAIL), undefined, 'SendAndSaveCopy')), false],
      ] as const,
  ),
  [
    'no-delete',
    savedIn(folder('sentitems'), updateItem(itemId(MAIL), undefined, 'SendAndSaveCopy')),
    true,
  ],
  ['no-delete', conversation('Delete'), false],
  ['no-delete', conversation('SetRetentionPolicy'), false],
  [
    'no-delete',
    conversation('Move', `<t:DestinationFolderId>${folder('inbox')}</t:DestinationFolderId>`),
    true,
  ],
  [
    'no-delete',
    conversation(
      'Move',
      `<t:DestinationFolderId>${folder('deleteditems')}</t:DestinationFolderId>`,
    ),
    false,
  ],
  ['import-only', createItem('<t:Contact/>', { to: byId('none') }), true],
  ['import-only', createItem('<t:CalendarItem/>'), true],
  ...['ReplyToItem', 'ForwardItem', 'AcceptItem', 'RemoveItem', 'SuppressReadReceipt'].map(
    response => ['import-only', createItem(reply(response, MAIL)), false] as const,
  ),
  ['import-only', attach(MAIL), false],
  ['no-send', attach(MAIL), true],
  ['agent', attach(DRAFT), true],
  ['import-only', upload(), true],
  ['import-only', upload({ action: 'CreateAction="Update"' }), false],
  ['import-only', upload({ action: 'CreateAction="UpdateOrCreate"' }), false],
  ['import-only', upload({ action: 'CreateAction="createnew"' }), false],
  ['import-only', upload({ action: 'CreateAction=""' }), false],
  ['import-only', upload({ action: '' }), false],
  ['import-only', upload({ content: itemId(MAIL) }), false],
  ['no-delete', upload({ action: 'CreateAction="Update"', content: itemId(MAIL) }), true],
  ['no-delete', upload({ action: 'CreateAction="Update"' }), true],
  ['import-only', createItem('<t:Message/>', { send: 'SendOnly' }), false],
  ['import-only', getItem(itemId(MAIL)), false],
  ['export-only', getItem(itemId('none/none')), true],
]

t.test('the content of a request decides under a profile', async t => {
  for (const [profile, operation, isInside] of cases)
    t.equal(
      decisionOn(profile, operation),
      isInside ? 'allow' : 'outside-profile',
      `${profile} ${operation}`,
    )
})

/** A server that saves messages without a folder elsewhere, such as grommunio. */
const elsewhere: Organization = { ...organization, kind: 'grommunio' }
const TO_DRAFTS = { to: folder('drafts') }
const TO_INBOX = { to: folder('inbox') }
const withProperty = (tag: string, value = '1') =>
  `<t:Message><t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="${tag}" PropertyType="Integer"/><t:Value>${value}</t:Value></t:ExtendedProperty></t:Message>`
const inItems = (content: string) =>
  `<m:CreateItem MessageDisposition="SaveOnly" SendMeetingInvitations="SendToNone">${content}</m:CreateItem>`
const saved = (content: string) => `<m:SavedItemFolderId>${content}</m:SavedItemFolderId>`

/** `[what, request, before Exchange, before a server that saves elsewhere]`, with profiles for drafts. */
const drafts: readonly (readonly [string, string, boolean, boolean])[] = [
  ['a message', createItem('<t:Message/>'), true, false],
  ['a message to the drafts', createItem('<t:Message/>', TO_DRAFTS), true, true],
  ['two messages', createItem('<t:Message/><t:Message/>'), true, false],
  [
    'a class',
    createItem('<t:Message><t:ItemClass>ipm.note</t:ItemClass></t:Message>'),
    true,
    false,
  ],
  [
    'a class of messages',
    createItem('<t:Message><t:ItemClass>IPM.Note.X</t:ItemClass></t:Message>'),
    true,
    false,
  ],
  ...['IPM.Post', 'IPM.Schedule.Meeting.Request', 'IPM.Notes'].map(
    itemClass =>
      [
        itemClass,
        createItem(`<t:Message><t:ItemClass>${itemClass}</t:ItemClass></t:Message>`),
        false,
        false,
      ] as const,
  ),
  ...['PostItem', 'MeetingRequest', 'MeetingMessage', 'MeetingCancellation', 'Item'].flatMap(
    kind =>
      [
        [kind, createItem(`<t:${kind}/>`), false, false],
        [`${kind} beside a message`, createItem(`<t:Message/><t:${kind}/>`), false, false],
        [`${kind} to the drafts`, createItem(`<t:${kind}/>`, TO_DRAFTS), true, true],
      ] as const,
  ),
  [
    'a message that is a post by its type',
    createItem(
      '<t:Message xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="t:PostItemType"/>',
    ),
    false,
    false,
  ],
  ['no items', inItems('<m:Items/>'), false, false],
  ['an item outside of the list', inItems('<t:PostItem/>'), false, false],
  [
    'two folders',
    inItems(`${saved(folder('drafts'))}${saved(folder('inbox'))}<m:Items><t:Message/></m:Items>`),
    false,
    false,
  ],
  [
    'a folder inside of the item',
    createItem(`<t:PostItem>${saved(folder('drafts'))}</t:PostItem>`),
    false,
    false,
  ],
  [
    'a folder in another element',
    inItems(`<m:ToFolderId>${folder('drafts')}</m:ToFolderId><m:Items><t:PostItem/></m:Items>`),
    false,
    false,
  ],
  ['an empty folder', inItems(`${saved('')}<m:Items><t:PostItem/></m:Items>`), false, false],
  [
    'flags of a message that is no draft',
    createItem(withProperty('0x0E07'), TO_DRAFTS),
    false,
    false,
  ],
  ['flags of a draft', createItem(withProperty('3591', '9'), TO_DRAFTS), true, true],
  ['flags of a draft in the inbox', createItem(withProperty('3591', '9'), TO_INBOX), false, false],
  ['flags of a draft without a folder', createItem(withProperty('3591', '9')), true, false],
  [
    'flags of a draft beside others',
    createItem(withProperty('3591', '9') + withProperty('3591', '1'), TO_DRAFTS),
    false,
    false,
  ],
  ['any property', createItem(withProperty('0x0E070003', '9'), TO_DRAFTS), false, false],
  ['another property', createItem(withProperty('0x0E08'), TO_DRAFTS), true, true],
  ...['IsDraft', 'IsSubmitted'].map(
    name =>
      [
        name,
        createItem(`<t:Message><t:${name}>false</t:${name}></t:Message>`, TO_DRAFTS),
        false,
        false,
      ] as const,
  ),
  [
    'a reply that is saved beside the post',
    createItem(`<t:PostReplyItem><t:ReferenceItemId Id="${DRAFT}"/></t:PostReplyItem>`, TO_DRAFTS),
    false,
    false,
  ],
  ['a changed draft', updateItem(itemId(DRAFT)), true, true],
  ...['1', '9'].map(
    flags =>
      [
        `a changed draft with the flags ${flags}`,
        updateItem(itemId(DRAFT), withProperty('0x0E07', flags)),
        false,
        false,
      ] as const,
  ),
  [
    'a copy of a changed draft elsewhere',
    savedIn(folder('inbox'), updateItem(itemId(DRAFT))),
    false,
    false,
  ],
]

t.test('R44 a profile for drafts saves nothing outside of the drafts folder', async t => {
  for (const profile of ['mail-draft', 'agent'] as const)
    for (const [what, operation, ...inside] of drafts)
      for (const [i, server] of [organization, elsewhere].entries())
        t.equal(
          decisionOn(profile, operation, server) === 'allow',
          inside[i],
          `${profile}: ${what}, before ${server.kind}`,
        )
})

t.test('a decision says which entries are left out of the response', async t => {
  const outsideOf = (operation: string) => {
    const { prologue, facts: body } = readEnvelope(requestWith(operation))
    const { requestElement } = prologue
    const request = { ...GET_FOLDER, organization, requestElement, body }
    const decided = authorize(request, dataOf({ name: 'mail-read' }))
    return 'outside' in decided ? decided.outside : decided
  }
  t.strictSame(
    outsideOf(getItem([MAIL, APPOINTMENT, MAIL, APPOINTMENT].map(itemId).join(''))),
    [1, 3],
  )
  t.strictSame(outsideOf(getItem(itemId(MAIL))), [])
})

t.test('operations that a role allows or denies by name narrow its profile', async t => {
  const decisionIn = (profile: RoleProfile, name: string) =>
    decide(name, bodyWith('distinguished', 'inbox'), dataOf(profile))
  for (const [profile, name, isInside] of [
    [{ deniedOperations: ['GetItem'] }, 'GetItem', false],
    [{ deniedOperations: ['GetItem'] }, 'FindItem', true],
    [{ allowedOperations: ['FindItem'] }, 'FindItem', true],
    [{ allowedOperations: ['FindItem'] }, 'GetItem', false],
    [{ allowedOperations: ['FindItem'], deniedOperations: ['FindItem'] }, 'FindItem', false],
    [{ name: 'mail-read', allowedOperations: ['FindItem', 'MoveItem'] }, 'FindItem', true],
    [{ name: 'mail-read', allowedOperations: ['FindItem', 'MoveItem'] }, 'MoveItem', false],
    [{ name: 'mail-read', allowedOperations: [] }, 'FindItem', false],
  ] as const)
    t.equal(decisionIn(profile, name), isInside ? 'allow' : 'outside-profile')
})

t.test('R34 a profile asks the upstream only if the classes of IDs decide', async t => {
  const missingFor = (profile: RoleProfile | undefined, operation: string) => {
    const { prologue, facts: body } = readEnvelope(requestWith(operation))
    const { data } = coldData(KNOWN.filter(kind => kind !== 'content-classes'))
    data.put('role', ROLE.id, profile === undefined ? OPEN : { ...OPEN, profile })
    const { requestElement } = prologue
    const decided = authorize({ ...GET_FOLDER, organization, requestElement, body }, data)
    return 'missing' in decided ? decided.missing : []
  }
  const both = getItem(itemId('a') + itemId('b') + itemId('a'))
  t.match(missingFor({ name: 'mail-read' }, both), [
    { kind: 'content-classes', id: { folders: [], items: ['a', 'b'], user: ANN, mailboxes: [] } },
  ])
  t.strictSame(missingFor(undefined, both), [])
  t.strictSame(missingFor({ name: 'no-send' }, both), [])
  t.strictSame(missingFor({ name: 'mail-read' }, findItem(folder('inbox'))), [])
  t.strictSame(missingFor({ name: 'mail-read' }, findItem(folder('calendar') + byId('a'))), [])
  t.strictSame(missingFor({ name: 'mail-read', deniedOperations: ['GetItem'] }, both), [])
})

t.test('a class by ID depends on the other mailboxes that the request reaches', async t => {
  const inBob = idIn(GUIDS.bob)
  const own = `<t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>${ANN.primarySmtpAddress}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`
  const named = own.replace(ANN.primarySmtpAddress, 'BOB@example.com')
  const mailboxesFor = (mailboxes: Mailboxes, content: string, protection = NO_PROTECTION) => {
    const { prologue, facts: body } = readEnvelope(requestWith(findItem(content)))
    const known = KNOWN.filter(kind => kind !== 'content-classes')
    const { data } = coldData(known, {
      'mailbox-owners': ({ guids }: { guids: readonly string[] }) =>
        guids.map(guid => (guid === GUIDS.bob ? BOB.id : ANN.id)),
    })
    const guard = { ...OPEN.guard, mailboxes }
    data.put('role', ROLE.id, { ...OPEN, guard, profile: { name: 'calendar-read' } })
    data.put('protection', 'list', protection)
    const { requestElement } = prologue
    const decided = authorize({ ...GET_FOLDER, organization, requestElement, body }, data)
    const missing = 'missing' in decided ? decided.missing : []
    return missing.map(subject =>
      subject.kind === 'content-classes' ? subject.id.mailboxes : subject.kind,
    )
  }
  const both = byId(idIn(GUIDS.ann)) + byId(inBob)
  t.strictSame(mailboxesFor('permitted', both), [[BOB.primarySmtpAddress]], 'the owner of an ID')
  t.strictSame(mailboxesFor('any', both), [[]], 'nothing depends on owners')
  t.strictSame(mailboxesFor('any', named + both), [[BOB.primarySmtpAddress]], 'a named mailbox')
  t.strictSame(mailboxesFor('permitted', named + both), [[BOB.primarySmtpAddress]], 'once')
  t.strictSame(mailboxesFor('any', own + byId(inBob)), [[]], 'not the own one')
  const protects = { ...NO_PROTECTION, users: [EVE.id] }
  t.strictSame(mailboxesFor('any', both, protects), [[BOB.primarySmtpAddress]])
})

t.test('R15 events need a subscription that watches only folders of the profile', async t => {
  const events = (profile: RoleProfile, folderClasses: readonly FolderClass[] | undefined) =>
    decide(
      'GetEvents',
      { ...NO_FACTS, subscriptions: ['ann'] },
      dataOf(profile, {
        subscription: (id: string) => ({
          ...subscriptionOf(id),
          ...(folderClasses && { folderClasses }),
        }),
      }),
    )
  t.equal(events({ name: 'mail-read' }, ['mail']), 'allow')
  t.equal(events({ name: 'agent' }, ['mail']), 'allow')
  t.equal(events({ name: 'mail-read' }, ['mail', 'calendar']), 'outside-profile')
  t.equal(events({ name: 'mail-read' }, undefined), 'outside-profile')
  t.equal(events({ name: 'export-only' }, undefined), 'allow')
  t.equal(events({ name: 'import-only' }, ['mail']), 'outside-profile')

  const both = dataOf(
    { name: 'mail-read' },
    {
      subscription: (id: string) => ({
        ...subscriptionOf(id),
        folderClasses: [id === 'ann' ? 'mail' : 'calendar'],
      }),
    },
  )
  const facts = { ...NO_FACTS, subscriptions: ['ann', 'ANN'] }
  t.equal(decide('GetEvents', facts, both), 'outside-profile', 'one of two does')
})

t.test('an explanation first loads the subscriptions whose folders a profile limits', async t => {
  const { data } = coldData()
  data.put('role', ROLE.id, { ...OPEN, profile: { name: 'calendar-read' } })
  data.put('name', byAddress(ANN.primarySmtpAddress), ANN)
  const caller = { kind: 'explained', principal: CREDENTIAL.principal, roleId: ROLE.id } as const
  const body = { ...NO_FACTS, subscriptions: ['ann'] }
  const request = { ...GET_FOLDER, caller, requestElement: 'GetEvents', body }
  t.match(explain(request, data), { missing: [{ kind: 'subscription', id: 'ann' }] })
})
