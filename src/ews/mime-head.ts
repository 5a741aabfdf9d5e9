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
import { type Content, contentOf, fieldsOf } from './mime-fields.ts'

/** Maximum size of a header in bytes. The sender of a message with a longer one is unknown. */
export const MAX_HEAD_BYTES = 65_536
const FIRST_BYTES = 1_024

const LF = 0x0a
const CR = 0x0d
const LATIN_1 = new TextDecoder('latin1')

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
  #head = new Uint8Array(FIRST_BYTES)
  #length = 0
  #clear = true

  /** Reads a line, as {@link TakeLine} describes. */
  line(bytes: Uint8Array, from: number, to: number, isWhole: boolean): void {
    const isEmpty = to === from || (to === from + 1 && bytes[from] === CR)
    // A header that begins with an empty line is ambiguous, because some servers skip such lines and others don't.
    if (!isWhole || this.#length + to - from >= MAX_HEAD_BYTES || (isEmpty && this.#length === 0))
      this.#clear = false
    if (isEmpty || !this.#clear) {
      this.ended = true
      return
    }
    this.#append(bytes.subarray(from, to))
  }

  /** Returns the content of the lines so far. */
  read(): Head {
    if (!this.#clear) return undefined
    const text = LATIN_1.decode(this.#head.subarray(0, this.#length))
    const senders = new Set<string>()
    const fields: (readonly [string, string])[] = []
    for (const field of fieldsOf(text)) {
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

  #append(line: Uint8Array): void {
    const length = this.#length + line.length + 1
    if (length > this.#head.length) {
      const larger = new Uint8Array(
        Math.min(MAX_HEAD_BYTES, Math.max(length, 4 * this.#head.length)),
      )
      larger.set(this.#head.subarray(0, this.#length))
      this.#head = larger
    }
    this.#head.set(line, this.#length)
    this.#head[length - 1] = LF
    this.#length = length
  }
}
