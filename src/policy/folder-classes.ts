/**
 * Classes of folders and items, by what EWS calls them. A name that is not listed has no class.
 *
 * @module
 */

import { kindNamed } from '../model/item-kinds.ts'
import type { FolderClass } from '../model/profile.ts'

/**
 * Distinguished folders by class, in lower case. Search folders, such as `todosearch`, and public folders have no
 * class, because they show items of other folders or belong to no mailbox.
 */
const FOLDERS: Readonly<Record<FolderClass, string>> = {
  mail:
    'archive archivedeleteditems archiveinbox clutter conflicts conversationhistory deleteditems ' +
    'drafts inbox junkemail localfailures outbox sentitems serverfailures syncissues voicemail',
  calendar: 'calendar',
  contacts: 'contacts',
  tasks: 'tasks',
  notes: 'notes',
  other: 'journal',
  hidden:
    'archiverecoverableitemsdeletions archiverecoverableitemsdiscoveryholds ' +
    'archiverecoverableitemspurges archiverecoverableitemsroot ' +
    'archiverecoverableitemsversions companycontacts imcontactlist quickcontacts ' +
    'recipientcache recoverableitemsdeletions recoverableitemsdiscoveryholds ' +
    'recoverableitemspurges recoverableitemsroot recoverableitemsversions',
  root: 'archivemsgfolderroot archiveroot msgfolderroot root',
}

/** Container classes of folders, in lower case. The first part of a class that is listed decides. */
const CONTAINERS: Readonly<Partial<Record<FolderClass, string>>> = {
  mail: 'ipf.note ipf.imap',
  calendar: 'ipf.appointment',
  contacts: 'ipf.contact',
  tasks: 'ipf.task',
  notes: 'ipf.stickynote',
  other: 'ipf.journal ipf.note.outlookhomepage',
  hidden:
    'ipf.configuration ipf.contact.company ipf.contact.galcontacts ipf.contact.moc ' +
    'ipf.contact.organizationalcontacts ipf.contact.peoplecentricconversationbuddies ' +
    'ipf.contact.recipientcache',
}

/** Classes of items, in lower case, by the class of the folders that they belong to. */
const ITEMS: Readonly<Partial<Record<FolderClass, string>>> = {
  mail:
    'ipm.note ipm.post ipm.schedule.meeting ipm.sharing ipm.recall ipm.outlook.recall ' +
    'ipm.document ipm.taskrequest report',
  calendar: 'ipm.appointment ipm.ole.class.{00061055-0000-0000-c000-000000000046}',
  contacts: 'ipm.contact ipm.distlist ipm.abchperson',
  tasks: 'ipm.task',
  notes: 'ipm.stickynote',
  other: 'ipm.activity',
  hidden:
    'ipm.configuration ipm.rule ipm.extendedrule ipm.microsoft ipm.note.rules ipc ' +
    'ipm.note.exchange.activesync ipm.externalevent',
}

/** Elements of folders that a request creates, by their class. */
const FOLDER_ELEMENTS: Readonly<Partial<Record<FolderClass, string>>> = {
  mail: 'Folder',
  calendar: 'CalendarFolder',
  contacts: 'ContactsFolder',
  tasks: 'TasksFolder',
}

type Index = ReadonlyMap<string, FolderClass>

const indexOf = (table: Readonly<Partial<Record<FolderClass, string>>>): Index =>
  new Map(
    (Object.entries(table) as [FolderClass, string][]).flatMap(([name, words]) =>
      words.split(' ').map(word => [word, name] as const),
    ),
  )

const BY_FOLDER = indexOf(FOLDERS)
const BY_CONTAINER = indexOf(CONTAINERS)
const BY_ITEM = indexOf(ITEMS)
const BY_ELEMENT = indexOf(FOLDER_ELEMENTS)

/** Returns the class of a distinguished folder; undefined if it has none. */
export const classOfFolder = (name: string): FolderClass | undefined =>
  BY_FOLDER.get(name.toLowerCase())

/** Returns the class of a container class, such as `IPF.Appointment`; undefined if it has none. */
export const classOfContainer = (container: string): FolderClass | undefined =>
  longestPart(BY_CONTAINER, container)

/** Returns the class of an item class, such as `IPM.Appointment`; undefined if it has none. */
export const classOfItem = (itemClass: string): FolderClass | undefined =>
  longestPart(BY_ITEM, itemClass)

/** Returns the class of what an element creates, such as CalendarItem; undefined if it has none. */
export const classOfElement = (element: string): FolderClass | undefined =>
  kindNamed(element)?.folderClass ?? BY_ELEMENT.get(element)

/** Returns the class of the longest beginning of a text that is listed and ends before a dot. */
function longestPart(index: Index, text: string): FolderClass | undefined {
  let part = text.toLowerCase()
  while (part !== '') {
    const found = index.get(part)
    if (found !== undefined) return found
    part = part.slice(0, Math.max(0, part.lastIndexOf('.')))
  }
  return undefined
}

/** Whether a distinguished folder contains deleted items. */
export function containsDeleted(name: string): boolean {
  const folded = name.toLowerCase()
  return folded.endsWith('deleteditems') || folded.includes('recoverableitems')
}

/** Returns the distinguished folders of a class. */
export const foldersOf = (name: FolderClass): readonly string[] => FOLDERS[name].split(' ')

/** Returns the beginnings of container classes of a class. */
export const containersOf = (name: FolderClass): readonly string[] =>
  CONTAINERS[name]?.split(' ') ?? []
