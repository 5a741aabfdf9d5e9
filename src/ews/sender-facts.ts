/**
 * Collects the senders of the items that a request sends. Ignores items that are only saved, because a migration
 * saves mail from other people.
 *
 * @module
 */

import type { Tag } from '../xml/tag.ts'
import { isPlainMime, namesSenderProperty } from './content.ts'
import { Distinct } from './distinct.ts'
import { MIME, SENDER_PROPERTY } from './meanings.ts'
import { MimeMessage } from './mime-message.ts'

/** Maximum number of senders in a request. */
const MAX_SENDERS = 20

export class SenderFacts {
  unknown = false
  readonly #senders = new Distinct<string>(MAX_SENDERS)
  /** The MimeContent that is being read. */
  #mime: { depth: number; message: MimeMessage } | undefined

  get senders(): readonly string[] {
    return this.#senders.values
  }

  get mime(): MimeMessage | undefined {
    return this.#mime?.message
  }

  /** Reads the start tag of an element in a request that sends. */
  open(tag: Tag): void {
    const { meaning } = tag.name
    if ((meaning & MIME) !== 0) {
      this.#mime = { depth: tag.depth, message: new MimeMessage() }
      if (tag.hasAttributes && !isPlainMime(tag)) this.unknown = true
    } else if ((meaning & SENDER_PROPERTY) !== 0 && namesSenderProperty(tag)) this.unknown = true
  }

  close(depth: number): void {
    if (this.#mime?.depth !== depth) return
    const senders = this.#mime.message.senders()
    this.#mime = undefined
    if (senders === undefined) this.unknown = true
    else for (const address of senders) this.add(address)
  }

  add(address: string | undefined): void {
    if (address === undefined || address === '' || !this.#senders.add(address, address))
      this.unknown = true
  }
}
