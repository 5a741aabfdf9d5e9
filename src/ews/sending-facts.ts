/**
 * Facts about what a request sends: items in it, stored items that it names, and read receipts.
 *
 * @module
 */

import type { Tag } from '../xml/tag.ts'
import { isSending, suppressesReceipts } from './content.ts'
import { MIME, SENDER, SENDER_PROPERTY, SENDS } from './meanings.ts'
import type { Operation } from './operation-row.ts'
import { SenderFacts } from './sender-facts.ts'
import { SentItems } from './sent-items.ts'

/** Elements that can say who sends an item. */
const SAYS_WHO = SENDER | MIME | SENDER_PROPERTY

/** Elements that {@link SendingFacts} has to see, even in a request that sends nothing so far. */
export const SENDING = SENDS | SAYS_WHO

export class SendingFacts {
  /** Whether items are sent, from the present element on. */
  sends = false
  /** Whether an update tells the server to send no read receipts. */
  suppressesReceipts = false
  readonly senders = new SenderFacts()
  /** The stored items that are sent, if there can be any. */
  items: SentItems | undefined
  /** Whether an item that is only saved said who sends it, which was not read. */
  #isUnread = false
  readonly #operation: Operation

  constructor(operation: Operation) {
    this.#operation = operation
  }

  /** The operation element begins. */
  begin(tag: Tag): void {
    this.sends = isSending(tag, this.#operation)
    const { sends } = this.#operation
    this.suppressesReceipts =
      sends === 'changed' && suppressesReceipts(tag.attribute('SuppressReadReceipts'))
    if (this.sends && sends !== 'created') this.items = new SentItems(tag, 'request', sends)
  }

  /** An element begins whose name means something. */
  open(tag: Tag): void {
    if ((tag.name.meaning & SENDS) !== 0) this.openResponse(tag, tag.name.local)
    if (!this.sends) {
      if ((tag.name.meaning & SAYS_WHO) !== 0) this.#isUnread = true
      return
    }
    this.senders.open(tag)
    this.items?.open(tag)
  }

  /** A response object begins that sends whatever the disposition of the request says. */
  openResponse(tag: Tag, local: string): void {
    if (this.#isUnread) this.senders.unknown = true
    this.sends = true
    if (local !== 'CancelCalendarItem') return
    this.items ??= new SentItems(tag, 'cancellations')
    this.items.openCancellation(tag.depth)
  }

  close(depth: number): void {
    this.senders.close(depth)
    this.items?.close(depth)
  }
}
