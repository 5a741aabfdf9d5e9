/**
 * Facts about a request that say what its response shows: which folders it lists, and which folder contains its items.
 *
 * @module
 */

import { addressesOf } from '../decision/target.ts'
import { operationOf } from '../ews/operations.ts'
import type { BodyFacts, NamedContent } from '../model/envelope.ts'
import { foldName, type User } from '../model/identity.ts'
import type { FolderClass } from '../model/profile.ts'
import type { StoredFolder } from '../model/stored-content.ts'
import { classOfFolder, containersOf } from '../policy/folder-classes.ts'
import { VISIBLE_ROOTS } from './content-questions.ts'

/** Operations whose responses show folders or items with their classes or places. */
const SHOWING = [
  'FindFolder',
  'FindItem',
  'GetFolder',
  'GetItem',
  'SyncFolderHierarchy',
  'SyncFolderItems',
] as const
type ShowingOperation = (typeof SHOWING)[number]

/** Operations whose responses list what is in the folders that a request names. */
const LISTING: ReadonlySet<ShowingOperation> = new Set([
  'FindFolder',
  'FindItem',
  'SyncFolderHierarchy',
  'SyncFolderItems',
])

/**
 * Distinguished folders that every server has below a visible root, apart from these roots. Others, such as `voicemail`,
 * can be search folders.
 */
const BELOW_ROOTS = ['deleteditems', 'drafts', 'journal', 'junkemail', 'outbox', 'sentitems']
const VISIBLE: ReadonlySet<string> = new Set<string>([...VISIBLE_ROOTS, ...BELOW_ROOTS])

export type ShownRequest = Readonly<{
  operation: ShowingOperation
  /** Folders and items of the request, if the response has one message for each. */
  entries: readonly NamedContent[]
  /** Folders whose content the response lists. */
  listed: readonly NamedContent[]
}>

/**
 * Returns the facts about a request whose whole body has been read; undefined if its response shows nothing. A request
 * that names another mailbox shows nothing, because its folders could be those of another user. Neither does one that
 * finds hidden items, which look like others.
 */
export function shownRequest(
  requestElement: string,
  { content, mailboxes, unknownMailbox }: BodyFacts,
  user: User,
): ShownRequest | undefined {
  const name = operationOf(requestElement)
  const operation = SHOWING.find(showing => showing === name)
  if (operation === undefined || unknownMailbox) return undefined
  const own = addressesOf(user)
  if (!mailboxes.every(({ address }) => own.has(foldName(address)))) return undefined
  const { named, entries, unknownNames, hidden, searchFolders, isWhole } = content
  if (unknownNames || hidden || searchFolders || !isWhole) return undefined
  return {
    operation,
    entries,
    listed: LISTING.has(operation) ? named.filter(({ kind }) => kind !== 'item') : [],
  }
}

/** Whether every server has a distinguished folder among those that users see. */
export const isVisible = (name: string): boolean => VISIBLE.has(name.toLowerCase())

/** Returns a distinguished folder that users see; undefined if it is another one, or a root without a class. */
export function folderNamed(name: string): StoredFolder | undefined {
  const folderClass: FolderClass | undefined = isVisible(name) ? classOfFolder(name) : undefined
  const [container] = folderClass === undefined ? [] : containersOf(folderClass)
  return container === undefined ? undefined : { container, isHidden: false }
}
