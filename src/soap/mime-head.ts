/**
 * The senders in a message's MIME header, read while its base64 streams by.
 *
 * Servers differ in what they make of odd headers, so that what two of them could read differently
 * names nobody who can be told.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5322
 * @module
 */

import { isAddress } from '../model/identity.ts'
import { sextet } from '../model/item-id.ts'
import { SPACES } from './characters.ts'

/** Longer headers are not read: nobody can tell who sends such a message. */
export const LONGEST_HEAD = 65_536
const FIRST_BYTES = 1_024

const LF = 0x0a
const CR = 0x0d
const PADDING = 0x3d
const NONE = 64
const LATIN_1 = new TextDecoder('latin1')

/** Fields that say who sends. */
const SENDERS: ReadonlySet<string> = new Set(['from', 'sender', 'resent-from', 'resent-sender'])
/** Properties in a format of their own stand for the whole message then, its sender among them. */
const OTHER_FORMAT = /^x-ms-tnef-correlator:|^content-type:.*\bms-tnef\b/i

/** Takes the text of one MimeContent in pieces that may end anywhere. */
export class MimeHead {
  #head = new Uint8Array(FIRST_BYTES)
  #length = 0
  /** Where the present line begins. */
  #line = 0
  #bits = 0
  #count = 0
  #padded = false
  /** Whether the header has ended, and whether it is clear what it says. */
  #ended = false
  #clear = true

  add(bytes: Uint8Array, from: number, to: number): void {
    for (let i = from; i < to && !this.#ended; i++) this.#take(bytes[i] as number)
  }

  /** A character that stood as a reference. */
  addCharacter(character: string): void {
    if (!this.#ended) this.#take(character.length === 1 ? character.charCodeAt(0) : NONE)
  }

  /** The addresses of all senders, once each; undefined where they cannot be told. */
  senders(): readonly string[] | undefined {
    if (!this.#clear) return undefined
    const text = LATIN_1.decode(this.#head.subarray(0, this.#length))
    const senders = new Set<string>()
    for (const field of text.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
      if (field === '') continue
      const colon = field.indexOf(':')
      if (colon === -1 || field.includes('\r') || OTHER_FORMAT.test(field)) return undefined
      const written = field.slice(0, colon).trim()
      if (/\s/.test(written)) return undefined
      const name = written.replace(/[^!-~]/g, '')
      if (!SENDERS.has(name.toLowerCase())) continue
      const address = addressIn(field.slice(colon + 1).trim())
      if (address === undefined) return undefined
      senders.add(address)
    }
    return [...senders]
  }

  #take(code: number): void {
    const value = sextet(code)
    if (value < NONE) {
      if (this.#padded) this.#giveUp()
      this.#bits = ((this.#bits << 6) | value) & 0xffffff
      this.#count += 6
      if (this.#count < 8) return
      this.#count -= 8
      this.#push((this.#bits >> this.#count) & 0xff)
    } else if (code === PADDING) this.#padded = true
    else if (SPACES[code] !== 1) this.#giveUp()
  }

  #push(byte: number): void {
    if (this.#length === LONGEST_HEAD) {
      this.#giveUp()
      return
    }
    if (this.#length === this.#head.length) this.#grow()
    this.#head[this.#length++] = byte
    if (byte !== LF) return
    const { length } = this.#head.subarray(this.#line, this.#length)
    const isEmpty = length === 1 || (length === 2 && this.#head[this.#line] === CR)
    if (isEmpty) this.#ended = true
    // Some readers skip empty lines before the first field, and others do not.
    if (isEmpty && this.#line === 0) this.#clear = false
    this.#line = this.#length
  }

  #grow(): void {
    const larger = new Uint8Array(Math.min(LONGEST_HEAD, 4 * this.#head.length))
    larger.set(this.#head)
    this.#head = larger
  }

  #giveUp(): void {
    this.#ended = true
    this.#clear = false
  }
}

/** The one address of a field, alone or in angle brackets behind a name. */
function addressIn(value: string): string | undefined {
  const opens = value.lastIndexOf('<')
  if (opens === -1) return isAddress(value) ? value : undefined
  const name = value.slice(0, opens).trim()
  const address = value.slice(opens + 1, -1)
  if (!value.endsWith('>') || !isAddress(address)) return undefined
  return /^(?:"[^"\\<>]*"|[^"<>@,;:()[\]\\]*)$/.test(name) ? address : undefined
}
