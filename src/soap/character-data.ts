/**
 * What stands between tags: text, references, CDATA sections and comments, byte by byte.
 *
 * @module
 */

import {
  CDATA_STOP,
  COMMENT_STOP,
  MAX_REFERENCE,
  referenced,
  SPACES,
  TEXT_STOP,
} from './characters.ts'
import type { Listener } from './listener.ts'
import { malformed } from './malformed.ts'
import { skipPairs } from './pairs.ts'
import { Utf8 } from './utf8.ts'

const LESS = 0x3c
const GREATER = 0x3e
const SEMICOLON = 0x3b
const DASH = 0x2d
const BRACKET = 0x5d
const BRACKETS = Uint8Array.of(BRACKET, BRACKET)

/** Longer runs are worth a view of the piece. */
const SHORT_RUN = 96

type State = 'text' | 'reference' | 'cdata' | 'comment'

export class CharacterData {
  readonly #listener: Listener
  readonly #utf8 = new Utf8()
  #state: State = 'text'
  /** Characters of a reference under way. */
  #reference = ''
  /** How many `]` (in text and CDATA) or `-` (in comments) came last. */
  #run = 0

  constructor(listener: Listener) {
    this.#listener = listener
  }

  /** Begins a CDATA section or a comment, whose opening has been read. */
  begin(section: 'cdata' | 'comment'): void {
    this.#state = section
    this.#run = 0
  }

  /**
   * Reads up to the next `<` that begins markup, or to the end.
   *
   * @param inside - whether the root element is open: outside only white space and comments stand
   * @throws Failure
   */
  scan(piece: Uint8Array, from: number, inside: boolean): number {
    let i = from
    while (i < piece.length) {
      if (this.#state === 'text' && piece[i] === LESS && !this.#utf8.open) {
        this.#run = 0
        return i
      }
      i = this.#step(piece, i, inside)
    }
    return i
  }

  /** @throws Failure where the document may not end here */
  end(): void {
    if (this.#utf8.open) throw this.#utf8.refusal()
    if (this.#state !== 'text') throw malformed(`the document ends inside a ${this.#state}`)
  }

  #step(piece: Uint8Array, i: number, inside: boolean): number {
    switch (this.#state) {
      case 'text':
        return this.#text(piece, i, inside)
      case 'reference':
        return this.#continueReference(piece, i)
      case 'cdata':
        return this.#cdata(piece, i)
      case 'comment':
        return this.#comment(piece, i)
    }
  }

  #text(piece: Uint8Array, from: number, inside: boolean): number {
    let i = from
    for (;;) {
      if (this.#run >= 2 && piece[i] === GREATER) throw malformed('"]]>" in text')
      i = this.#skip(piece, i, TEXT_STOP)
      if (piece[i] !== BRACKET) break
      this.#run += 1
      i++
    }
    if (i > from) this.#tell(piece, from, i, inside)
    if (i >= piece.length || piece[i] === LESS) return i

    if (!inside) throw malformed('a reference outside the envelope')
    this.#run = 0
    this.#state = 'reference'
    return i + 1
  }

  /** Skips characters that need no more than being UTF-8, up to a byte of `stops` or the end. */
  #skip(piece: Uint8Array, from: number, stops: Uint8Array): number {
    const to = piece.length
    let i = from
    for (;;) {
      const start = i
      const soon = Math.min(to, i + SHORT_RUN)
      while (i < soon && stops[piece[i] as number] === 0) i++
      if (i === soon && i < to) i = skipPairs(piece, i, stops)
      while (i < to && stops[piece[i] as number] === 0) i++
      if (i > start) {
        if (this.#utf8.open) throw this.#utf8.refusal()
        this.#run = 0
      }
      if (i >= to) return i
      const byte = piece[i] as number
      if (byte < 0x80) return this.#stopAt(byte, i)
      if (!this.#utf8.accepts(byte)) throw this.#utf8.refusal()
      this.#run = 0
      i++
    }
  }

  #stopAt(byte: number, i: number): number {
    if (this.#utf8.open) throw this.#utf8.refusal()
    if (byte < 0x20) throw malformed('a control character')
    return i
  }

  #tell(piece: Uint8Array, from: number, to: number, inside: boolean): void {
    if (inside) {
      this.#listener.text(piece, from, to, false)
      return
    }
    for (let i = from; i < to; i++)
      if (SPACES[piece[i] as number] === 0) throw malformed('text outside the envelope')
  }

  #continueReference(piece: Uint8Array, from: number): number {
    for (let i = from; i < piece.length; i++) {
      const byte = piece[i] as number
      if (byte === SEMICOLON) return this.#tellReference(i + 1)
      if (byte >= 0x80 || this.#reference.length >= MAX_REFERENCE)
        throw malformed('an unknown reference')
      this.#reference += String.fromCharCode(byte)
    }
    return piece.length
  }

  #tellReference(next: number): number {
    const character = referenced(this.#reference)
    if (character === undefined) throw malformed('an unknown reference')
    this.#reference = ''
    this.#state = 'text'
    this.#listener.reference(character)
    return next
  }

  #cdata(piece: Uint8Array, from: number): number {
    if (this.#run >= 2 && piece[from] === GREATER) return this.#endSection(from + 1)
    if (piece[from] === BRACKET) {
      this.#stopAt(BRACKET, from)
      // Of many brackets the last two may end the section: only those before are text.
      if (this.#run === 2) this.#listener.text(BRACKETS, 0, 1, true)
      else this.#run += 1
      return from + 1
    }
    if (this.#run > 0) this.#listener.text(BRACKETS, 0, this.#run, true)
    this.#run = 0
    const to = this.#skip(piece, from, CDATA_STOP)
    if (to > from) this.#listener.text(piece, from, to, true)
    return to
  }

  #comment(piece: Uint8Array, from: number): number {
    const byte = piece[from] as number
    if (this.#run >= 2 && byte !== GREATER) throw malformed('"--" in a comment')
    if (this.#run >= 2) return this.#endSection(from + 1)
    if (byte !== DASH) return this.#skip(piece, from, COMMENT_STOP)
    this.#stopAt(DASH, from)
    this.#run += 1
    return from + 1
  }

  #endSection(next: number): number {
    this.#state = 'text'
    this.#run = 0
    return next
  }
}
