/**
 * Classes of folders and items, as the upstream reports them.
 *
 * @module
 */

import type { User } from './identity.ts'

/** A folder of a mailbox. */
export type StoredFolder = Readonly<{
  /** Container class, such as `IPF.Note`. Empty if the folder has none. */
  container: string
  /** Whether users don't see the folder, or a folder that contains it. */
  isHidden: boolean
  /** Whether this is the drafts folder of a mailbox. Absent for folders that contain items. */
  isDrafts?: boolean
}>

/** An item of a mailbox, with the folder that contains it. */
export type StoredPlace = Readonly<{
  folder: StoredFolder
  itemClass: string
  /** Whether the server marks the item as a draft, or marks none and the item is in a drafts folder. */
  isDraft: boolean
  /** Whether the item is hidden. */
  isAssociated: boolean
}>

/** Folders and items whose classes a decision needs, by ID, and the impersonated user. */
export type ContentQuery = Readonly<{
  folders: readonly string[]
  items: readonly string[]
  user: User
  /** Addresses of other mailboxes that can contain the folders and items. */
  mailboxes: readonly string[]
}>

/**
 * Results in the order of the query. A folder or item is undefined if the upstream doesn't report its class, or
 * doesn't report that it is below the visible root of one of the mailboxes. So search folders, recoverable items, and
 * public folders are undefined.
 */
export type ContentResult = Readonly<{
  folders: readonly (StoredFolder | undefined)[]
  items: readonly (StoredPlace | undefined)[]
}>
