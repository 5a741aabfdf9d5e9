/**
 * Facts about the items that a request sends: items in it, stored items that it names, and read receipts.
 *
 * @module
 */

import { kindNamed } from '../model/item-kinds.ts'
import type { Tag } from '../xml/tag.ts'
import { isSending, isSent, type Quiet, quietIn, suppressesReceipts } from './content.ts'
import { MIME, SENDER, SENDER_PROPERTY, SENDS } from './meanings.ts'
import type { Operation } from './operation-row.ts'
import { SenderFacts } from './sender-facts.ts'
import { SentItems } from './sent-items.ts'

/**
 * Elements that {@link SendingFacts} needs, even in a request that sends nothing so far: those that can
 * name the sender of an item, and those that send.
 */
export const SENDING = SENDER | MIME | SENDER_PROPERTY | SENDS

export class SendingFacts {
  /** Whether the request sends items. An element can turn it on for everything that follows. */
  sends = false
  /** Whether an update sends items only if the server does that without an attribute that says so. */
  byDefault = false
  /** Whether an update tells the server to send no read receipts. */
  suppressesReceipts = false
  readonly senders = new SenderFacts()
  /** Stored items that are sent, if the operation can send any. */
  items: SentItems | undefined
  /** New items that the request doesn't send; undefined unless the operation creates items. */
  #quiet: Quiet | undefined
  /** Whether an element that can name a sender was skipped, because nothing was sent so far. */
  #isUnread = false
  readonly #operation: Operation

  constructor(operation: Operation) {
    this.#operation = operation
  }

  /** Reads the start tag of the operation element. */
  begin(tag: Tag): void {
    const quiet = quietIn(tag)
    this.sends = isSending(this.#operation, quiet)
    const { sends } = this.#operation
    this.byDefault = this.sends && sends === 'changed' && quiet !== undefined
    if (sends === 'created') this.#quiet = quiet
    this.suppressesReceipts =
      sends === 'changed' && suppressesReceipts(tag.attribute('SuppressReadReceipts'))
    if (this.sends && sends !== 'created') this.items = new SentItems(tag, 'request', sends)
  }

  /**
   * Begins a new item. If it is sent, and senders were skipped before, the senders are unknown.
   *
   * @param name - of the element, or of its type
   */
  openNew(name: string): void {
    if (this.#quiet === undefined || !isSent(kindNamed(name), this.#quiet)) return
    if (this.#isUnread) this.senders.unknown = true
    this.sends = true
  }

  /** Begins an element with a meaning in {@link SENDING}; in a request that sends, with any meaning. */
  open(tag: Tag): void {
    if ((tag.name.meaning & SENDS) !== 0) this.openResponse(tag, tag.name.local)
    if (!this.sends) {
      this.#isUnread = true
      return
    }
    this.senders.open(tag)
    this.items?.open(tag)
  }

  /**
   * Begins a response object that is sent regardless of the MessageDisposition. If it cancels a meeting, the meeting
   * is one of the {@link items}. If senders were skipped before, the senders are unknown.
   *
   * @param local - name of the response object, which can come from `xsi:type`
   */
  openResponse(tag: Tag, local: string): void {
    if (this.#isUnread) this.senders.unknown = true
    this.sends = true
    this.byDefault = false
    if (local !== 'CancelCalendarItem') return
    this.items ??= new SentItems(tag, 'cancellations')
    this.items.openCancellation(tag.depth)
  }

  close(depth: number): void {
    this.senders.close(depth)
    this.items?.close(depth)
  }
}
