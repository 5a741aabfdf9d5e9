/** The limits of profiles, by the facts of a body. Tests of `decision` read them from requests. */

import t from 'tap'
import { NO_FACTS } from '../../src/ews/reader.ts'
import type { BodyFacts, ContentFacts, NamedContent } from '../../src/model/envelope.ts'
import type { FolderClass, ProfileName, RoleProfile } from '../../src/model/profile.ts'
import type { ServerKind } from '../../src/model/server-kind.ts'
import type { StoredFolder, StoredPlace } from '../../src/model/stored-content.ts'
import {
  entriesOutside,
  excludesBody,
  excludesEvents,
  excludesOperation,
  type KnownContent,
  type ListedContent,
  listedIn,
  needsContent,
  watchedClasses,
} from '../../src/policy/profile-content.ts'

type Facts = Omit<Partial<BodyFacts>, 'content'> & Readonly<{ content?: Partial<ContentFacts> }>

const factsOf = ({ content, ...facts }: Facts = {}): BodyFacts => ({
  ...NO_FACTS,
  ...facts,
  content: { ...NO_FACTS.content, ...content },
})

const folderNamed = (id: string, isDestination = false): NamedContent => ({
  kind: 'distinguished',
  id,
  isDestination,
})
const byId = (kind: 'folder' | 'item', isDestination = false): NamedContent => ({
  kind,
  id: 'id',
  isDestination,
})
const naming = (...named: readonly NamedContent[]): Facts => ({ content: { named } })
const INBOX = folderNamed('inbox')
const CALENDAR = folderNamed('calendar')

/** Whether a body with these facts is denied. Each denial differs in one fact from a row that is allowed. */
const BODIES: readonly (readonly [ProfileName, operation: string, Facts, isDenied: boolean])[] = [
  ['mail-read', 'GetItem', naming(INBOX), false],
  ['mail-read', 'GetItem', naming(CALENDAR), true],
  ['mail-read', 'GetItem', naming(INBOX, CALENDAR), true],
  ['mail-read', 'GetItem', naming(folderNamed('INBOX')), false],
  ['mail-read', 'GetItem', naming(folderNamed('no such folder')), true],
  ['mail-read', 'GetItem', naming(byId('item')), false],
  ['mail-read', 'GetItem', { unknownMailbox: true, ...naming(INBOX) }, true],
  ['mail-read', 'GetItem', { content: { named: [INBOX], unknownNames: true } }, true],
  ['mail-read', 'GetItem', { content: { named: [INBOX], unknownClass: true } }, true],
  ['mail-read', 'GetItem', { content: { named: [INBOX], writesClassProperty: true } }, true],
  ['mail-read', 'GetItem', { content: { named: [INBOX], hidden: true } }, true],
  ['mail-read', 'GetItem', { content: { named: [INBOX], contacts: true } }, true],
  ['mail-read', 'GetItem', { content: { named: [CALENDAR], entries: [CALENDAR] } }, false],
  ['mail-read', 'Subscribe', { content: { named: [INBOX], allFolders: true } }, true],
  ['mail-read', 'FindFolder', { content: { named: [INBOX], searchFolders: true } }, true],
  ['mail-read', 'GetItem', { content: { isWhole: false } }, false],
  ['mail-read', 'GetItem', { content: { isWhole: true } }, true],
  ['mail-read', 'GetEvents', { content: { isWhole: true } }, false],
  ['mail-read', 'SyncFolderHierarchy', { content: { isWhole: true } }, false],
  ['calendar-read', 'SyncFolderHierarchy', { content: { isWhole: true } }, false],
  ['room-panel', 'SyncFolderHierarchy', { content: { isWhole: true } }, true],
  ['contacts-sync', 'ResolveNames', { content: { isWhole: true } }, false],
  ['contacts-sync', 'ResolveNames', { content: { isWhole: true, contacts: true } }, false],
  ['mail-draft', 'ConvertId', { content: { isWhole: true } }, false],
  ['calendar-read', 'ConvertId', { content: { isWhole: true } }, false],
  ['mail-read', 'UpdateItem', {}, true],
  ['mail-read', 'GetServerTimeZones', {}, false],
  ['mail-read', 'GetServerTimeZones', naming(INBOX), true],
  ['mail-read', 'GetServerTimeZones', { content: { unknownNames: true } }, true],
  ['no-send', 'GetServerTimeZones', naming(INBOX), false],
  ['no-send', 'UpdateFolder', { grants: true }, false],
  ['calendar-write', 'UpdateFolder', naming(CALENDAR), false],
  ['calendar-write', 'UpdateFolder', { grants: true, ...naming(CALENDAR) }, true],
  ['no-delete', 'UpdateItem', {}, false],
  ['no-delete', 'UpdateItem', { hiddenRules: true }, true],
  ['no-send', 'CreateItem', {}, false],
  ['no-send', 'CreateItem', { sends: true }, true],
  ['no-delete', 'CreateItem', { sends: true }, false],
  ['calendar-write', 'CreateItem', { sends: true }, false],
  ['no-send', 'UpdateItem', { content: { archives: true } }, false],
  ['tasks', 'UpdateItem', { content: { archives: true } }, true],
  ['no-send', 'CreateItem', { content: { deletes: true } }, false],
  ['no-delete', 'CreateItem', { content: { deletes: true } }, true],
  ['no-delete', 'CreateItem', { content: { created: ['Message'] } }, false],
  ['no-delete', 'CreateFolder', { content: { created: ['Folder'] } }, false],
  ['import-only', 'CreateFolder', { content: { created: ['AcceptItem'] } }, false],
  ['import-only', 'CreateItem', { content: { created: ['AcceptItem'] } }, true],
  ['import-only', 'CreateItem', { content: { created: ['Message'] } }, false],
  ['import-only', 'UploadItems', { content: { overwrites: true } }, true],
  ['no-delete', 'UploadItems', { content: { overwrites: true } }, false],
  ...[
    'AcceptItem',
    'CancelCalendarItem',
    'DeclineItem',
    'ProposeNewTime',
    'RemoveItem',
    'TentativelyAcceptItem',
    'Frobnicate',
  ].map(
    response =>
      ['no-delete', 'CreateItem', { content: { created: ['Message', response] } }, true] as const,
  ),
  ['no-delete', 'MoveItem', naming(folderNamed('inbox', true)), false],
  ...['ApplyConversationAction', 'MoveFolder', 'MoveItem', 'SendItem'].map(
    operation => ['no-delete', operation, naming(folderNamed('deleteditems', true)), true] as const,
  ),
  ...[folderNamed('deleteditems', true), byId('folder', true)].flatMap(
    named =>
      [
        ['no-delete', 'UpdateItem', naming(named), false],
        ['no-delete', 'UpdateItem', { sends: true, ...naming(named) }, true],
      ] as const,
  ),
  ['no-delete', 'MoveItem', naming(folderNamed('deleteditems')), false],
  ['no-delete', 'UpdateItem', { sends: true, ...naming(folderNamed('sentitems', true)) }, false],
  ['no-delete', 'MoveItem', naming(byId('folder', true)), true],
  ['no-delete', 'MoveItem', { content: { unknownDestination: true } }, true],
  ['no-delete', 'CopyItem', { content: { unknownDestination: true } }, false],
  ['no-delete', 'CopyItem', naming(folderNamed('deleteditems', true)), false],
  ['mail-draft', 'CreateItem', naming(folderNamed('drafts', true)), false],
  ['mail-draft', 'CreateItem', naming(folderNamed('Drafts', true)), false],
  ['mail-draft', 'CreateItem', naming(folderNamed('inbox', true)), true],
  ...(['mail-draft', 'agent'] as const).map(
    profile =>
      [
        profile,
        'CreateItem',
        { content: { named: [folderNamed('drafts', true)], created: ['PostReplyItem'] } },
        true,
      ] as const,
  ),
  ['mail-draft', 'CreateItem', naming(byId('folder', true)), false],
  [
    'mail-draft',
    'CreateItem',
    { content: { named: [byId('folder', true)], namesHome: true } },
    false,
  ],
  ['mail-draft', 'CreateItem', { content: { named: [byId('item', true)], namesHome: true } }, true],
  ['mail-draft', 'UpdateItem', naming(folderNamed('inbox', true)), true],
  ['mail-draft', 'UpdateItem', naming(folderNamed('drafts', true)), false],
  ['mail-draft', 'CreateItem', { content: { isWhole: true, created: ['Message'] } }, false],
  ['mail-draft', 'CreateItem', { content: { isWhole: true } }, true],
  ['mail-draft', 'CreateItem', { content: { isWhole: false } }, false],
  ['mail-draft', 'CreateAttachment', { content: { writesState: true } }, false],
  ['mail-draft', 'CreateItem', { content: { isWhole: true, created: ['Task'] } }, true],
  [
    'mail-draft',
    'CreateItem',
    { content: { isWhole: true, created: ['Message'], itemClasses: ['IPM.Note.A'] } },
    false,
  ],
  ['mail-draft', 'CreateItem', { content: { isWhole: true, itemClasses: ['IPM.Task'] } }, true],
  ...(
    [
      ['calendar-write', ['CancelCalendarItem'], 'sentitems', true, false],
      ['calendar-write', ['AcceptItem', 'DeclineItem'], 'SentItems', true, false],
      ['calendar-write', ['TentativelyAcceptItem'], 'sentitems', true, false],
      ['calendar-write', ['CancelCalendarItem'], 'sentitems', false, true],
      ['calendar-write', ['CancelCalendarItem'], 'inbox', true, true],
      ['calendar-write', ['CancelCalendarItem', 'CalendarItem'], 'sentitems', true, true],
      ['calendar-write', ['CalendarItem'], 'sentitems', true, true],
      ['calendar-write', [], 'sentitems', true, true],
      ['calendar-read', ['CancelCalendarItem'], 'sentitems', true, true],
      ['tasks', ['CancelCalendarItem'], 'sentitems', true, true],
    ] as const
  ).map(
    ([name, created, folder, sends, isDenied]) =>
      [
        name,
        'CreateItem',
        { sends, content: { isWhole: true, created, named: [folderNamed(folder, true)] } },
        isDenied,
      ] as const,
  ),
  [
    'calendar-write',
    'CreateItem',
    { sends: true, content: { named: [folderNamed('sentitems', true)] } },
    false,
  ],
  [
    'calendar-write',
    'UpdateItem',
    { sends: true, content: { named: [folderNamed('sentitems', true)] } },
    true,
  ],
  ['calendar-write', 'FindItem', naming(folderNamed('sentitems')), true],
  ['calendar-write', 'MoveItem', naming(folderNamed('sentitems', true)), true],
  ['calendar-write', 'CreateFolder', { content: { containers: ['IPF.Appointment'] } }, false],
  ['calendar-write', 'CreateFolder', { content: { containers: ['IPF.Note'] } }, true],
]

t.test('excludesBody() denies what the profile lacks', t => {
  for (const [name, operation, facts, isDenied] of BODIES)
    t.equal(
      excludesBody(name, operation, factsOf(facts), 'exchange'),
      isDenied,
      `${name} ${operation} ${JSON.stringify(facts)}`,
    )
  t.ok(
    excludesBody('later' as ProfileName, 'GetItem', factsOf(), 'exchange'),
    'a profile of a later version',
  )
  t.end()
})

t.test('excludesBody() needs a folder for new items if the server does not save by kind', t => {
  const created = (name: string, more: Partial<ContentFacts> = {}) =>
    factsOf({ content: { isWhole: true, created: [name], ...more } })
  const found = (name: ProfileName, facts: BodyFacts, server?: ServerKind) =>
    excludesBody(name, 'CreateItem', facts, server)
  for (const [name, kind] of [
    ['calendar-write', 'CalendarItem'],
    ['contacts-sync', 'Contact'],
    ['tasks', 'Task'],
  ] as const) {
    t.equal(found(name, created(kind), 'exchange'), false, kind)
    t.equal(found(name, created(kind), 'grommunio'), true, kind)
    t.equal(found(name, created(kind)), true, `${kind} if nothing is known`)
    t.equal(found(name, created(kind, { namesHome: true })), false, `${kind} in a folder`)
    t.equal(found(name, created(kind, { isWhole: false })), false, `${kind} before the end`)
  }
  t.equal(found('calendar-write', created('AcceptItem')), false, 'a response')
  const beside = created('AcceptItem', { created: ['AcceptItem', 'CalendarItem'] })
  t.equal(found('calendar-write', beside), true, 'a new item beside a response')
  t.equal(found('no-send', created('Contact')), false, 'a profile without classes')
  t.end()
})

t.test('excludesOperation() needs the profile and both lists', t => {
  const table: readonly (readonly [RoleProfile, isDenied: boolean])[] = [
    [{}, false],
    [{ name: 'mail-read' }, false],
    [{ name: 'mail-read', deniedOperations: ['GetItem'] }, true],
    [{ name: 'mail-read', allowedOperations: ['FindItem'] }, true],
    [{ name: 'mail-read', allowedOperations: ['FindItem', 'GetItem'] }, false],
    [{ name: 'import-only' }, true],
    [{ name: 'later' as ProfileName }, true],
  ]
  for (const [profile, isDenied] of table)
    t.equal(excludesOperation(profile, 'GetItem'), isDenied, JSON.stringify(profile))
  t.end()
})

/** Facts of a body with a list of these entries. */
const entriesOf = (...entries: readonly NamedContent[]): ContentFacts =>
  factsOf({ content: { named: entries, entries, isWhole: true } }).content

t.test('needsContent() is true for IDs and entries, if classes matter', t => {
  const content = factsOf(naming(INBOX, byId('item'))).content
  t.ok(needsContent('mail-read', 'GetItem', content))
  t.notOk(needsContent('mail-read', 'GetItem', factsOf(naming(INBOX)).content))
  t.ok(needsContent('mail-read', 'GetFolder', entriesOf(INBOX)))
  t.notOk(needsContent('mail-read', 'GetServerTimeZones', content))
  t.notOk(needsContent('no-send', 'GetItem', content))
  t.end()
})

const MAIL: StoredFolder = { container: 'IPF.Note', isHidden: false }
const NOTE: StoredPlace = {
  folder: MAIL,
  itemClass: 'IPM.Note',
  isDraft: false,
  isAssociated: false,
}
const MEETING = { ...NOTE, itemClass: 'IPM.Schedule.Meeting.Request' }

/** Says that each folder and item has the value with its ID. */
const knownFrom = (
  folders: readonly (StoredFolder | undefined)[],
  items: readonly (StoredPlace | undefined)[],
): KnownContent => ({ folder: id => folders[Number(id)], item: id => items[Number(id)] })

const numbered = (kind: 'folder' | 'item', count: number): readonly NamedContent[] =>
  Array.from({ length: count }, (_, i) => ({ kind, id: String(i), isDestination: false }))

t.test('entriesOutside() denies what is stored elsewhere, or is unknown', t => {
  type Row = readonly [
    string,
    ProfileName,
    string,
    folders: readonly (StoredFolder | undefined)[],
    items: readonly (StoredPlace | undefined)[],
    isDenied: boolean,
  ]
  const table: readonly Row[] = [
    ['a folder and an item', 'mail-read', 'GetItem', [MAIL], [NOTE], false],
    ['no folder', 'mail-read', 'GetItem', [undefined], [], true],
    ['no item', 'mail-read', 'GetItem', [], [undefined], true],
    ['one of two', 'mail-read', 'GetItem', [], [NOTE, undefined], true],
    ['another folder', 'mail-read', 'GetItem', [{ ...MAIL, container: 'IPF.Task' }], [], true],
    ['a folder without a class', 'mail-read', 'GetItem', [{ ...MAIL, container: '' }], [], true],
    ['a hidden folder', 'mail-read', 'GetItem', [{ ...MAIL, isHidden: true }], [], true],
    ['another item', 'mail-read', 'GetItem', [], [{ ...NOTE, itemClass: 'IPM.Task' }], true],
    ['a hidden item', 'mail-read', 'GetItem', [], [{ ...NOTE, isAssociated: true }], true],
    [
      'an item in another folder',
      'mail-read',
      'GetItem',
      [],
      [{ ...NOTE, folder: { ...MAIL, container: 'IPF.Task' } }],
      true,
    ],
    ['no draft', 'mail-draft', 'UpdateItem', [], [NOTE], true],
    ['a draft', 'mail-draft', 'UpdateItem', [], [{ ...NOTE, isDraft: true }], false],
    ['no draft, read', 'mail-draft', 'GetItem', [], [NOTE], false],
    ['an attachment of no draft', 'mail-draft', 'CreateAttachment', [], [NOTE], true],
    ['an operation without the profile', 'mail-read', 'UpdateItem', [], [], true],
    ['an operation without classes', 'mail-read', 'GetServerTimeZones', [], [undefined], false],
  ]
  for (const [what, name, operation, folders, items, isDenied] of table) {
    const named = [...numbered('folder', folders.length), ...numbered('item', items.length)]
    const { content } = factsOf({ content: { named, isWhole: true } })
    const outside = entriesOutside(name, operation, content, knownFrom(folders, items))
    t.strictSame(outside, isDenied ? undefined : [], `${what}: ${name}`)
  }
  t.end()
})

t.test('entriesOutside() denies new items in folders that are no drafts, if they must be', t => {
  const outsideOf = (name: ProfileName, folder: StoredFolder, operation = 'CreateItem') => {
    const named = [{ kind: 'folder', id: '0', isDestination: true }] as const
    const { content } = factsOf({ content: { named, isWhole: true } })
    return entriesOutside(name, operation, content, knownFrom([folder], []))
  }
  const drafts = { ...MAIL, isDrafts: true }
  for (const name of ['mail-draft', 'agent'] as const) {
    t.strictSame(outsideOf(name, drafts), [])
    t.equal(outsideOf(name, MAIL), undefined)
    t.equal(outsideOf(name, { ...MAIL, isDrafts: false }), undefined)
    t.equal(outsideOf(name, { ...drafts, isHidden: true }), undefined)
    t.equal(outsideOf(name, { ...drafts, container: 'IPF.Task' }), undefined)
  }
  t.strictSame(outsideOf('mail-draft', MAIL, 'GetFolder'), [])
  t.end()
})

t.test('entriesOutside() returns the entries that are outside, unless all are', t => {
  const [first, second] = numbered('item', 2) as [NamedContent, NamedContent]
  const task = { ...NOTE, itemClass: 'IPM.Task' }
  const outsideOf = (content: ContentFacts, ...items: readonly (StoredPlace | undefined)[]) =>
    entriesOutside('mail-read', 'GetItem', content, knownFrom([MAIL], items))
  t.strictSame(outsideOf(entriesOf(first, second), NOTE, task), [1])
  t.strictSame(outsideOf(entriesOf(second, first, second), NOTE, undefined), [0, 2])
  t.equal(outsideOf(entriesOf(first, second), task, undefined), undefined)
  t.equal(outsideOf(entriesOf(first), task), undefined)
  t.strictSame(outsideOf({ ...entriesOf(first), isWhole: false }, task), [0], 'others can follow')

  const folders = entriesOf(CALENDAR, INBOX, folderNamed('searchfolders'), byId('folder'))
  const known = knownFrom([], [])
  t.strictSame(entriesOutside('mail-read', 'GetFolder', folders, known), [0, 2, 3])
  t.equal(entriesOutside('tasks', 'GetFolder', folders, known), undefined)
  const copies = entriesOf(INBOX, folderNamed('SentItems'))
  t.strictSame(entriesOutside('calendar-write', 'GetFolder', copies, known), [0])
  t.equal(entriesOutside('calendar-read', 'GetFolder', copies, known), undefined)
  t.end()
})

t.test('entriesOutside() leaves out meetings with the calendar that they show', t => {
  const shapes = { allProperties: { allProperties: true }, otherMeetings: { otherMeetings: true } }
  const items = numbered('item', 2)
  const outsideOf = (name: ProfileName, shape: Partial<ContentFacts>) =>
    entriesOutside(
      name,
      'GetItem',
      { ...entriesOf(...items), ...shape },
      knownFrom([], [NOTE, MEETING]),
    )
  t.strictSame(outsideOf('mail-read', {}), [])
  for (const shape of Object.values(shapes)) {
    t.strictSame(outsideOf('mail-read', shape), [1])
    t.strictSame(outsideOf('agent', shape), [], 'which this profile may read')
  }
  t.end()
})

t.test(
  'listedIn() keeps what is inside of the profile, by its class, or else by its element',
  t => {
    const keptBy = (name: ProfileName, listed: ListedContent, otherMeetings = false) =>
      listedIn(name, 'FindItem', { otherMeetings })?.(listed)
    for (const [name, listed, isKept] of [
      ['mail-read', { element: 'Message' }, true],
      ['mail-read', { element: 'CalendarItem' }, false],
      ['mail-read', { element: 'Message', itemClass: 'IPM.StickyNote' }, false],
      ['mail-read', { element: 'CalendarItem', itemClass: 'IPM.Note' }, true],
      ['mail-read', { element: 'Message', itemClass: '' }, true],
      ['mail-read', { element: 'Message', itemClass: 'unknown' }, false],
      ['mail-read', { element: 'Persona' }, false],
      ['calendar-read', { element: 'Message' }, false],
      ['calendar-read', { element: 'CalendarItem' }, true],
      ['mail-read', { element: 'Folder' }, true],
      ['mail-read', { element: 'Folder', container: 'IPF.Journal' }, false],
      ['mail-read', { element: 'Folder', container: '' }, true],
      ['mail-read', { element: 'SearchFolder' }, false],
      ['tasks', { element: 'TasksFolder', container: 'IPF.Task' }, true],
    ] as const)
      t.equal(keptBy(name, listed), isKept, `${name} ${JSON.stringify(listed)}`)

    for (const operation of ['FindFolder', 'FindItem', 'SyncFolderHierarchy', 'SyncFolderItems']) {
      const keeps = listedIn('calendar-read', operation, { otherMeetings: false })
      t.equal(keeps?.({ element: 'Message' }), false, operation)
    }

    const request = { element: 'MeetingRequest' }
    t.ok(keptBy('mail-read', request))
    t.notOk(keptBy('mail-read', request, true), 'a meeting with other meetings')
    t.ok(keptBy('mail-read', { element: 'Message' }, true), 'mail with other meetings')
    t.notOk(keptBy('mail-read', { element: 'Message', itemClass: MEETING.itemClass }, true))
    t.ok(keptBy('agent', request, true), 'which this profile may read')

    for (const [name, operation] of [
      ['no-send', 'FindItem'],
      ['mail-read', 'GetItem'],
      ['mail-read', 'Subscribe'],
    ] as const)
      t.equal(
        listedIn(name, operation, { otherMeetings: false }),
        undefined,
        `${name} ${operation}`,
      )
    t.end()
  },
)

t.test(
  'watchedClasses() and excludesEvents() limit subscriptions to the classes of the profile',
  t => {
    t.equal(watchedClasses(undefined), undefined)
    t.equal(watchedClasses({}), undefined)
    t.equal(watchedClasses({ name: 'no-send' }), undefined)
    t.strictSame(watchedClasses({ name: 'mail-read' }), ['mail'])
    const table: readonly (readonly [
      ProfileName,
      readonly FolderClass[] | undefined,
      isDenied: boolean,
    ])[] = [
      ['mail-read', ['mail'], false],
      ['mail-read', [], false],
      ['mail-read', ['mail', 'calendar'], true],
      ['mail-read', undefined, true],
      ['no-send', undefined, false],
      ['import-only', ['mail'], true],
    ]
    for (const [name, watched, isDenied] of table)
      t.equal(excludesEvents(name, 'GetEvents', watched), isDenied, `${name} ${watched}`)
    t.end()
  },
)
