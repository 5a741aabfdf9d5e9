/** The limits of profiles, by the facts of a body. Tests of `decision` read them from requests. */

import t from 'tap'
import { NO_FACTS } from '../../src/ews/reader.ts'
import type { BodyFacts, ContentFacts, NamedContent } from '../../src/model/envelope.ts'
import type { FolderClass, ProfileName, RoleProfile } from '../../src/model/profile.ts'
import type { StoredFolder, StoredPlace } from '../../src/model/stored-content.ts'
import {
  contentToCheck,
  excludesBody,
  excludesContent,
  excludesEvents,
  excludesOperation,
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
  ['mail-read', 'GetItem', { content: { named: [INBOX], otherMeetings: true } }, true],
  ['calendar-read', 'GetItem', { content: { named: [CALENDAR], otherMeetings: true } }, false],
  ['mail-read', 'Subscribe', { content: { named: [INBOX], allFolders: true } }, true],
  ['mail-read', 'FindFolder', { content: { named: [INBOX], searchFolders: true } }, true],
  ['mail-read', 'GetItem', { content: { isWhole: false } }, false],
  ['mail-read', 'GetItem', { content: { isWhole: true } }, true],
  ['mail-read', 'GetEvents', { content: { isWhole: true } }, false],
  ['mail-read', 'SyncFolderHierarchy', { content: { isWhole: true } }, false],
  ['calendar-read', 'SyncFolderHierarchy', { content: { isWhole: true } }, true],
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
  ['no-send', 'CreateItem', { content: { deletes: true } }, false],
  ['no-delete', 'CreateItem', { content: { deletes: true } }, true],
  ['no-delete', 'CreateItem', { content: { created: ['Message'] } }, false],
  ...['AcceptItem', 'CancelCalendarItem', 'DeclineItem', 'RemoveItem', 'TentativelyAcceptItem'].map(
    response =>
      ['no-delete', 'CreateItem', { content: { created: ['Message', response] } }, true] as const,
  ),
  ['no-delete', 'MoveItem', naming(folderNamed('inbox', true)), false],
  ...['ApplyConversationAction', 'MoveFolder', 'MoveItem', 'SendItem', 'UpdateItem'].map(
    operation => ['no-delete', operation, naming(folderNamed('deleteditems', true)), true] as const,
  ),
  ['no-delete', 'MoveItem', naming(folderNamed('deleteditems')), false],
  ['no-delete', 'UpdateItem', naming(folderNamed('sentitems', true)), false],
  ['no-delete', 'MoveItem', naming(byId('folder', true)), true],
  ['no-delete', 'CopyItem', naming(folderNamed('deleteditems', true)), false],
  ['mail-draft', 'CreateItem', naming(folderNamed('drafts', true)), false],
  ['mail-draft', 'CreateItem', naming(folderNamed('Drafts', true)), false],
  ['mail-draft', 'CreateItem', naming(folderNamed('inbox', true)), true],
  ['mail-draft', 'CreateItem', naming(byId('folder', true)), true],
  ['mail-draft', 'UpdateItem', naming(folderNamed('inbox', true)), false],
  ['mail-draft', 'CreateItem', { content: { isWhole: true, created: ['Message'] } }, false],
  ['mail-draft', 'CreateItem', { content: { isWhole: true, created: ['Task'] } }, true],
  ['mail-draft', 'CreateItem', { content: { isWhole: true, itemClasses: ['IPM.Note.A'] } }, false],
  ['mail-draft', 'CreateItem', { content: { isWhole: true, itemClasses: ['IPM.Task'] } }, true],
  ['calendar-write', 'CreateFolder', { content: { containers: ['IPF.Appointment'] } }, false],
  ['calendar-write', 'CreateFolder', { content: { containers: ['IPF.Note'] } }, true],
]

t.test('excludesBody() denies what the profile lacks', t => {
  for (const [name, operation, facts, isDenied] of BODIES)
    t.equal(
      excludesBody(name, operation, factsOf(facts)),
      isDenied,
      `${name} ${operation} ${JSON.stringify(facts)}`,
    )
  t.ok(excludesBody('later' as ProfileName, 'GetItem', factsOf()), 'a profile of a later version')
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

t.test('contentToCheck() returns what is named by IDs, if classes matter', t => {
  const [folder, item] = [byId('folder'), byId('item')]
  const content = factsOf(naming(INBOX, folder, item)).content
  t.strictSame(contentToCheck('mail-read', 'GetItem', content), [folder, item])
  t.equal(contentToCheck('mail-read', 'GetItem', factsOf(naming(INBOX)).content), undefined)
  t.equal(contentToCheck('mail-read', 'GetServerTimeZones', content), undefined)
  t.equal(contentToCheck('no-send', 'GetItem', content), undefined)
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

t.test('excludesContent() denies what is stored elsewhere, or is unknown', t => {
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
  for (const [what, name, operation, folders, items, isDenied] of table)
    t.equal(
      excludesContent(name, operation, factsOf().content, { folders, items }),
      isDenied,
      `${what}: ${name}`,
    )
  const all = factsOf({ content: { allProperties: true } }).content
  const ofMeeting = (name: ProfileName, content: ContentFacts) =>
    excludesContent(name, 'GetItem', content, { folders: [], items: [MEETING] })
  t.notOk(ofMeeting('mail-read', factsOf().content))
  t.ok(ofMeeting('mail-read', all), 'all properties of a meeting request show the calendar')
  t.notOk(ofMeeting('agent', all), 'which this profile may read')
  t.notOk(
    excludesContent('mail-read', 'GetItem', all, { folders: [], items: [NOTE] }),
    'all properties of a message',
  )
  t.end()
})

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
