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
  /** `search`: a search folder, or the folder of these. `hidden`: a folder that users don't see. */
  kind: 'search' | 'hidden' | 'ordinary'
}>

/** An item of a mailbox, with the folder that contains it. */
export type StoredPlace = Readonly<{
  folder: StoredFolder
  itemClass: string
  isDraft: boolean
  /** Whether the item is hidden. */
  isAssociated: boolean
}>

/** Folders and items whose classes a decision needs, by ID, and the impersonated user. */
export type ContentQuery = Readonly<{
  folders: readonly string[]
  items: readonly string[]
  user: User
}>

/** Results in the order of the query. A folder or item is undefined if the upstream doesn't report its class. */
export type ContentResult = Readonly<{
  folders: readonly (StoredFolder | undefined)[]
  items: readonly (StoredPlace | undefined)[]
}>
