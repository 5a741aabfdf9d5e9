/**
 * A mailbox: a user's store and archive with the folders of Exchange, and other data of the user.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import type { IdForm } from './ids.ts'
import type { SandboxUser } from './options.ts'
import { type Folder, MailStore } from './store.ts'
import type { XmlElement } from './xml.ts'

type FolderPlan = readonly [
  id: string,
  name: string,
  folderClass?: string,
  children?: readonly FolderPlan[],
]

const DUMPSTER: readonly FolderPlan[] = [
  ['recoverableitemsdeletions', 'Deletions'],
  ['recoverableitemsversions', 'Versions'],
  ['recoverableitemspurges', 'Purges'],
]

const PRIMARY: FolderPlan = [
  'root',
  'root',
  '',
  [
    [
      'msgfolderroot',
      'Top of Information Store',
      'IPF',
      [
        ['calendar', 'Calendar', 'IPF.Appointment'],
        ['contacts', 'Contacts', 'IPF.Contact'],
        ['conversationhistory', 'Conversation History', 'IPF.Note'],
        ['deleteditems', 'Deleted Items', 'IPF.Note'],
        ['drafts', 'Drafts', 'IPF.Note'],
        ['inbox', 'Inbox', 'IPF.Note'],
        ['journal', 'Journal', 'IPF.Journal'],
        ['junkemail', 'Junk Email', 'IPF.Note'],
        ['notes', 'Notes', 'IPF.StickyNote'],
        ['outbox', 'Outbox', 'IPF.Note'],
        ['sentitems', 'Sent Items', 'IPF.Note'],
        ['tasks', 'Tasks', 'IPF.Task'],
      ],
    ],
    ['recoverableitemsroot', 'Recoverable Items', '', DUMPSTER],
    ['searchfolders', 'Finder', 'IPF.Note'],
  ],
]

const ARCHIVE: FolderPlan = [
  'archiveroot',
  'root',
  '',
  [
    [
      'archivemsgfolderroot',
      'Top of Information Store',
      'IPF',
      [
        ['archivedeleteditems', 'Deleted Items', 'IPF.Note'],
        ['archiveinbox', 'Inbox', 'IPF.Note'],
      ],
    ],
    [
      'archiverecoverableitemsroot',
      'Recoverable Items',
      '',
      DUMPSTER.map(([id, name]) => [`archive${id}`, name] as const),
    ],
  ],
]

/** Stores and settings of a user. */
export type Mailbox = Readonly<{
  user: SandboxUser
  /** Display name of the user. */
  displayName: string
  primary: MailStore
  archive: MailStore
  /** Out-of-office settings, as they were last set. */
  oof: Map<'settings', XmlElement>
  /** User configurations, by folder counter and name. */
  configurations: Map<string, XmlElement>
  /** Permanent actions, by conversation. */
  conversationActions: Map<string, string>
  /** Accepted sharing invitations. */
  accepted: Set<string>
}>

/** Creates an empty mailbox. */
export function openMailbox(user: SandboxUser, ids: IdForm, now: () => number): Mailbox {
  const address = user.primarySmtpAddress
  const open = (plan: FolderPlan, isArchive: boolean) => {
    const guid = guidFor(`${plan[0]} ${address}`)
    const store = new MailStore({ guid, owner: address, isArchive, ids }, now)
    plant(store, undefined, plan)
    return store
  }
  return {
    user,
    displayName: user.displayName ?? address.slice(0, address.indexOf('@')),
    primary: open(PRIMARY, false),
    archive: open(ARCHIVE, true),
    oof: new Map(),
    configurations: new Map(),
    conversationActions: new Map(),
    accepted: new Set(),
  }
}

/** Returns the folder with a distinguished ID, in the store that has it. */
export const distinguishedFolder = (mailbox: Mailbox, id: string): Folder | undefined =>
  mailbox.primary.distinguished(id) ?? mailbox.archive.distinguished(id)

/** Returns a folder that every mailbox has. */
export function folderOf(mailbox: Mailbox, id: string): Folder {
  const folder = distinguishedFolder(mailbox, id)
  if (folder === undefined) throw new TypeError(`There is no distinguished folder '${id}'`)
  return folder
}

function plant(store: MailStore, parent: Folder | undefined, plan: FolderPlan) {
  const [id, name, folderClass = '', children = []] = plan
  const folder = store.addFolder(parent, name, folderClass, id)
  for (const child of children) plant(store, folder, child)
}

// Returns the same GUIDs for the same user in every sandbox, so that captured IDs stay valid.
const guidFor = (text: string) =>
  createHash('sha256')
    .update(text.toLowerCase())
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
