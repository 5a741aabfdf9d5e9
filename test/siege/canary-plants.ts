/**
 * Content of the mailboxes of the canaries: folders, and items of all kinds, each with a text that no other
 * item has.
 *
 * @module
 */

import type { Attachment } from '../../sandbox/attachment.ts'
import { mailboxElement } from '../../sandbox/elements.ts'
import { itemProperty } from '../../sandbox/item-properties.ts'
import { propertyMap } from '../../sandbox/mail.ts'
import { extendedKey } from '../../sandbox/properties.ts'
import { attachmentId, folderIdText, itemIdText } from '../../sandbox/references.ts'
import type { Folder, Item, MailStore } from '../../sandbox/store.ts'
import { t, type XmlElement } from '../../sandbox/xml.ts'
import { type Kind, kindOfName } from './canary-table.ts'

/** A canary: an item whose texts, file, and file name are in no other item. */
export type Place = Readonly<{
  owner: string
  /** Kind of its folder. */
  kind: Kind
  /** Kind that the container class of the folder alone tells. */
  seems: Kind
  /** Kind of folders in which such items belong. */
  itemKind: Kind
  /** Name of a distinguished folder. */
  name: string | undefined
  /** Element of the item. */
  element: string
  isDraft: boolean
  folderId: string
  itemId: string
  attachmentId: string
  conversationId: string
  folder: Folder
  item: Item
}>

/** The property by which Exchange tells search folders. */
const FOLDER_TYPE = t('ExtendedFieldURI', { PropertyTag: '0x3601', PropertyType: 'Integer' })
const SEARCH = t('ExtendedProperty', FOLDER_TYPE, t('Value', '2'))

/** Beginning of the names of search folders outside of the folder of search folders. */
const SEARCH_IN = 'Search in '

/** Folders that users or the server made: `[name, parent, container class, kind]`. */
const MADE = [
  ['Projects', 'inbox', 'IPF.Note', 'mail'],
  ['Team', 'calendar', 'IPF.Appointment', 'calendar'],
  ['Mail in the calendar', 'calendar', 'IPF.Note', 'mail'],
  ['Contacts in the inbox', 'inbox', 'IPF.Contact', 'contacts'],
  ['Files', 'inbox', 'IPF.Files', 'none'],
  ['Without a class', 'inbox', 'IPF', 'none'],
  [`${SEARCH_IN}inbox`, 'inbox', 'IPF.Note', 'none'],
  [`${SEARCH_IN}calendar`, 'calendar', 'IPF.Appointment', 'none'],
  [`${SEARCH_IN}contacts`, 'contacts', 'IPF.Contact', 'none'],
  [`${SEARCH_IN}tasks`, 'tasks', 'IPF.Task', 'none'],
  ['Unread', 'searchfolders', 'IPF.Note', 'none'],
  ['In unread', 'Unread', 'IPF.Note', 'none'],
  ['Deleted team', 'recoverableitemsdeletions', 'IPF.Appointment', 'hidden'],
  ['In deleted team', 'Deleted team', 'IPF.Appointment', 'hidden'],
] as const

type Content = readonly [
  element: string,
  itemClass: string,
  itemKind: Kind,
  more?: (owner: string) => readonly XmlElement[],
]

const MAIL: Content = [
  'Message',
  'IPM.Note',
  'mail',
  () => [...by(OUTSIDER), t('IsReadReceiptRequested', 'true')],
]
const DRAFT: Content = ['Message', 'IPM.Note', 'mail']
const mail = (more: NonNullable<Content[3]>): Content => ['Message', 'IPM.Note', 'mail', more]
const APPOINTMENT = ['CalendarItem', 'IPM.Appointment', 'calendar'] as const
const ITEMS: Readonly<Partial<Record<Kind, Content>>> = {
  calendar: ['CalendarItem', 'IPM.Appointment', 'calendar'],
  contacts: ['Contact', 'IPM.Contact', 'contacts'],
  tasks: ['Task', 'IPM.Task', 'tasks'],
  notes: ['Message', 'IPM.StickyNote', 'notes'],
  other: ['Message', 'IPM.Activity', 'other'],
}

const COLLEAGUE = 'bob@example.com'
const OUTSIDER = 'outsider@out.example'

const boxOf = (address: string) => mailboxElement(address, address)
const by = (address: string) => ['From', 'Sender'].map(name => t(name, boxOf(address)))
const to = (...addresses: readonly string[]) => t('ToRecipients', addresses.map(boxOf))
const attended = (organizer: string, ...attendees: readonly string[]) => [
  t('Organizer', boxOf(organizer)),
  t(
    'RequiredAttendees',
    attendees.map(attendee => t('Attendee', boxOf(attendee))),
  ),
]
const draft = t('IsDraft', 'true')

/** More items in distinguished folders, on which requests act in other ways. */
const MORE: readonly (readonly [folder: string, content: Content])[] = [
  [
    'inbox',
    [
      'MeetingRequest',
      'IPM.Schedule.Meeting.Request',
      'mail',
      owner => [...by(COLLEAGUE), ...attended(COLLEAGUE, owner, OUTSIDER)],
    ],
  ],
  ['inbox', mail(owner => [draft, ...by(owner), to(OUTSIDER)])],
  ['inbox', ['PostItem', 'IPM.Post', 'mail']],
  ['drafts', mail(owner => [draft, ...by(owner), to(OUTSIDER, COLLEAGUE)])],
  ['drafts', mail(() => [draft, ...by(COLLEAGUE), to(OUTSIDER)])],
  ['calendar', [...APPOINTMENT, owner => attended(owner, OUTSIDER)]],
  ['calendar', [...APPOINTMENT, owner => attended(COLLEAGUE, owner, OUTSIDER)]],
  ['calendar', mail(() => by(OUTSIDER))],
  ['deleteditems', [...APPOINTMENT, owner => attended(owner, OUTSIDER)]],
  ['contacts', ['DistributionList', 'IPM.DistList', 'contacts']],
]

/** Text that only one canary has, and the text in its file. A search finds them at any offset of base64. */
const textOf = (number: number) => `Canary-${number}-`
const fileText = (number: number) => `File-${number}-`
const TEXT = /Canary-(\d+)-/g
const FILE = /File-(\d+)-/g
const ENCODED = />([A-Za-z0-9+/]{40,}={0,2})</g
/** A file in MIME content. */
const ENCODED_LINES = /\r\n\r\n([A-Za-z0-9+/=\r\n]{40,})/g

/** Returns the numbers of the canaries that are in a text, in clear or encoded. */
export const heardIn = (text: string): number[] =>
  numbersIn(TEXT, [text, ...decodedIn(text, ENCODED)])

/** Returns the numbers of the canaries whose files are in a text, encoded once, or twice as in MIME content. */
export function filesIn(text: string): number[] {
  const decoded = decodedIn(text, ENCODED)
  return numbersIn(FILE, [
    text,
    ...decoded,
    ...decoded.flatMap(mime => decodedIn(mime, ENCODED_LINES)),
  ])
}

const numbersIn = (pattern: RegExp, texts: readonly string[]): number[] =>
  texts.flatMap(text => [...text.matchAll(pattern)]).map(([, number]) => Number(number))

const decodedIn = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, encoded = '']) =>
    Buffer.from(encoded, 'base64').toString('latin1'),
  )

/** Plants canaries in all folders of a user's stores. @param first - number of the first one */
export function plantIn(
  owner: string,
  primary: MailStore,
  archive: MailStore,
  first: number,
  at: number,
): Place[] {
  const places: Place[] = []
  const plant = (folder: Folder, kind: Kind, content: Content) =>
    places.push(planted(folder, kind, content, { owner, number: first + places.length, at }))
  for (const store of [primary, archive])
    for (const folder of [...store.folders.values()]) {
      const kind = kindOfName(folder.distinguishedId ?? '') ?? 'none'
      plant(folder, kind, folder.distinguishedId === 'drafts' ? DRAFT : (ITEMS[kind] ?? MAIL))
    }
  const parentOf = (name: string) =>
    primary.distinguished(name) ??
    [...primary.folders.values()].find(({ displayName }) => displayName === name)
  for (const [name, parent, container, kind] of MADE) {
    const folder = primary.addFolder(parentOf(parent), name, container)
    if (name.startsWith(SEARCH_IN)) folder.properties.set(extendedKey(FOLDER_TYPE), SEARCH)
    plant(folder, kind, ITEMS[kind] ?? MAIL)
  }
  for (const [name, content] of MORE) {
    const folder = primary.distinguished(name)
    if (folder !== undefined) plant(folder, kindOfName(name) ?? 'none', content)
  }
  return places
}

type Planting = Readonly<{ owner: string; number: number; at: number }>

function planted(
  folder: Folder,
  kind: Kind,
  [element, itemClass, itemKind, more]: Content,
  { owner, number, at }: Planting,
): Place {
  const text = textOf(number)
  const properties = propertyMap([
    t('ItemClass', itemClass),
    t('Subject', text),
    t('DisplayName', text),
    t('Body', { BodyType: 'Text' }, text),
    t('IsDraft', String(folder.distinguishedId === 'drafts')),
    t('Start', '2026-12-01T09:00:00Z'),
    t('End', '2026-12-01T10:00:00Z'),
    t('EmailAddresses', t('Entry', { Key: 'EmailAddress1' }, `canary${number}@out.example`)),
    ...(element === 'DistributionList'
      ? [t('Members', t('Member', mailboxElement(text, `canary${number}@out.example`)))]
      : []),
    ...(more?.(owner) ?? []),
  ])
  const item = folder.store.addItem(folder, {
    kind: element,
    properties,
    attachments: [fileOf(text, fileText(number), folder.store.nextCounter(), at)],
  })
  return {
    owner,
    kind,
    seems: kindOfContainer(folder.folderClass),
    itemKind,
    name: folder.distinguishedId,
    element,
    isDraft: properties.get('IsDraft')?.text === 'true',
    folderId: folderIdText(folder),
    itemId: itemIdText(item),
    attachmentId: attachmentId(item, item.attachments[0] as Attachment).attribute('Id') ?? '',
    conversationId: itemProperty(item, 'ConversationId')?.attribute('Id') ?? '',
    folder,
    item,
  }
}

const CONTAINERS: readonly (readonly [container: string, kind: Kind])[] = [
  ['IPF.Note', 'mail'],
  ['IPF.Appointment', 'calendar'],
  ['IPF.Contact', 'contacts'],
  ['IPF.Task', 'tasks'],
  ['IPF.StickyNote', 'notes'],
]

/** Returns the kind of folders with a container class. */
export const kindOfContainer = (folderClass: string): Kind =>
  CONTAINERS.find(([container]) => folderClass.startsWith(container))?.[1] ?? 'none'

const fileOf = (name: string, text: string, counter: number, modifiedAt: number): Attachment => ({
  counter,
  name,
  contentType: 'text/plain',
  contentId: undefined,
  contentLocation: undefined,
  isInline: false,
  modifiedAt,
  content: Buffer.from(text.repeat(8)),
  item: undefined,
})
