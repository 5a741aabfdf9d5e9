/**
 * Scans everything between tags: text, references, CDATA sections, and comments.
 *
 * @module
 */

import {
  CDATA_DELIMITERS,
  COMMENT_DELIMITERS,
  type Delimiters,
  SPACES,
  TEXT_DELIMITERS,
} from './characters.ts'
import type { Listener } from './listener.ts'
import { malformed } from './malformed.ts'
import { MAX_REFERENCE, referenced } from './references.ts'
import type { ScanBuffer } from './scan-buffer.ts'
import type { Section } from './sections.ts'
import { skipCharacters, Utf8 } from './utf8.ts'

const LESS = 0x3c
const GREATER = 0x3e
const SEMICOLON = 0x3b
const DASH = 0x2d
const BRACKET = 0x5d
const HASH = 0x23
/** Replaces a character that XML 1.0 excludes. */
const REPLACEMENT = '\uFFFD'
const BRACKETS = Uint8Array.of(BRACKET, BRACKET)

type State = 'text' | 'reference' | Section

export class CharacterData {
  readonly #listener: Listener
  readonly #anyReference: boolean
  readonly #utf8 = new Utf8()
  #state: State = 'text'
  /** Bytes of the current reference so far. */
  readonly #reference = new Uint8Array(MAX_REFERENCE)
  #referenceBytes = 0
  /** Number of trailing `]` in text and CDATA, or `-` in comments. In text, counts only those of earlier chunks. */
  #run = 0

  /** @param anyReference - whether references to excluded characters are accepted */
  constructor(listener: Listener, anyReference = false) {
    this.#listener = listener
    this.#anyReference = anyReference
  }

  /** Whether the scanner is in text, between two characters. */
  get plain(): boolean {
    return this.#state === 'text' && !this.#utf8.open
  }

  /** Begins a CDATA section or a comment after its opening. */
  begin(section: Section): void {
    this.#state = section
    this.#run = 0
  }

  /**
   * Reads up to the next `<` that begins markup, or to the end of the buffer.
   *
   * @param inside - whether the root element is open. Outside of it, only white space and comments are allowed.
   * @throws Failure
   */
  scan(buffer: ScanBuffer, from: number, inside: boolean): number {
    const { bytes } = buffer
    let i = from
    while (i < bytes.length) {
      if (bytes[i] === LESS && this.plain) return i
      i = this.#step(buffer, i, inside)
    }
    return i
  }

  /** Ends a chunk. The next one can begin with the rest of `]]>`. */
  endChunk(bytes: Uint8Array): void {
    if (this.#state === 'text') this.#run = bracketsAtEnd(bytes, this.#run)
  }

  /** @throws Failure if the document can't end here */
  end(): void {
    if (this.#utf8.open) throw this.#utf8.failure()
    if (this.#state !== 'text') throw malformed(`the document ends inside a ${this.#state}`)
  }

  #step(buffer: ScanBuffer, i: number, inside: boolean): number {
    switch (this.#state) {
      case 'text':
        return this.#text(buffer, i, inside)
      case 'reference':
        return this.#continueReference(buffer.bytes, i)
      case 'cdata':
        return this.#cdata(buffer, i)
      case 'comment':
        return this.#comment(buffer, i)
    }
  }

  #text(buffer: ScanBuffer, from: number, inside: boolean): number {
    const { bytes } = buffer
    let i = this.#skip(buffer, from, TEXT_DELIMITERS)
    while (bytes[i] === GREATER) {
      if (this.#followsBrackets(bytes, i)) throw malformed('"]]>" in text')
      i = this.#skip(buffer, i + 1, TEXT_DELIMITERS)
    }
    if (i > from) this.#tell(bytes, from, i, inside)
    if (i >= bytes.length || bytes[i] === LESS) return i

    if (!inside) throw malformed('a reference outside the root element')
    this.#state = 'reference'
    return this.#continueReference(bytes, i + 1)
  }

  /** Whether `]]` precedes an offset, in this chunk or at the end of the previous one. */
  #followsBrackets(bytes: Uint8Array, at: number): boolean {
    if (at === 0) return this.#run >= 2
    if (bytes[at - 1] !== BRACKET) return false
    return at === 1 ? this.#run >= 1 : bytes[at - 2] === BRACKET
  }

  /** Skips characters that only need to be valid UTF-8, up to a delimiter or the end. */
  #skip(buffer: ScanBuffer, from: number, delimiters: Delimiters): number {
    const { bytes } = buffer
    const to = bytes.length
    let i = from
    for (;;) {
      const start = i
      i = buffer.skip(i, to, delimiters)
      if (i > start && this.#utf8.open) throw this.#utf8.failure()
      if (i >= to) return i
      const byte = bytes[i] as number
      if (byte < 0x80) return this.#checkDelimiter(byte, i)
      i = this.#character(bytes, i)
    }
  }

  /** Skips non-ASCII characters: complete ones at once, and an incomplete one byte by byte. */
  #character(bytes: Uint8Array, at: number): number {
    const next = this.#utf8.open ? at : skipCharacters(bytes, at, bytes.length)
    if (next > at) return next
    if (!this.#utf8.accepts(bytes[at] as number)) throw this.#utf8.failure()
    return at + 1
  }

  #checkDelimiter(byte: number, i: number): number {
    if (this.#utf8.open) throw this.#utf8.failure()
    if (byte < 0x20) throw malformed('a control character')
    return i
  }

  #tell(bytes: Uint8Array, from: number, to: number, inside: boolean): void {
    if (inside) {
      this.#listener.text(bytes, from, to, false)
      return
    }
    for (let i = from; i < to; i++)
      if (SPACES[bytes[i] as number] === 0) throw malformed('text outside the root element')
  }

  #continueReference(bytes: Uint8Array, from: number): number {
    for (let i = from; i < bytes.length; i++) {
      const byte = bytes[i] as number
      if (byte === SEMICOLON) return this.#tellReference(i + 1)
      if (this.#referenceBytes >= MAX_REFERENCE) throw malformed('an unknown reference')
      this.#reference[this.#referenceBytes++] = byte
    }
    return bytes.length
  }

  #tellReference(next: number): number {
    const isNumber = this.#referenceBytes > 0 && this.#reference[0] === HASH
    const excluded = this.#anyReference && isNumber ? REPLACEMENT : undefined
    const character = referenced(this.#reference, 0, this.#referenceBytes) ?? excluded
    if (character === undefined) throw malformed('an unknown reference')
    this.#referenceBytes = 0
    this.#state = 'text'
    this.#listener.reference(character)
    return next
  }

  #cdata(buffer: ScanBuffer, from: number): number {
    const { bytes } = buffer
    if (this.#run >= 2 && bytes[from] === GREATER) return this.#endSection(from + 1)
    if (bytes[from] === BRACKET) return this.#brackets(bytes, from)
    if (this.#run > 0) this.#listener.text(BRACKETS, 0, this.#run, true)
    this.#run = 0
    const to = this.#skip(buffer, from, CDATA_DELIMITERS)
    this.#listener.text(bytes, from, to, true)
    return to
  }

  /** Reports brackets as text, except the last two, which could be the end of the section. */
  #brackets(bytes: Uint8Array, from: number): number {
    let i = this.#checkDelimiter(BRACKET, from)
    while (bytes[i] === BRACKET) i++
    const count = this.#run + i - from
    this.#run = Math.min(2, count)
    if (count > 2) this.#listener.text(bytes, from, from + count - 2, true)
    return i
  }

  #comment(buffer: ScanBuffer, from: number): number {
    const byte = buffer.bytes[from] as number
    if (this.#run >= 2 && byte !== GREATER) throw malformed('"--" in a comment')
    if (this.#run >= 2) return this.#endSection(from + 1)
    if (byte !== DASH) {
      this.#run = 0
      return this.#skip(buffer, from, COMMENT_DELIMITERS)
    }
    this.#checkDelimiter(DASH, from)
    this.#run += 1
    return from + 1
  }

  #endSection(next: number): number {
    this.#state = 'text'
    return next
  }
}

/** Returns the number of brackets at the end. All values of two and more mean the same. */
function bracketsAtEnd(bytes: Uint8Array, before: number): number {
  let count = 0
  while (count < 2 && bytes[bytes.length - 1 - count] === BRACKET) count++
  return count === bytes.length ? before + count : count
}
