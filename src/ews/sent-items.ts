/**
 * Collects the stored items that a request sends without naming their senders.
 *
 * SendItem sends a draft, UpdateItem can send what it has changed, and DeleteItem and CancelCalendarItem
 * send the cancellation of a meeting. Elements are distinguished by their position, because some servers
 * treat every child of a list as an item, whatever its name.
 *
 * @module
 */

import type { SentItem } from '../model/envelope.ts'
import type { Tag } from '../xml/tag.ts'
import type { Operation } from './operation-row.ts'

/** Maximum number of stored items that one request can send. */
const MAX_SENT_ITEMS = 500
const MAX_ID_LENGTH = 2_048
const MAX_CHANGE_KEY_LENGTH = 512
/** Pattern of IDs that all servers read in the same way. */
const PLAIN = /^[!-~]+$/

/** Elements with the ID of an item, or of the series of an occurrence. */
const ITEMS: ReadonlySet<string> = new Set([
  'ItemId',
  'OccurrenceItemId',
  'RecurringMasterItemId',
  'RecurringMasterItemIdRanges',
  'ReferenceItemId',
])
const FOLDERS: ReadonlySet<string> = new Set(['AddressListId', 'DistinguishedFolderId', 'FolderId'])
/** Depth of ItemChange: below Envelope, Body, UpdateItem, and ItemChanges. */
const CHANGED_DEPTH = 5

/** Part of a request whose items are sent: the whole request, or only elements that cancel a meeting. */
type Scope = 'request' | 'cancellations'

export class SentItems {
  /** Whether the request sends an item that the gateway can't look up. */
  unknown = false
  readonly items: SentItem[] = []
  readonly #scope: Scope
  readonly #sends: Operation['sends']
  readonly #onlyMeetings: boolean
  /** Depths of the open SavedItemFolderId, and of the open element that cancels a meeting. */
  #folder: number | undefined
  #cancellation: number | undefined

  /**
   * @param tag - the operation element, or the element that cancels a meeting
   * @param scope - `cancellations`: items count only in elements that cancel a meeting
   * @param sends - items that the operation sends
   */
  constructor(tag: Tag, scope: Scope, sends?: Operation['sends']) {
    this.#scope = scope
    this.#sends = sends
    const isQuiet = tag.attribute('MessageDisposition') === 'SaveOnly'
    this.#onlyMeetings = sends === 'cancellations' || (sends === 'changed' && isQuiet)
  }

  /** Begins an element that cancels a meeting, in which items count. */
  openCancellation(depth: number): void {
    this.#cancellation ??= depth
  }

  /** Reads the start tag of an element whose name is in the vocabulary. */
  open({ name, depth }: Tag): void {
    if (name.local === 'SavedItemFolderId') this.#folder ??= depth
  }

  close(depth: number): void {
    if (this.#folder === depth) this.#folder = undefined
    if (this.#cancellation === depth) this.#cancellation = undefined
  }

  /**
   * Adds the item whose ID is in an attribute, if the request sends it. Sets {@link unknown} if the gateway can't
   * look it up.
   *
   * @param index - index of the attribute in the tag
   */
  note(tag: Tag, index: number): void {
    if (!this.#isSent(tag)) return
    const id = tag.value(index)
    const changeKey = tag.attribute('ChangeKey') ?? ''
    const fits = id.length <= MAX_ID_LENGTH && changeKey.length <= MAX_CHANGE_KEY_LENGTH
    if (!ITEMS.has(tag.name.local) || !fits || !PLAIN.test(id)) this.unknown = true
    else if (this.items.length === MAX_SENT_ITEMS) this.unknown = true
    else this.items.push(this.#itemOf(id, changeKey))
  }

  /**
   * Returns an item. Keeps the ChangeKey only for operations in which the server requires this version of the item.
   */
  #itemOf(id: string, changeKey: string): SentItem {
    const isBound = this.#sends === 'drafts' || this.#scope === 'cancellations'
    return {
      id,
      ...(isBound && { changeKey }),
      ...(this.#onlyMeetings && { onlyMeetings: true }),
    }
  }

  #isSent({ name, depth }: Tag): boolean {
    if (this.#scope === 'cancellations') return this.#cancellation !== undefined
    if (this.#sends === 'changed') return ITEMS.has(name.local) || depth === CHANGED_DEPTH
    return this.#folder === undefined || !FOLDERS.has(name.local)
  }
}
