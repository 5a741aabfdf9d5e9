/**
 * A strict, streaming, namespace-aware scanner of XML documents.
 *
 * It takes a document in pieces that may end anywhere, inside a tag or a character too, and tells
 * a listener of its elements and text. It accepts less than XML: UTF-8 only, no DTD, no processing
 * instruction, ASCII names. What it accepts is well-formed XML 1.0 with namespaces.
 *
 * @see https://www.w3.org/TR/xml/ and https://www.w3.org/TR/xml-names/
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
import { readDeclaration } from './declaration.ts'
import { type Limits, MAX_TAG_BYTES } from './limits.ts'
import { malformed } from './malformed.ts'
import { type Name, Namespaces } from './names.ts'
import { INCOMPLETE, Tag } from './tag.ts'
import { Utf8 } from './utf8.ts'

/** Who is told what a document holds, in its order. Throwing ends the scan. */
export interface Listener {
  /** An element begins. The tag holds only until this returns. */
  open(tag: Tag): void
  /** An element ends. @param start - absolute offset of its end tag, or of what follows `<a/>` */
  close(name: Name, depth: number, start: number, end: number): void
  /** Character data as it stands, in pieces, without references. */
  text(bytes: Uint8Array, from: number, to: number, cdata: boolean): void
  /** The character that a reference stands for. */
  reference(character: string): void
  comment(): void
}

const LESS = 0x3c
const GREATER = 0x3e
const SEMICOLON = 0x3b
const BANG = 0x21
const DASH = 0x2d
const SLASH = 0x2f
const QUESTION = 0x3f
const QUOTE = 0x22
const APOSTROPHE = 0x27
const BRACKET = 0x5d

const BRACKETS = Uint8Array.of(BRACKET, BRACKET)
const CDATA_OPENS = [...'<![CDATA['].map(letter => letter.charCodeAt(0))
const COMMENT_OPENS = [...'<!--'].map(letter => letter.charCodeAt(0))

/** What the next byte belongs to. */
type State = 'text' | 'reference' | 'markup' | 'cdata' | 'comment'

/** Where a scan can go on from, once the bytes before are known to be the same. */
export type Resumption = Readonly<{
  names: readonly Name[]
  marks: readonly number[]
  namespaces: Namespaces
  offset: number
}>

export class Scanner {
  readonly #listener: Listener
  readonly #limits: Limits
  readonly #tag: Tag
  readonly #utf8 = new Utf8()
  readonly #namespaces: Namespaces
  /** The open elements, and how many declarations were in scope before each. */
  readonly #names: Name[]
  readonly #marks: number[]
  /** Absolute offset of the present piece. */
  #base: number
  /** The first bytes, until they tell how the document begins. */
  #head: Uint8Array | undefined
  #state: State = 'text'
  #rootDone = false
  /** Characters of a reference under way. */
  #reference = ''
  /** How many `]` (in text and CDATA) or `-` (in comments) came last. */
  #run = 0
  /** Markup whose end has not come yet, and the quote that is open in it. */
  readonly #kept = new Kept()
  #quote = 0

  constructor(listener: Listener, limits: Limits, resumption?: Resumption) {
    this.#listener = listener
    this.#limits = limits
    this.#namespaces = resumption?.namespaces.copy() ?? new Namespaces()
    this.#names = [...(resumption?.names ?? [])]
    this.#marks = [...(resumption?.marks ?? [])]
    this.#base = resumption?.offset ?? 0
    this.#head = resumption === undefined ? new Uint8Array() : undefined
    this.#tag = new Tag(limits, this.#namespaces)
  }

  /** Where another scan may begin: at the start tag that the listener is being told of. */
  resumption(): Resumption {
    const namespaces = this.#namespaces.copy()
    namespaces.leave(this.#marks.at(-1) ?? 0)
    return {
      names: this.#names.slice(0, -1),
      marks: this.#marks.slice(0, -1),
      namespaces,
      offset: this.#tag.start,
    }
  }

  /** Absolute offset before which no element will begin or end any more. */
  get settled(): number {
    return this.#base - this.#kept.length
  }

  /** @throws Failure `envelope-malformed` or `encoding-refused` */
  write(piece: Uint8Array): void {
    if (this.#head !== undefined) this.#begin(piece, false)
    else this.#scan(piece)
  }

  /** @throws Failure where the document is not complete */
  end(): void {
    if (this.#head !== undefined) this.#begin(new Uint8Array(), true)
    if (this.#utf8.open) throw this.#utf8.refusal()
    if (this.#state === 'markup') this.#markup(this.#kept.bytes, 0, this.settled)
    if (this.#state !== 'text' || !this.#rootDone) throw malformed('the document ends too early')
  }

  #begin(piece: Uint8Array, last: boolean): void {
    const head = this.#head?.length ? join(this.#head, piece) : piece
    const length = readDeclaration(head, last)
    if (length === undefined) {
      this.#head = head.slice()
      return
    }
    this.#head = undefined
    this.#base = length
    this.#scan(head.subarray(length))
  }

  #scan(piece: Uint8Array): void {
    let i = 0
    while (i < piece.length) i = this.#step(piece, i)
    this.#base += piece.length
  }

  #step(piece: Uint8Array, i: number): number {
    switch (this.#state) {
      case 'text':
        return this.#scanText(piece, i)
      case 'cdata':
        return this.#scanCdata(piece, i)
      case 'reference':
        return this.#scanReference(piece, i)
      case 'comment':
        return this.#scanComment(piece, i)
      case 'markup':
        return this.#continueMarkup(piece, i)
    }
  }

  #scanText(piece: Uint8Array, from: number): number {
    let i = from
    for (;;) {
      if (this.#run >= 2 && piece[i] === GREATER) throw malformed('"]]>" in text')
      i = this.#skipPlain(piece, i, TEXT_STOP)
      const byte = piece[i]
      if (byte !== BRACKET) break
      this.#run += 1
      i++
    }
    if (i > from) this.#tellText(piece, from, i)
    if (i >= piece.length) return i

    this.#run = 0
    if (piece[i] === LESS) return this.#beginMarkup(piece, i)
    if (this.#names.length === 0) throw malformed('a reference outside the envelope')
    this.#state = 'reference'
    return i + 1
  }

  /** Skips characters that need no more than being UTF-8, up to a byte of `stops` or the end. */
  #skipPlain(piece: Uint8Array, from: number, stops: Uint8Array): number {
    const to = piece.length
    let i = from
    for (;;) {
      const start = i
      while (i < to && stops[piece[i] as number] === 0) i++
      if (i > start) {
        if (this.#utf8.open) throw this.#utf8.refusal()
        this.#run = 0
      }
      if (i >= to) return i
      const byte = piece[i] as number
      if (byte >= 0x80) {
        if (!this.#utf8.accepts(byte)) throw this.#utf8.refusal()
        this.#run = 0
        i++
        continue
      }
      if (this.#utf8.open) throw this.#utf8.refusal()
      if (byte < 0x20) throw malformed('a control character')
      return i
    }
  }

  #tellText(piece: Uint8Array, from: number, to: number): void {
    if (this.#names.length > 0) {
      this.#listener.text(piece, from, to, false)
      return
    }
    for (let i = from; i < to; i++)
      if (SPACES[piece[i] as number] === 0) throw malformed('text outside the envelope')
  }

  #scanReference(piece: Uint8Array, from: number): number {
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

  #scanCdata(piece: Uint8Array, from: number): number {
    if (this.#run >= 2 && piece[from] === GREATER) {
      this.#state = 'text'
      this.#run = 0
      return from + 1
    }
    if (piece[from] === BRACKET) {
      if (this.#utf8.open) throw this.#utf8.refusal()
      // Of many brackets the last two may end the section: only those before are text.
      if (this.#run === 2) this.#listener.text(BRACKETS, 0, 1, true)
      else this.#run += 1
      return from + 1
    }
    if (this.#run > 0) this.#listener.text(BRACKETS, 0, this.#run, true)
    this.#run = 0
    const to = this.#skipPlain(piece, from, CDATA_STOP)
    if (to > from) this.#listener.text(piece, from, to, true)
    return to
  }

  #scanComment(piece: Uint8Array, from: number): number {
    const byte = piece[from] as number
    if (this.#run >= 2 && byte !== GREATER) throw malformed('"--" in a comment')
    if (this.#run >= 2) {
      this.#state = 'text'
      this.#run = 0
      return from + 1
    }
    if (byte === DASH) {
      if (this.#utf8.open) throw this.#utf8.refusal()
      this.#run += 1
      return from + 1
    }
    this.#run = 0
    return this.#skipPlain(piece, from, COMMENT_STOP)
  }

  #beginMarkup(piece: Uint8Array, at: number): number {
    const next = this.#markup(piece, at, this.#base)
    if (next !== INCOMPLETE) return next

    this.#state = 'markup'
    this.#quote = 0
    for (let i = at; i < piece.length; i++) this.#followQuotes(piece[i] as number)
    this.#kept.add(piece, at, piece.length)
    return piece.length
  }

  /** Keeps bytes, and tries to read them whenever they may be whole. */
  #continueMarkup(piece: Uint8Array, from: number): number {
    let added = from
    for (let i = from; i < piece.length; i++) {
      this.#followQuotes(piece[i] as number)
      if (!this.#mayBeWhole(piece[i] as number, this.#kept.length + i + 1 - added)) continue

      this.#kept.add(piece, added, i + 1)
      added = i + 1
      const { bytes } = this.#kept
      if (this.#markup(bytes, 0, this.#base + added - bytes.length) === INCOMPLETE) continue
      this.#kept.clear()
      return added
    }
    this.#kept.add(piece, added, piece.length)
    return piece.length
  }

  #followQuotes(byte: number): void {
    if (this.#quote === byte) this.#quote = 0
    else if (this.#quote === 0 && (byte === QUOTE || byte === APOSTROPHE)) this.#quote = byte
  }

  /** Whether markup of `length` bytes that ends with `byte` can be read, or refused. */
  #mayBeWhole(byte: number, length: number): boolean {
    if (length <= CDATA_OPENS.length || length >= MAX_TAG_BYTES) return true
    return byte === LESS || (byte === GREATER && this.#quote === 0)
  }

  /** Reads what begins with the `<` at `at`; `base` is the absolute offset of `bytes`. */
  #markup(bytes: Uint8Array, at: number, base: number): number {
    const second = bytes[at + 1]
    if (second === undefined) return INCOMPLETE
    if (second === QUESTION) throw malformed('a processing instruction')
    if (second === BANG) return this.#section(bytes, at)

    const to = Math.min(bytes.length, at + MAX_TAG_BYTES)
    const end =
      second === SLASH ? this.#endTag(bytes, at, to, base) : this.#startTag(bytes, at, to, base)
    if (end === INCOMPLETE && to - at >= MAX_TAG_BYTES) throw malformed('a tag is too long')
    if (end !== INCOMPLETE) this.#state = 'text'
    return end
  }

  #section(bytes: Uint8Array, at: number): number {
    if (begins(bytes, at, COMMENT_OPENS)) {
      this.#state = 'comment'
      this.#listener.comment()
      return at + COMMENT_OPENS.length
    }
    if (begins(bytes, at, CDATA_OPENS)) {
      if (this.#names.length === 0) throw malformed('text outside the envelope')
      this.#state = 'cdata'
      this.#listener.text(BRACKETS, 0, 0, true)
      return at + CDATA_OPENS.length
    }
    const rest = bytes.subarray(at)
    if (mayBecome(rest, COMMENT_OPENS) || mayBecome(rest, CDATA_OPENS)) return INCOMPLETE
    throw malformed('a document type declaration')
  }

  #startTag(bytes: Uint8Array, at: number, to: number, base: number): number {
    const tag = this.#tag
    const mark = this.#namespaces.size
    const end = tag.readStart(bytes, at, to)
    if (end === INCOMPLETE) return INCOMPLETE

    const depth = this.#names.length
    if (depth === 0 && this.#rootDone) throw malformed('a second root element')
    if (depth >= this.#limits.depth) throw malformed('too many elements inside one another')
    tag.depth = depth
    tag.start = base + at
    tag.end = base + end
    this.#names.push(tag.name)
    this.#marks.push(mark)
    const { empty, end: tagEnd } = tag
    this.#listener.open(tag)
    if (empty) this.#close(tagEnd, tagEnd)
    return end
  }

  #endTag(bytes: Uint8Array, at: number, to: number, base: number): number {
    const end = this.#tag.readEnd(bytes, at, to)
    if (end === INCOMPLETE) return INCOMPLETE

    const open = this.#names.at(-1)
    if (open === undefined || open.written !== this.#tag.name.written)
      throw malformed(`the end tag ${this.#tag.name.written} closes nothing`)
    this.#close(base + at, base + end)
    return end
  }

  #close(start: number, end: number): void {
    const name = this.#names.pop() as Name
    this.#namespaces.leave(this.#marks.pop() as number)
    this.#rootDone = this.#names.length === 0
    this.#listener.close(name, this.#names.length, start, end)
  }
}

/** Bytes that are kept until a token is whole. */
class Kept {
  #bytes = new Uint8Array(256)
  length = 0

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  add(bytes: Uint8Array, from: number, to: number): void {
    const length = this.length + to - from
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#bytes.length))
      larger.set(this.bytes)
      this.#bytes = larger
    }
    this.#bytes.set(bytes.subarray(from, to), this.length)
    this.length = length
  }

  clear(): void {
    this.length = 0
  }
}

function join(head: Uint8Array, piece: Uint8Array): Uint8Array {
  const joined = new Uint8Array(head.length + piece.length)
  joined.set(head)
  joined.set(piece, head.length)
  return joined
}

function begins(bytes: Uint8Array, at: number, start: readonly number[]): boolean {
  return start.every((byte, i) => bytes[at + i] === byte)
}

/** Whether more bytes could make `bytes` begin with `start`. */
function mayBecome(bytes: Uint8Array, start: readonly number[]): boolean {
  return bytes.length < start.length && bytes.every((byte, i) => byte === start[i])
}
