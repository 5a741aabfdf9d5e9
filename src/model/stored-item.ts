/**
 * Stored items of the upstream that a request sends.
 *
 * @module
 */

import type { SentItem } from './envelope.ts'
import type { User } from './identity.ts'

/** An item as the upstream stores it. */
export type StoredItem = Readonly<{
  /** Local name of the item's element, such as `Message`, which tells its kind. */
  kind: string
  changeKey: string
  /** Addresses that the item names as its senders. */
  senders: readonly string[]
  /** Whether the item names a sender in a way that can't be compared with a user. */
  unknownSender: boolean
}>

/** An item in a response, with the ID of its folder if the response contains its class. */
export type FoundItem = StoredItem &
  Readonly<{
    place?: Readonly<{
      folderId: string
      itemClass: string
      isDraft: boolean
      isAssociated: boolean
    }>
  }>

/**
 * The upstream's response about one item. If the whole response is a fault, `code` is `fault:` with the code of the
 * fault.
 */
export type StoredItemResult = Readonly<{ code: string; item: StoredItem | undefined }>

/** Items to read from the upstream as a user. */
export type StoredItemQuery = Readonly<{ items: readonly SentItem[]; user: User }>
