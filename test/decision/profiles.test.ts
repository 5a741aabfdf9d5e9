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
import { byAddress } from '../../src/model/identity.ts'
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
const organization = { ...ORGANIZATION, enforcesSendAs: true }

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

function decide(requestElement: string, body: BodyFacts, data: TestData): string {
  const decided = authorize({ ...GET_FOLDER, organization, requestElement, body }, data)
  if ('missing' in decided) throw new TypeError(JSON.stringify(decided.missing))
  return decided.decision.verdict === 'allow' ? 'allow' : decided.decision.reason
}

/** Profiles with classes. Their operations that are allowed in all folders must name none. */
const HAS_CLASSES: ReadonlySet<ProfileName> = new Set(
  PROFILES.filter(name => !/^(no|export|import)-/.test(name)),
)

/** Facts of a body that names one folder or item. */
const bodyWith = (kind: NamedContent['kind'], id: string): BodyFacts => ({
  ...NO_FACTS,
  content: { ...NO_FACTS.content, isWhole: true, named: [{ kind, id, isDestination: false }] },
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
function decisionOn(name: ProfileName, operation: string): string {
  const { prologue, facts } = readEnvelope(requestWith(operation))
  return decide(prologue.requestElement, facts, dataOf({ name }))
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
const getItem = (item: string, shape = '<t:BaseShape>IdOnly</t:BaseShape>') =>
  `<m:GetItem><m:ItemShape>${shape}</m:ItemShape><m:ItemIds>${item}</m:ItemIds></m:GetItem>`
const findItem = (folders: string, traversal = 'Shallow') =>
  `<m:FindItem Traversal="${traversal}"><m:ParentFolderIds>${folders}</m:ParentFolderIds></m:FindItem>`
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
  ['mail-read', getItem(itemId(MAIL) + itemId(APPOINTMENT)), false],
  ['mail-read', getItem(itemId('mail/calendar')), false],
  ['mail-read', getItem(itemId('calendar/mail')), false],
  ['mail-read', getItem(itemId('mail/IPM')), false],
  ['mail-read', getItem(itemId('mail/mail/hidden')), false],
  ['mail-read', getItem(itemId(REQUEST)), true],
  ['mail-read', getItem(itemId(REQUEST), ALL), false],
  ['mail-read', getItem(itemId(MAIL), ALL), true],
  ['mail-read', getItem(itemId(MAIL), OTHERS), false],
  ['agent', getItem(itemId(REQUEST), ALL), true],
  ['mail-read', '<m:SyncFolderHierarchy/>', true],
  ['calendar-read', '<m:SyncFolderHierarchy/>', false],
  [
    'calendar-read',
    `<m:SyncFolderHierarchy><m:SyncFolderId>${folder('calendar')}</m:SyncFolderId></m:SyncFolderHierarchy>`,
    true,
  ],
  [
    'calendar-read',
    '<m:ConvertId><m:SourceIds><t:AlternateId Id="x"/></m:SourceIds></m:ConvertId>',
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
  ['mail-draft', createItem(reply('ReplyToItem', MAIL)), true],
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
