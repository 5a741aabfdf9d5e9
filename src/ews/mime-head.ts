/**
 * Reads the senders in a message's MIME header.
 *
 * Servers handle unusual headers differently. If two servers could find different senders, the sender is unknown.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5322
 *
 * @module
 */

import { addressesIn } from './mime-addresses.ts'
import { type Content, contentOf, endsHeader, fieldsOf } from './mime-fields.ts'

/** Maximum size of a header in bytes. The sender of a message with a longer one is unknown. */
export const MAX_HEAD_BYTES = 65_536

const CR = 0x0d

/** Fields that name the sender. */
const SENDERS: ReadonlySet<string> = new Set(['from', 'sender', 'resent-from', 'resent-sender'])
/**
 * Fields that announce properties in another format (TNEF). These replace the whole message, including its sender.
 */
const OTHER_FORMAT = /^x-ms-tnef-correlator:|^content-type:.*\bms-tnef\b/i

/** Result of a header, or undefined if servers could understand it differently. */
export type Head = Readonly<{ senders: ReadonlySet<string>; content: Content }> | undefined

/** Reads the lines of a message up to the first empty one. */
export class MimeHead {
  /** Whether the header has ended, or is ambiguous, so that no further lines are needed. */
  ended = false
  /** Lines so far in Latin-1, one character for each byte. */
  #text = ''
  #clear = true

  /** Reads a line, as {@link TakeLine} describes. */
  line(bytes: Uint8Array, from: number, to: number, isWhole: boolean): void {
    const isEmpty = to === from || (to === from + 1 && bytes[from] === CR)
    const isTooLong = this.#text.length + to - from >= MAX_HEAD_BYTES
    const isAmbiguous = isEmpty && !endsHeader(this.#text, to > from)
    if (!isWhole || isTooLong || isAmbiguous) this.#clear = false
    if (isEmpty || !this.#clear) {
      this.ended = true
      return
    }
    // A TextDecoder of Latin-1 would decode windows-1252, so that UTF-8 could not be restored.
    const line = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from)
    this.#text += `${line.toString('latin1')}\n`
  }

  /** Returns the content of the lines so far. */
  read(): Head {
    if (!this.#clear) return undefined
    const senders = new Set<string>()
    const fields: (readonly [string, string])[] = []
    for (const field of fieldsOf(this.#text)) {
      const colon = field.indexOf(':')
      if (colon === -1 || field.includes('\r') || OTHER_FORMAT.test(field)) return undefined
      const written = field.slice(0, colon).trim()
      if (/\s/.test(written)) return undefined
      const name = written.replace(/[^!-~]/g, '')
      fields.push([field.slice(0, colon), field.slice(colon + 1)])
      if (!SENDERS.has(name.toLowerCase())) continue
      const addresses = addressesIn(field.slice(colon + 1))
      if (addresses === undefined) return undefined
      for (const address of addresses) senders.add(address)
    }
    return { senders, content: contentOf(fields) }
  }
}
