/**
 * Facts about operations that mark conversations or folders: inbox rules that outlive the request, and
 * read receipts.
 *
 * @module
 */

import { suppressesReceipts } from './content.ts'

/**
 * Actions of ApplyConversationAction that have no effect after the request. Every other action counts as an inbox
 * rule.
 */
const ONCE: ReadonlySet<string> = new Set([
  'Copy',
  'Delete',
  'Flag',
  'Move',
  'SetReadState',
  'SetRetentionPolicy',
])

/** Actions that delete nothing, not even later. */
const KEEPING: ReadonlySet<string> = new Set(['Copy', 'Flag', 'Move', 'SetReadState'])

/** Facts about a request of an operation with `marksItems`. */
export class ActionFacts {
  /** Whether an action also applies to messages that arrive later. */
  standing = false
  /** Whether items are marked as read in a way that sends read receipts. */
  receipts = false
  /** Whether an action deletes items, at once or later. */
  deletes = false
  #depth: number | undefined
  #marks = false
  #suppresses: boolean | undefined

  /** Begins an element whose content is one action, or the whole of MarkAllItemsAsRead. */
  begin(depth: number, local: string): void {
    this.#end()
    this.#depth = depth
    this.#marks = local === 'MarkAllItemsAsRead'
    this.#suppresses = undefined
  }

  /** Reads the text of an element inside an action; undefined if the text can't be read. */
  take(local: string, text: string | undefined): void {
    if (local === 'SuppressReadReceipts')
      this.#suppresses = this.#suppresses !== false && suppressesReceipts(text)
    else this.#act(local, text)
  }

  #act(local: string, text: string | undefined): void {
    if (!KEEPING.has(text ?? '')) this.deletes = true
    if (local === 'EnableAlwaysDelete' || !ONCE.has(text ?? '')) this.standing = true
    else if (text === 'SetReadState') this.#mark()
  }

  close(depth: number): void {
    if (this.#depth === depth) this.#end()
  }

  /**
   * Records that items are marked as read. If an inner action has ended, the outer one can no longer suppress the
   * receipts.
   */
  #mark(): void {
    if (this.#depth === undefined) this.receipts = true
    else this.#marks = true
  }

  #end(): void {
    this.#depth = undefined
    if (this.#marks && this.#suppresses !== true) this.receipts = true
  }
}
